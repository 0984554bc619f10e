"""What a run was asked to do: frozen, checked when built, units beside each field."""

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from pathlib import Path

from pamcli.errors import UsageError


class Precision(StrEnum):
    """Number format of the network's arithmetic."""

    AUTO = "auto"
    F32 = "f32"
    BF16 = "bf16"
    INT8 = "int8"


class Output(StrEnum):
    """What is written."""

    RGBA = "rgba"
    ALPHA = "alpha"
    FOREGROUND = "foreground"
    COMPOSITE = "composite"


class Preset(StrEnum):
    """Codec and container of a written clip."""

    H264 = "h264"
    PRORES4444 = "prores4444"
    FFV1 = "ffv1"
    QTRLE = "qtrle"
    PNG = "png"  # a folder
    APNG = "apng"
    WEBM = "webm"  # VP9, with alpha
    MATTE = "matte"  # two files: alpha as luma, and the foreground's colours


class Fit(StrEnum):
    """How a background of another shape is brought to the frame's."""

    COVER = "cover"  # fills the frame, what juts out is cut off
    CONTAIN = "contain"  # wholly shown, with black bars


class Subject(StrEnum):
    """Who is looked for when no other hint is given."""

    AUTO = "auto"


class EvaluationHint(StrEnum):
    """What an evaluation mattes clips by: their own trimaps, or the subject found by itself."""

    TRIMAP = "trimap"
    SUBJECT = "subject"


KeyMask = tuple[Fraction, Path]
"""Seconds after the clip's first frame, and the mask of the subject at that moment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HintSettings:
    """Where the trimap of each frame comes from; at most one kind of hint."""

    trimap: Path | None = None  # still, folder or video of trimaps
    mask: Path | None = None  # still, folder or video of coarse masks
    key_masks: tuple[KeyMask, ...] = ()  # carried through the clip from their times
    plate: Path | None = None  # picture of the background without the subject
    key: str | None = None  # colour of the screen: #rrggbb, a name or "auto"
    subject: Subject = Subject.AUTO
    band: float = 24.0  # width of the unknown band, pixels of a 1080p frame
    temporal: bool = True  # steady what masks, a plate or a key say from frame to frame

    def __post_init__(self) -> None:
        given = self._given()
        if len(given) > 1:
            raise UsageError(f"{given[0]} and {given[1]} exclude each other: give one hint")
        if not 1 <= self.band <= 400:
            raise UsageError(f"--band {self.band:g} is not within 1 to 400 pixels")
        times = [time for time, _ in self.key_masks]
        if len(set(times)) < len(times):
            raise UsageError("--key-mask: two masks are given for one time")

    @property
    def kind(self) -> str:
        """Name of the hint: trimap, mask, key-mask, plate, key or subject."""
        return next(iter(self._given()), "--subject").removeprefix("--")

    def _given(self) -> list[str]:
        kinds = {
            "--trimap": self.trimap,
            "--mask": self.mask,
            "--key-mask": self.key_masks or None,
            "--plate": self.plate,
            "--key": self.key,
        }
        return [option for option, value in kinds.items() if value is not None]


@dataclass(frozen=True, slots=True, kw_only=True)
class CostSettings:
    """How much the network may spend."""

    fps: Fraction | None = None  # processed frames per second to hold; None: keep `constraint`
    constraint: int | None = None  # C_c, GMAC per 1024x1024; None: all that the full path needs
    minimum: int | None = None  # bounds of C_c for the controller, GMAC per 1024x1024
    maximum: int | None = None
    scale: float | None = None  # processing size / frame size, 0.25 to 1; None: the controller's

    def __post_init__(self) -> None:
        if self.fps is not None and self.constraint is not None:
            raise UsageError("--fps and --cost exclude each other: give one")
        if self.fps is not None and not 0 < self.fps <= 1000:
            raise UsageError(f"--fps {float(self.fps):g} is not within 0 to 1000")
        if self.scale is not None and not 0.25 <= self.scale <= 1:
            raise UsageError(f"--scale {self.scale:g} is not within 0.25 to 1")
        if self.minimum is not None and self.maximum is not None and self.minimum > self.maximum:
            raise UsageError(f"--min-cost {self.minimum} is above --max-cost {self.maximum}")


@dataclass(frozen=True, slots=True, kw_only=True)
class LookSettings:
    """What a matte becomes before it is written."""

    output: Output
    background: str | None = None  # colour, picture, clip or "blur:N" of a composite
    fit: Fit = Fit.COVER
    premultiplied: bool = False  # colours times alpha; else straight
    despill: float | None = None  # 0 to 1: how much of a screen's light is taken off; None: by hint

    def __post_init__(self) -> None:
        if self.background is not None and self.output is not Output.COMPOSITE:
            raise UsageError("--background needs --output composite")
        if self.premultiplied and self.output is not Output.RGBA:
            raise UsageError(f"--premultiplied needs --output rgba, not {self.output}")
        if self.despill is not None and not 0 <= self.despill <= 1:
            raise UsageError(f"--despill {self.despill:g} is not within 0 to 1")


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputSettings(LookSettings):
    """What is written of a clip, and where."""

    target: Path
    preset: Preset | None = None  # None: from the target's suffix
    audio: bool = True  # the source's other streams: sound, subtitles
    overwrite: bool = False
    resume: bool = False  # go on with the finished parts of an interrupted run


@dataclass(frozen=True, slots=True, kw_only=True)
class RuntimeSettings:
    """How the machine is used."""

    precision: Precision = Precision.AUTO
    threads: int | None = None  # None: what the affinity mask and the cgroup quota allow

    def __post_init__(self) -> None:
        if self.threads is not None and self.threads < 1:
            raise UsageError(f"--threads {self.threads} is not at least 1")


@dataclass(frozen=True, slots=True, kw_only=True)
class LogSettings:
    """What is kept of a run beside its target, and whose decisions it takes."""

    log: Path | None = None  # .csv or .jsonl: one row a frame
    plot: Path | None = None  # .png: the run's course
    replay: Path | None = None  # log whose C_c, scale and path are taken; None: the cost options'

    def __post_init__(self) -> None:
        kinds = {
            "--log": (self.log, (".csv", ".jsonl")),
            "--plot": (self.plot, (".png",)),
            "--replay": (self.replay, (".csv", ".jsonl", ".csv.part", ".jsonl.part")),
        }
        for option, (file, suffixes) in kinds.items():
            if file is not None and not file.name.lower().endswith(suffixes):
                raise UsageError(f"{option} {file}: the name must end in {' or '.join(suffixes)}")
        if self.log is not None and self.log == self.replay:
            raise UsageError(f"--log and --replay name the same file: {self.log}")

    def check(self, cost: CostSettings) -> None:
        """Raises UsageError where a replay meets options that choose otherwise."""
        if self.replay is not None and cost != CostSettings():
            raise UsageError("--replay brings its own C_c and scale: leave the cost options out")
