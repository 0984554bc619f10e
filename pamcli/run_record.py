"""What is kept of a run beside its target: the log, and the picture of its course."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from pamcli.errors import OutputError
from pamcli.frame_log import FrameRow, LogFile
from pamcli.images import write_png
from pamcli.path import CostTable
from pamcli.run_plot import Course, draw_run
from pamcli.settings import LogSettings


class RunRecord:
    """Takes the row of each frame."""

    def __init__(self, log: LogFile | None, course: Course | None) -> None:
        self._log, self._course = log, course

    def add(self, row: FrameRow) -> None:
        """Take in the next frame."""
        for taker in (self._log, self._course):
            if taker is not None:
                taker.add(row)


@contextmanager
def open_record(
    log: LogSettings, costs: CostTable, title: str, fps: float | None, *, overwrite: bool
) -> Iterator[RunRecord]:
    """A record for as long as the block runs, of what was asked for.

    title: the plot's. fps: target, for the plot. Raises OutputError when a file exists and must
    not be overwritten, or cannot be written.
    """
    if log.plot is not None:
        _check(log.plot, overwrite=overwrite)
    course = Course() if log.plot is not None else None
    with ExitStack() as stack:
        file = None
        if log.log is not None:
            file = stack.enter_context(LogFile(log.log, overwrite=overwrite))
        yield RunRecord(file, course)
    if log.plot is not None and course is not None and course.moments:
        write_png(log.plot, draw_run(course.moments, costs, title, fps), overwrite=overwrite)


def _check(target: Path, *, overwrite: bool) -> None:
    """What `write_png` would find only when the run is over."""
    if target.exists() and not overwrite:
        raise OutputError(f"{target}: exists; --overwrite replaces it")
    if not target.parent.is_dir():
        raise OutputError(f"{target}: no such folder: {target.parent}")
