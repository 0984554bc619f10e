"""Runs `pamcli` again and again in one process, as the tests ask on stdin; see `Worker`."""

import io
import json
import os
import select
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType


@dataclass(frozen=True)
class Ran:
    """One run: its exit code, and all that reached the two descriptors, C libraries included."""

    code: int
    out: str
    err: str


class Worker:
    """A process that runs command lines; one that takes too long is ended, and so the test."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> "Worker":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end()

    def run(self, *arguments: str, seconds: float) -> Ran:
        """Raises AssertionError when it takes longer than `seconds`, or the process dies."""
        process = self._process or subprocess.Popen(
            [sys.executable, __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "CI": "true", "PYTHONPATH": str(Path(__file__).parents[1])},
        )
        self._process = process
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(json.dumps(arguments) + "\n")
        process.stdin.flush()
        if not select.select([process.stdout], [], [], seconds)[0]:
            self._end()
            raise AssertionError(f"still running after {seconds} s: {arguments}")
        answer = process.stdout.readline()
        if not answer:
            code = process.wait()
            self._end()
            raise AssertionError(f"the process died with {code}: {arguments}")
        return Ran(*json.loads(answer))

    def _end(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
        self._process = None


def _run(arguments: list[str]) -> tuple[int, str, str]:
    from pamcli.cli.main import main

    sys.argv = ["pamcli", *arguments]
    code = 0
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        kept = os.dup(1), os.dup(2)
        os.dup2(out.fileno(), 1)
        os.dup2(err.fileno(), 2)
        try:
            main()
        except SystemExit as ended:
            code = int(ended.code or 0)
        except BaseException:  # noqa: BLE001 - a bug is what the tests look for
            code = 1
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            for number, descriptor in enumerate(kept, 1):
                os.dup2(descriptor, number)
                os.close(descriptor)
        texts = []
        for file in (out, err):
            file.seek(0)
            texts.append(file.read().decode(errors="replace"))
    return code, texts[0], texts[1]


def _share_the_engine() -> None:
    """Compiling the network takes longer than all else; the runs differ in files only."""
    from pamcli import image_job, video_job

    for module in (image_job, video_job):
        for name in ("Engine", "load_model"):
            setattr(module, name, _made_once(getattr(module, name)))


def _made_once(make: Callable[..., object]) -> Callable[..., object]:
    kept: list[object] = []

    def shared(*given: object, **options: object) -> object:
        if not kept:
            kept.append(make(*given, **options))
        return kept[0]

    return shared


def _serve() -> None:
    answers = io.TextIOWrapper(os.fdopen(os.dup(1), "wb"), line_buffering=True)
    _share_the_engine()
    for line in sys.stdin:
        answers.write(json.dumps(_run(json.loads(line))) + "\n")
        answers.flush()


if __name__ == "__main__":
    _serve()
