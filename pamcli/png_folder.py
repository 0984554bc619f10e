# ruff: noqa: TID251 - the still half of writing clips
"""A clip as a folder of PNG files."""

from fractions import Fraction

import av
import numpy as np
from av.video.frame import VideoFrame

from pamcli.frame import Frame
from pamcli.targets import Target
from pamcli.video_frame import Pixels

FORMATS = {1: "gray", 3: "rgb24", 4: "rgba"}
OPTIONS = {"compression_level": "1"}  # higher levels take longer for a few per cent


class PngFolder:
    """Numbered PNG files, name_000001.png onwards; times and sound are not kept."""

    def __init__(self, target: Target, *, has_sound: bool) -> None:
        self.notes: list[str] = []
        if has_sound:
            self.notes.append("a folder of PNG files holds no sound")
        self._target = target
        self._count = 0

    def write(self, frame: Frame, pixels: Pixels) -> None:
        self._count += 1
        name = f"{self._target.final.name}_{self._count:06d}.png"
        (self._target.part / name).write_bytes(self._encode(pixels))

    def _encode(self, pixels: Pixels) -> bytes:
        encoder = av.CodecContext.create("png", "w")
        assert isinstance(encoder, av.VideoCodecContext)
        channels = 1 if pixels.ndim == 2 else pixels.shape[2]
        encoder.height, encoder.width = pixels.shape[:2]
        encoder.pix_fmt = FORMATS[channels]
        encoder.time_base = Fraction(1, 25)
        encoder.options = dict(OPTIONS)
        picture = VideoFrame.from_ndarray(np.ascontiguousarray(pixels), FORMATS[channels])
        return b"".join(bytes(packet) for packet in (*encoder.encode(picture), *encoder.encode()))

    def finish(self) -> None:
        """Nothing is pending: each file is whole once written."""

    def close(self) -> None:
        """Nothing is open."""
