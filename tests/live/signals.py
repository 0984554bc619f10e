"""A clip that tells what became of it: each frame holds its number in colour and in shape."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
from av.audio.stream import AudioStream
from av.video.stream import VideoStream

from pamcli.frame import Rgb

SCREEN = (0, 177, 64)
"""The screen's colour; `--key "#00b140"`."""

RED, WHITE, BLACK = (200, 40, 40), (235, 235, 235), (20, 20, 20)
BITS = 10
FPS = 25
RATE = 48_000
BEEP, BEEP_HZ = 0.1, 1000.0
"""Seconds and frequency of the tone that begins with every full second."""


@dataclass(frozen=True)
class Seen:
    """What a received picture tells. number: by its colours, shape: by what is not background;
    None where they are no number."""

    number: int | None
    shape: int | None


def _cells(height: int, width: int) -> tuple[int, int, int]:
    """Width of a cell, top of the row of colours and of the row of shapes."""
    return width // (BITS + 2), height // 4, height // 2


def drawn(number: int, height: int, width: int) -> Rgb:
    """Before a green screen: a row of black and white cells, and one of red cells or none."""
    rgb = np.empty((height, width, 3), np.uint8)
    rgb[:] = SCREEN
    cell, colours, shapes = _cells(height, width)
    for bit in range(BITS):
        left = cell * (bit + 1)
        is_set = bool(number >> bit & 1)
        rgb[colours : colours + cell, left : left + cell] = WHITE if is_set else BLACK
        if is_set:
            rgb[shapes : shapes + cell, left : left + cell] = RED
    return rgb


def seen(rgb: Rgb, size: tuple[int, int] | None = None) -> Seen:
    """What a picture on a blue background tells. size: (height, width) as it was drawn at, where
    it was fitted into the picture with bars."""
    height, width = rgb.shape[:2]
    if size is not None:
        scale = min(height / size[0], width / size[1])
        rows, columns = round(size[0] * scale), round(size[1] * scale)
        top, left = (height - rows) // 2, (width - columns) // 2
        rgb = rgb[top : top + rows, left : left + columns]
    return Seen(_number(rgb), _shape(rgb))


def _middles(rgb: Rgb, row: int) -> list[npt.NDArray[np.float64]]:
    """Mean colour of the middle of each cell."""
    height, width = rgb.shape[:2]
    cell = width / (BITS + 2)
    y = round(height / (4 if row == 0 else 2) + cell / 2)
    means = []
    for bit in range(BITS):
        x = round(cell * (bit + 1.5))
        means.append(rgb[y - 2 : y + 3, x - 2 : x + 3].reshape(-1, 3).mean(axis=0))
    return means


def _number(rgb: Rgb) -> int | None:
    lumas = [float(mean.mean()) for mean in _middles(rgb, 0)]
    if any(90 < luma < 170 for luma in lumas):
        return None
    return sum(1 << bit for bit, luma in enumerate(lumas) if luma > 128)


def _shape(rgb: Rgb) -> int | None:
    """None where neither red nor blue shows: an alpha that belongs to another frame."""
    total = 0
    for bit, (red, green, blue) in enumerate(_middles(rgb, 1)):
        if red > max(green, blue) + 60:
            total |= 1 << bit
        elif blue < max(red, green) + 60:
            return None
    return total


CODECS: dict[str, dict[str, str]] = {
    "libx264": {"crf": "16", "preset": "veryfast", "tune": "zerolatency", "g": "12", "bf": "0"},
    "mpeg2video": {"g": "12", "bf": "0", "b": "4000000"},
}


def write_signal(
    target: Path,
    *,
    seconds: int,
    size: tuple[int, int] = (240, 320),
    sound: bool = True,
    codec: str = "libx264",
) -> Path:
    """Numbers from 0 on, 25 a second, a key frame twice a second; returns `target`."""
    with av.open(str(target), "w") as container:
        video = container.add_stream(codec, rate=FPS)
        assert isinstance(video, VideoStream)
        video.height, video.width = size
        video.pix_fmt = "yuv420p"
        video.options = dict(CODECS[codec])
        audio = container.add_stream("aac", rate=RATE) if sound else None
        for number in range(seconds * FPS):
            frame = av.VideoFrame.from_ndarray(drawn(number, *size), "rgb24")
            frame.pts, frame.time_base = number, Fraction(1, FPS)
            container.mux(video.encode(frame))
            if audio is not None and number % FPS == 0:
                assert isinstance(audio, AudioStream)
                for piece in _second(number // FPS):
                    container.mux(audio.encode(piece))
        container.mux(video.encode(None))
        if audio is not None:
            container.mux(audio.encode(None))
    return target


def _second(number: int) -> list[av.AudioFrame]:
    wave = np.zeros(RATE, np.float32)
    length = int(BEEP * RATE)
    wave[:length] = 0.5 * np.sin(2 * np.pi * BEEP_HZ * np.arange(length) / RATE)
    stereo = np.ascontiguousarray(np.stack([wave, wave]))
    frame = av.AudioFrame.from_ndarray(stereo, "fltp", "stereo")
    frame.sample_rate, frame.pts = RATE, number * RATE
    frame.time_base = Fraction(1, RATE)
    return [frame]


def onsets(sound: Sequence[tuple[float, npt.NDArray[np.float32]]]) -> list[float]:
    """Seconds at which tones begin. sound: (time of its first sample, samples) in order."""
    found, was_loud = [], False
    for begin, samples in sound:
        loud = np.abs(samples) > 0.12
        # the tone is silent twice a period: loud within the last half millisecond counts
        held = np.convolve(loud, np.ones(24), "full")[: len(loud)] > 0
        starts = np.flatnonzero(np.diff(np.concatenate([[was_loud], held]).astype(np.int8)) > 0)
        found += [begin + int(start) / RATE for start in starts]
        was_loud = bool(held[-1])
    first = sound[0][0] + BEEP if sound else 0.0  # before, it may be the rest of a tone
    whole = [time for time in found if time > first]
    return [time for n, time in enumerate(whole) if n == 0 or time - whole[n - 1] > 0.3]
