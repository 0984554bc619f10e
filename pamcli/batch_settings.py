"""What every file of a batch is made into, and how that is told from another wish."""

from dataclasses import dataclass, fields, replace
from hashlib import sha256
from pathlib import Path

from pamcli.errors import UsageError
from pamcli.image_job import ImageJob
from pamcli.models import load_files, load_model
from pamcli.presets import RECIPES, check_preset
from pamcli.settings import (
    CostSettings,
    Fit,
    HintSettings,
    Output,
    OutputSettings,
    Preset,
    RuntimeSettings,
)
from pamcli.subject_network import NAME
from pamcli.video_info import VideoInfo
from pamcli.video_job import VideoJob


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchSettings:
    """The wishes that hold for all files; `hint` without trimap and mask, which each has its own.

    output: None for rgba of stills and alpha of clips. The presets, sound and premultiplied colours
    concern clips alone; a still becomes a PNG.
    """

    hint: HintSettings
    cost: CostSettings
    runtime: RuntimeSettings
    output: Output | None = None
    preset: Preset | None = None  # None: ffv1 in .mkv for rgba, else h264 in .mp4
    background: str | None = None
    fit: Fit = Fit.COVER
    premultiplied: bool = False
    despill: float | None = None
    audio: bool = True
    deinterlace: bool = False

    def __post_init__(self) -> None:
        if self.hint.trimap or self.hint.mask or self.hint.key_masks:
            raise UsageError("a batch finds trimaps and masks file by file")
        target = Path(f"clip{self.clip_suffix}")
        self._clip_output(target, resume=False)
        if self.preset is not None:
            check_preset(self.preset, target, self.clip_output)

    @property
    def still_output(self) -> Output:
        """What a still becomes."""
        return self.output or Output.RGBA

    @property
    def clip_output(self) -> Output:
        """What a clip becomes."""
        return self.output or Output.ALPHA

    @property
    def clip_suffix(self) -> str:
        """Of a matted clip; empty for a folder of PNG files."""
        if self.preset is not None:
            return RECIPES[self.preset].suffixes[0]
        return ".mkv" if self.clip_output is Output.RGBA else ".mp4"

    def image_job(self, source: Path, target: Path, hint: HintSettings) -> ImageJob:
        """How one still is matted. A frame rate is none of its concern."""
        return ImageJob(
            sources=(source,),
            target=target,
            output=self.still_output,
            hint=hint,
            cost=replace(self.cost, fps=None),
            runtime=self.runtime,
            background=self.background,
            fit=self.fit,
            despill=self.despill,
            overwrite=True,
        )

    def video_job(
        self, info: VideoInfo, target: Path, hint: HintSettings, *, resume: bool
    ) -> VideoJob:
        """How one clip is matted. resume: go on with the parts of an interrupted run."""
        return VideoJob(
            info=info,
            hint=hint,
            cost=self.cost,
            output=self._clip_output(target, resume=resume),
            runtime=self.runtime,
            deinterlace=self.deinterlace,
        )

    def _clip_output(self, target: Path, *, resume: bool) -> OutputSettings:
        return OutputSettings(
            output=self.clip_output,
            target=target,
            preset=self.preset,
            background=self.background,
            fit=self.fit,
            premultiplied=self.premultiplied,
            despill=self.despill,
            audio=self.audio,
            overwrite=True,
            resume=resume,
        )

    def fingerprint(self) -> str:
        """Differs where the pixels, the sound or the names of what is written may differ.

        Raises ModelError where the models are not whole.
        """
        wishes = replace(self, runtime=RuntimeSettings(precision=self.runtime.precision))
        said = [f"{wish.name}={getattr(wishes, wish.name)!r}" for wish in fields(wishes)]
        said += [file_stamp(Path(self.background))] if self.background else []
        said += [file_stamp(self.hint.plate)] if self.hint.plate else []
        for model in (load_model(), load_files(NAME)):
            said += [f"{name} {digest}" for name, digest in sorted(model.sha256.items())]
        return sha256("\n".join(said).encode()).hexdigest()[:24]


def file_stamp(file: Path) -> str:
    """Size and time of the last change, a digest of those of all in a folder, or "none"."""
    try:
        if file.is_dir():
            inside = [f"{entry.name} {file_stamp(entry)}" for entry in sorted(file.iterdir())]
            return sha256("\n".join(inside).encode()).hexdigest()[:24]
        status = file.stat()
    except OSError:
        return "none"
    return f"{status.st_size} {status.st_mtime_ns}"
