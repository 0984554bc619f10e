# ruff: noqa: TID251 - reading clips, FFmpeg's filter
"""The table of `tone_map` applied to frames, by FFmpeg's interpolation in it."""

import tempfile
from fractions import Fraction
from functools import lru_cache
from pathlib import Path

from av.filter import Graph
from av.video.format import VideoFormat
from av.video.frame import VideoFrame

from pamcli.tone_map import tone_table

PLANAR = "gbrp16le"
TABLE_POINTS = 65  # per axis: greys are then exact to 0.3 of 255 levels, see tests/test_tone_map.py


class ToneMapper:
    """Turns HDR frames of one size into SDR ones.

    transfer: as `tone_mapped` takes it. white: the 16-bit sample that stands for a signal of 1.
    """

    def __init__(self, size: tuple[int, int], transfer: str, white: int) -> None:
        self._graph = Graph()
        with tempfile.TemporaryDirectory(prefix="pamcli") as folder:
            table = Path(folder) / "tone.cube"
            table.write_text(_as_cube(transfer, white))
            self._graph.link_nodes(
                self._graph.add_buffer(
                    width=size[1], height=size[0], format=VideoFormat(PLANAR), time_base=Fraction(1)
                ),
                self._graph.add("lut3d", file=str(table), interp="tetrahedral"),
                self._graph.add("buffersink"),
            ).configure()

    def mapped(self, frame: VideoFrame) -> VideoFrame:
        """gbrp16le in and out; out, 65535 is the white of the SDR screen."""
        self._graph.push(frame)
        mapped = self._graph.pull()
        assert isinstance(mapped, VideoFrame)
        return mapped


@lru_cache(maxsize=2)
def _as_cube(transfer: str, white: int) -> str:
    """A .cube file, red changing first: what FFmpeg's lut3d reads."""
    table = tone_table(transfer, TABLE_POINTS, 65_535 / white).reshape(-1, 3)
    lines = [f"{red:.5f} {green:.5f} {blue:.5f}" for red, green, blue in table.tolist()]
    return "\n".join([f"LUT_3D_SIZE {TABLE_POINTS}", *lines, ""])
