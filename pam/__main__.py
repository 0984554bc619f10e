"""`python -m pam COMMAND`: the commands of training."""

import importlib
import sys

MODULES = {
    "train": "pam.train",
    "prior": "pam.path_prior",
    "gap": "pam.batch_norm",
    "plot": "pam.plot",
    "evaluate": "pam.evaluate",
    "render": "pam.render.command",
    "subject": "pam.subject.command",
    "clips": "pam.clips.command",
}
"""Each has `main(arguments) -> exit code` and explains itself with --help."""


def main(arguments: list[str]) -> int:
    """Run one command; returns the exit code."""
    command, rest = (arguments[0], arguments[1:]) if arguments else ("", [])
    if command == "describe":
        from pam.describe import describe

        print(describe())
        return 0
    if command in MODULES:
        return int(importlib.import_module(MODULES[command]).main(rest))
    print(f"usage: python -m pam describe | {' … | '.join(MODULES)} …", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
