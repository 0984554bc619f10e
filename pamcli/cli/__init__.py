"""The command line: one file per command, one error boundary."""

from pamcli.cli.main import app, main

__all__ = ["app", "main"]
