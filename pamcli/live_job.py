"""What one live run is asked to do: source, hint, cost, look and sinks."""

from dataclasses import dataclass, field
from fractions import Fraction

from pamcli.errors import UsageError
from pamcli.live_controls import LiveWish
from pamcli.live_hint import check_live
from pamcli.live_open import SourceSettings
from pamcli.live_sinks import SinkSettings, check_sink
from pamcli.settings import (
    CostSettings,
    HintSettings,
    LogSettings,
    LookSettings,
    Output,
    RuntimeSettings,
)

FASTEST = 60.0
"""Frames a second that are taken at most where C_c is fixed and no rate is asked for."""

USUAL = 15.0
"""Frames a second that are held where nobody says more."""

LEAST_SIDE, MOST_SIDE = 16, 8192


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveJob:
    """Everything that one live run was asked to do.

    Raises UsageError for what contradicts itself, OutputError for a sink that cannot be one.
    """

    source: SourceSettings
    sinks: tuple[SinkSettings, ...]
    hint: HintSettings
    cost: CostSettings
    look: LookSettings
    runtime: RuntimeSettings = field(default_factory=RuntimeSettings)
    log: LogSettings = field(default_factory=LogSettings)
    size: tuple[int, int] | None = None  # (height, width) of what is sent; None: the source's
    bit_rate: int | None = None  # bits a second of the sent pictures at most; None: by the size
    duration: Fraction | None = None  # seconds; None: until it is stopped
    overwrite: bool = False  # of the log and the plot

    def __post_init__(self) -> None:
        check_live(self.hint)
        if not self.sinks:
            raise UsageError("a live stream needs at least one sink")
        addresses = [self.source.address, *(sink.address for sink in self.sinks)]
        twice = next((name for name in addresses if addresses.count(name) > 1), None)
        if twice is not None:
            raise UsageError(f"{SinkSettings(address=twice).name}: given twice")
        for sink in self.sinks:
            check_sink(sink)
        if self.look.output is Output.RGBA:
            raise UsageError("a live stream carries no alpha: --output alpha sends it as a picture")
        if self.log.replay is not None:
            raise UsageError("--replay needs a clip: a live stream does not come again")
        self._check_size()

    def _check_size(self) -> None:
        for side in self.size or ():
            if side % 2 or not LEAST_SIDE <= side <= MOST_SIDE:
                raise UsageError(
                    f"--size: both sides are even numbers of {LEAST_SIDE} to {MOST_SIDE} pixels"
                )

    @property
    def fps(self) -> float:
        """Frames a second to hold, or to take at most where C_c is fixed."""
        if self.cost.fps is not None:
            return float(self.cost.fps)
        return USUAL if self.cost.constraint is None else FASTEST

    @property
    def wish(self) -> LiveWish:
        """What may be changed while it runs, as it is at the begin."""
        return LiveWish(
            fps=self.fps,
            hint=self.hint,
            background=self.look.background,
            min_cost=self.cost.minimum,
            max_cost=self.cost.maximum,
        )
