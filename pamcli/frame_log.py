"""The log of a run: one row a frame, as CSV or as JSON lines; and the same read back."""

import csv
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, astuple, dataclass, fields
from pathlib import Path
from types import TracebackType
from typing import Any

from pamcli.errors import InputError
from pamcli.targets import Target, output_errors

CSV, PART = ".csv", ".part"


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameRow:
    """What was chosen for one frame, and what it took."""

    pts: int  # units of the clip's time base
    seconds: float  # from the run's begin until the frame was written
    hint: str  # kind of hint
    cost_constraint: int  # C_c, GMAC per 1024x1024
    scale: float  # processing size / frame size
    path: str  # that ran, such as 1011; empty: no pixel was unknown
    gmac: float  # spent on the frame, padding counted
    period_ms: float  # from the frame before to this one, as they are written
    decode_ms: float
    hint_ms: float
    network_ms: float
    upsample_ms: float  # everything else between trimap and alpha at full size
    compose_ms: float  # colours of the foreground, background
    encode_ms: float
    before_network: int  # frames that wait between two stages
    before_compose: int
    before_encode: int


KINDS: dict[str, Any] = {field.name: field.type for field in fields(FrameRow)}
NAMES = tuple(KINDS)


class LogFile:
    """Takes rows into a file; a clean end of the `with` block gives it its name.

    Until then, and for good when the run fails, they stand in `NAME.part` beside it, each flushed
    as it comes. Raises OutputError when the file exists and must not be overwritten.
    """

    def __init__(self, final: Path, *, overwrite: bool) -> None:
        self._target = Target(final, overwrite=overwrite, part=final.with_name(final.name + PART))
        with output_errors(final):
            self._file = self._target.part.open("w", encoding="utf-8", newline="\n")
        self._is_csv = final.suffix.lower() == CSV
        if self._is_csv:
            self._say(",".join(NAMES))

    def add(self, row: FrameRow) -> None:
        """Append a row."""
        values = ",".join(map(str, astuple(row)))
        self._say(values if self._is_csv else json.dumps(asdict(row)))

    def _say(self, line: str) -> None:
        with output_errors(self._target.final):
            self._file.write(f"{line}\n")
            self._file.flush()

    def __enter__(self) -> "LogFile":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with output_errors(self._target.final):
            self._file.close()
        if error is None:
            self._target.publish()


def read_rows(source: Path) -> Iterator[FrameRow]:
    """The rows of a log. Raises InputError, naming the row, for what is none."""
    count = 0
    try:
        with source.open(encoding="utf-8", newline="") as file:
            for values in _entries(source, file):
                yield _row(values)
                count += 1
    except (ValueError, KeyError, TypeError, csv.Error) as error:
        raise InputError(f"{source}: row {count + 1} is no row of a log") from error
    except OSError as error:
        raise InputError(f"{source}: {(error.strerror or str(error)).lower()}") from error


def _entries(source: Path, lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    if source.name.removesuffix(PART).lower().endswith(CSV):
        return iter(csv.DictReader(lines))
    return (json.loads(line) for line in lines)


def _row(values: dict[str, Any]) -> FrameRow:
    return FrameRow(**{name: KINDS[name](values[name]) for name in NAMES})
