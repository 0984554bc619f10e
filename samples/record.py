"""Writing the samples: clips with sound, grey without loss, PNG and JPEG."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from sound import SOUND_RATE

BT709 = 1  # the number of ITU-R BT.709 among primaries, transfer curves and matrices
LIMITED, FULL = 1, 2  # ranges of values


def picture(target: Path, image: np.ndarray) -> None:
    """Write uint8 RGB (H, W, 3) or grey (H, W); JPEG at quality 92, PNG packed hard."""
    swapped = image[..., ::-1] if image.ndim == 3 else image
    settings = [cv2.IMWRITE_JPEG_QUALITY, 92, cv2.IMWRITE_PNG_COMPRESSION, 9]
    if not cv2.imwrite(str(target), swapped, settings):
        raise OSError(f"{target}: not written")


def video_frame(rgb: np.ndarray, index: int, rate: int) -> av.VideoFrame:
    """uint8 RGB (H, W, 3) as yuv420p, BT.709 in limited range."""
    frame = av.VideoFrame.from_ndarray(rgb, format="rgb24")
    frame = frame.reformat(
        format="yuv420p", dst_colorspace="ITU709", dst_color_range="MPEG", interpolation="LANCZOS"
    )
    frame.color_primaries = frame.color_trc = BT709
    frame.pts, frame.time_base = index, Fraction(1, rate)
    return frame


class Clip:
    """An H.264 file with AAC sound, open while its `with` block lasts."""

    def __init__(self, target: Path, size: tuple[int, int], rate: int, kilobits: int) -> None:
        self.container = av.open(str(target), "w", options={"movflags": "+faststart"})
        self.rate, self.count = rate, 0
        self.stream = self.container.add_stream("libx264", rate=rate)
        self.stream.width, self.stream.height = size
        self.stream.pix_fmt = "yuv420p"
        self.stream.options = {
            "crf": "23",
            "preset": "medium",
            "maxrate": f"{kilobits}k",
            "bufsize": f"{2 * kilobits}k",
        }
        codec = self.stream.codec_context
        codec.time_base = Fraction(1, rate)
        codec.color_primaries = codec.color_trc = codec.colorspace = BT709
        codec.color_range = LIMITED
        self.voice = self.container.add_stream("aac", rate=SOUND_RATE)
        self.voice.layout, self.voice.bit_rate = "stereo", 112_000

    def write(self, rgb: np.ndarray) -> None:
        """Add one frame, uint8 RGB (H, W, 3)."""
        self.container.mux(self.stream.encode(video_frame(rgb, self.count, self.rate)))
        self.count += 1

    def speak(self, sound: np.ndarray) -> None:
        """Add all the sound, float32 (2, N)."""
        for start in range(0, sound.shape[1], 1024):
            block = np.ascontiguousarray(sound[:, start : start + 1024])
            frame = av.AudioFrame.from_ndarray(block, format="fltp", layout="stereo")
            frame.sample_rate, frame.pts = SOUND_RATE, start
            frame.time_base = Fraction(1, SOUND_RATE)
            self.container.mux(self.voice.encode(frame))

    def __enter__(self) -> "Clip":
        return self

    def __exit__(self, *_: object) -> None:
        self.container.mux(self.stream.encode(None))
        self.container.mux(self.voice.encode(None))
        self.container.close()


def grey_clip(target: Path, frames: Iterator[np.ndarray], rate: int) -> None:
    """Write uint8 (H, W) frames without loss: H.264 at quantiser 0, full range, in Matroska.

    Half the size of FFV1 here, because it predicts from the frame before.
    """
    with av.open(str(target), "w") as container:
        stream = None
        for index, grey in enumerate(frames):
            if stream is None:
                stream = container.add_stream("libx264", rate=rate)
                stream.height, stream.width = grey.shape
                stream.pix_fmt = "gray"
                stream.codec_context.time_base = Fraction(1, rate)
                stream.codec_context.color_range = FULL
                stream.options = {"qp": "0", "preset": "slow"}
            frame = av.VideoFrame.from_ndarray(grey, format="gray")
            frame.pts, frame.time_base, frame.color_range = index, Fraction(1, rate), FULL
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def grey_frames(source: Path) -> Iterator[np.ndarray]:
    """The frames of a grey clip, uint8 (H, W)."""
    with av.open(str(source)) as container:
        for frame in container.decode(video=0):
            yield frame.to_ndarray(format="gray")
