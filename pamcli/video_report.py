"""What a run over a clip did, in numbers and in words."""

from dataclasses import dataclass, field
from fractions import Fraction

from pamcli.matting import Choice, Spent
from pamcli.video_read import ReadReport

SATURATED_SHARE = 0.25
"""Of the frames: from there on the run is said to be too slow for its target."""


@dataclass(slots=True, kw_only=True)
class VideoReport:
    """What a run did, for the closing line and for `--json`."""

    frames: int = 0  # matted in this run
    resumed: int = 0  # taken over from an interrupted run
    done: int = 0  # in the target
    stopped: bool = False  # asked to stop before the last frame
    seconds: float = 0.0
    constraints: int = 0  # sum of C_c over the frames
    scales: float = 0.0  # sum of the scales
    empty: int = 0  # frames without an unknown pixel
    saturated: int = 0  # frames for which even the cheapest choice was too slow
    read: ReadReport = field(default_factory=ReadReport)
    hinted: list[str] = field(default_factory=list)  # what the hint has to say
    written: list[str] = field(default_factory=list)  # what the writer has to say

    @property
    def fps(self) -> float:
        """Frames a second over the whole run."""
        return self.frames / self.seconds if self.seconds > 0 else 0.0

    def figures(self) -> dict[str, float]:
        """The run in numbers: GMAC per 1024x1024, frames, seconds."""
        frames = max(self.frames, 1)
        return {
            "frames": self.frames,
            "frames_resumed": self.resumed,
            "frames_done": self.done,
            "seconds": self.seconds,
            "fps": self.fps,
            "mean_cost_constraint": self.constraints / frames,
            "mean_scale": self.scales / frames,
            "frames_without_unknown": self.empty,
            "frames_too_slow_at_the_least": self.saturated,
        }

    def warnings(self, target: Fraction) -> list[str]:
        """What went otherwise than asked; `target`: frames a second, 0 for none."""
        said = [*self.read.notes(), *self.hinted, *self.written]
        too_slow = self.saturated > self.frames * SATURATED_SHARE
        if target and too_slow and self.fps < target:
            said.append(
                f"{float(target):g} frames/s cannot be held even at the lowest cost and scale; "
                f"{self.fps:.1f} were reached"
            )
        if self.frames and self.empty == self.frames and not self.hinted:
            said.append(
                "no frame has an unknown pixel: alpha is 0 or 1 throughout, as the hint says"
            )
        return said

    def count(self, choice: Choice, spent: Spent) -> None:
        """Add one frame."""
        self.frames += 1
        self.constraints += choice.cost_constraint
        self.scales += choice.scale
        self.empty += spent.path is None
