"""`pamcli live` in a process of its own."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any

PROGRAM = "from pamcli.cli import main; main()"
KEY = ("--key", "#00b140", "--background", "blue")


class Running:
    """A run; ended with the `with` block."""

    def __init__(self, folder: Path, *arguments: str | Path) -> None:
        self._log = folder / f"live-{time.monotonic_ns()}.log"
        self._command = [sys.executable, "-c", PROGRAM, "live", *map(str, arguments), "--json"]
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> "Running":
        environment = {**os.environ, "CI": "true"}
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                self._command, stdout=subprocess.PIPE, stderr=log, text=True, env=environment
            )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.communicate()
        if error is not None:
            sys.stderr.write(self.said)

    @property
    def said(self) -> str:
        """What it wrote to stderr so far."""
        return self._log.read_text(errors="replace")

    @property
    def is_running(self) -> bool:
        assert self._process is not None
        return self._process.poll() is None

    @property
    def memory(self) -> int:
        """Bytes resident."""
        assert self._process is not None
        pages = Path(f"/proc/{self._process.pid}/statm").read_text().split()[1]
        return int(pages) * 4096

    def wait_to_hear(self, text: str, seconds: float = 60.0) -> None:
        end = time.monotonic() + seconds
        while text not in self.said:
            assert self.is_running and time.monotonic() < end, self.said
            time.sleep(0.05)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def ended(self, seconds: float = 30.0) -> tuple[int, dict[str, Any]]:
        """Exit code and report."""
        assert self._process is not None
        out, _ = self._process.communicate(timeout=seconds)
        return self._process.returncode, json.loads(out) if out else {}
