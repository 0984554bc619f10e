"""The command line, run in this process."""

import sys
from pathlib import Path
from typing import NamedTuple, Protocol

import pytest

from pamcli.cli.main import main


class Ran(NamedTuple):
    """One run: its exit code, and what it wrote to stdout and stderr."""

    code: int
    out: str
    err: str


class Run(Protocol):
    """`pamcli ARGUMENTS`."""

    def __call__(self, *arguments: str | Path) -> Ran: ...


def runner(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs `pamcli ARGUMENTS` through its entry point and its error boundary."""

    def call(*arguments: str | Path) -> Ran:
        monkeypatch.setattr(sys, "argv", ["pamcli", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        captured = capsys.readouterr()
        return Ran(int(ended.value.code or 0), captured.out, captured.err)

    return call
