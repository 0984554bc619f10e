"""What became of a batch: counted, and file by file as JSON or CSV."""

import csv
import io
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pamcli.batch_plan import Plan
from pamcli.batch_words import Outcome, State
from pamcli.errors import PamError, UsageError
from pamcli.targets import write_whole

COLUMNS = ("file", "target", "status", "frames", "seconds", "mean_cost_constraint", "warnings",
           "error")  # fmt: skip
"""Of a row; seconds at work on the file, GMAC per 1024x1024."""

SUFFIXES = (".json", ".csv")


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchReport:
    """What a run has done, and what earlier and other ones have done of its plan."""

    plan: Plan
    outcomes: Mapping[str, Outcome]  # by name; also of earlier runs
    seconds: float  # of this run
    stopped: bool  # before everything was done
    words: Callable[[str], str] = str  # names files as a person does
    error: PamError | None = None  # that ended it, as every further file would have met it

    def count(self, state: State) -> int:
        """Files in this state."""
        return Counter(outcome.state for outcome in self.outcomes.values())[state]

    @property
    def failed(self) -> dict[str, str]:
        """Name and error of every file that failed."""
        failed = State.FAILED
        return {n: o.error or "" for n, o in self.outcomes.items() if o.state is failed}

    def figures(self) -> dict[str, float]:
        """The run in numbers."""
        counts = {str(state): self.count(state) for state in State}
        frames = sum(outcome.frames for outcome in self.outcomes.values())
        return {"files": len(self.plan.items), **counts, "frames": frames, "seconds": self.seconds}

    def rows(self) -> Iterator[dict[str, object]]:
        """One for each planned file, by COLUMNS."""
        waiting = Outcome(state=State.WAITING)
        for item in self.plan.items:
            outcome = self.outcomes.get(item.name, waiting)
            values = (
                item.name,
                self.words(str(item.targets[0])),
                str(outcome.state),
                outcome.frames,
                round(outcome.seconds, 3),
                outcome.cost,
                list(outcome.warnings),
                outcome.error,
            )
            yield dict(zip(COLUMNS, values, strict=True))

    def as_json(self) -> str:
        """Figures and rows."""
        content = {**self.figures(), "left_out": list(self.plan.others), "items": [*self.rows()]}
        return json.dumps(content, indent=2, ensure_ascii=False)

    def as_csv(self) -> str:
        """The rows; warnings parted by "; "."""
        text = io.StringIO()
        writer = csv.DictWriter(text, COLUMNS)
        writer.writeheader()
        for row in self.rows():
            warnings = row["warnings"]
            assert isinstance(warnings, list)
            writer.writerow({**row, "warnings": "; ".join(warnings)})
        return text.getvalue()

    def write(self, target: Path) -> None:
        """JSON or CSV by the suffix, whole or not at all. Raises OutputError."""
        text = self.as_csv() if target.suffix.lower() == ".csv" else self.as_json()
        write_whole(target, text.encode())


def check_report(target: Path) -> None:
    """Raises UsageError for a suffix that names no kind of report."""
    if target.suffix.lower() not in SUFFIXES:
        raise UsageError(f"--report {target}: the name must end in {' or '.join(SUFFIXES)}")
