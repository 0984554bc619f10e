"""Put PyTorch for the CPU into the environment of the Python that runs this.

On Linux the plain package is never asked for: there it brings gigabytes of CUDA libraries.
"""

import subprocess
import sys

VERSION = "2.13.0"
PIP = [sys.executable, "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
UV = [sys.executable, "-m", "uv", "pip", "install", "--python", sys.executable]


def failure(command: list[str]) -> str | None:
    """None when `command` succeeds, else the last line that it said."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return None
    lines = (done.stderr or done.stdout).strip().splitlines()
    return lines[-1] if lines else f"exit code {done.returncode}"


def sources() -> list[list[list[str]]]:
    """Ways to a CPU build, the nearest first; a way is commands that must all succeed."""
    near = [*PIP, f"torch=={VERSION}+cpu"]  # a local file, or any index that carries it
    if sys.platform == "linux":
        return [[near], [[*PIP, "uv"], [*UV, "--torch-backend=cpu", f"torch=={VERSION}"]]]
    return [[near], [[*PIP, f"torch=={VERSION}"]]]  # the CPU build on macOS and Windows


def main() -> int:
    """Returns the exit code."""
    importable = [sys.executable, "-c", "import torch"]
    if failure(importable) is None:
        return 0
    print(f"Installing PyTorch {VERSION} for the CPU", flush=True)
    reason: str | None = None
    for commands in sources():
        # A generator: the commands after one that failed are not run.
        reason = next((said for said in map(failure, [*commands, importable]) if said), None)
        if reason is None:
            return 0
    print(f"PyTorch {VERSION} for the CPU could not be installed: {reason}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
