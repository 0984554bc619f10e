"""Colours of frames: every depth, range and matrix against the formulas of H.273."""

import av
import numpy as np
import numpy.typing as npt
import pytest
from clips import numbered

from pamcli.tone_map import TO_709, light_to_pq, tone_mapped
from pamcli.video_colour import Colours, colour_notes, matrix_of, range_of

Planes = list[npt.NDArray[np.int64]]

RED_AND_BLUE = {1: (0.2126, 0.0722), 5: (0.299, 0.114), 9: (0.2627, 0.0593)}
"""KR and KB of each matrix, H.273 table 4."""

LIMITED, FULL = 1, 2
PQ, HLG = 16, 18


def frame_of(planes: Planes, pixel_format: str, depth: int, shift: int = 0) -> av.VideoFrame:
    """A frame that holds exactly `planes`; those of a packed format lie side by side in one."""
    kind = np.uint8 if depth == 8 else np.uint16
    frame = av.VideoFrame(96, 64, pixel_format)
    for plane, samples in zip(frame.planes, planes, strict=True):
        lines = np.frombuffer(memoryview(plane), np.uint8).reshape(plane.height, -1).view(kind)
        lines[:, : samples.shape[1]] = samples[: plane.height] << shift
    return frame


def exact(planes: Planes, depth: int, matrix: int, color_range: int) -> npt.NDArray[np.float64]:
    """Y, U, V to RGB in 0 to 255 by the formulas, in floating point."""
    step = 1 << (depth - 8)
    luma, *chroma = (plane.astype(float) for plane in planes)
    if color_range == FULL:
        luma, chroma = (
            luma / (256 * step - 1),
            [(c - 128 * step) / (256 * step - 1) for c in chroma],
        )
    else:
        luma = (luma - 16 * step) / (219 * step)
        chroma = [(c - 128 * step) / (224 * step) for c in chroma]
    of_red, of_blue = RED_AND_BLUE[matrix]
    red = luma + 2 * (1 - of_red) * chroma[1]
    blue = luma + 2 * (1 - of_blue) * chroma[0]
    green = (luma - of_red * red - of_blue * blue) / (1 - of_red - of_blue)
    return np.clip(np.stack([red, green, blue], axis=-1), 0, 1) * 255


def any_planes(depth: int, count: int = 3) -> Planes:
    rng = np.random.default_rng(depth)
    return [rng.integers(0, 1 << depth, (64, 96)) for _ in range(count)]


@pytest.mark.parametrize("matrix", RED_AND_BLUE)
@pytest.mark.parametrize("color_range", [LIMITED, FULL])
@pytest.mark.parametrize(
    ("pixel_format", "depth"),
    [("yuv444p", 8), ("yuv444p10le", 10), ("yuv444p12le", 12), ("yuv444p16le", 16)],
)
def test_every_yuv_sample_is_rounded_to_the_nearest_level(
    pixel_format: str, depth: int, color_range: int, matrix: int
) -> None:
    planes = any_planes(depth)
    frame = frame_of(planes, pixel_format, depth)
    frame.colorspace, frame.color_range = matrix, color_range
    error = np.abs(Colours().rgb(frame) - exact(planes, depth, matrix, color_range))
    assert error.max() <= 0.53


@pytest.mark.parametrize(
    ("pixel_format", "depth", "shift"),
    [("yuv420p", 8, 0), ("yuv420p10le", 10, 0), ("yuv422p12le", 12, 0), ("yuvj420p", 8, 0)],
)
def test_chroma_of_fewer_samples_gives_the_same_colours(
    pixel_format: str, depth: int, shift: int
) -> None:
    color_range = FULL if "j" in pixel_format else LIMITED
    luma = any_planes(depth, 1)[0]
    planes = [luma, np.full_like(luma, 90 << (depth - 8)), np.full_like(luma, 150 << (depth - 8))]
    halves = [luma, planes[1][:, :48], planes[2][:, :48]]
    frame = frame_of(halves, pixel_format, depth, shift)
    frame.colorspace = 1
    error = np.abs(Colours().rgb(frame) - exact(planes, depth, 1, color_range))
    assert error.max() <= 0.53


@pytest.mark.parametrize("pixel_format", ["bgr0", "gbrp", "rgb24", "bgra", "gbrap"])
def test_rgb_formats_of_8_bits_are_exact(pixel_format: str) -> None:
    frame = av.VideoFrame.from_ndarray(numbered(5), "rgb24").reformat(format=pixel_format)
    assert np.array_equal(Colours().rgb(frame), numbered(5))


def test_a_palette_is_looked_up() -> None:
    rng = np.random.default_rng(3)
    palette = rng.integers(0, 256, (256, 4), dtype=np.uint8)
    palette[:, 0] = 255  # alpha, red, green, blue
    index = rng.integers(0, 256, (64, 96), dtype=np.uint8)
    frame = av.VideoFrame.from_ndarray((index, palette), "pal8")  # type: ignore[arg-type]
    assert np.array_equal(Colours().rgb(frame), palette[index][..., 1:])


@pytest.mark.parametrize(
    ("pixel_format", "depth"), [("gbrp10le", 10), ("gbrp12le", 12), ("gbrp16le", 16)]
)
def test_deep_planar_rgb_is_rounded_to_the_nearest_level(pixel_format: str, depth: int) -> None:
    green, blue, red = planes = any_planes(depth)
    rgb = np.stack([red, green, blue], axis=-1) * (255 / ((1 << depth) - 1))
    assert np.abs(Colours().rgb(frame_of(planes, pixel_format, depth)) - rgb).max() <= 0.5001


@pytest.mark.parametrize(("pixel_format", "samples"), [("rgb48le", 3), ("rgba64le", 4)])
def test_deep_packed_rgb_is_rounded_to_the_nearest_level(pixel_format: str, samples: int) -> None:
    packed = np.random.default_rng(2).integers(0, 1 << 16, (64, 96, samples))
    rgb = packed[..., :3] / 257
    frame = frame_of([packed.reshape(64, -1)], pixel_format, 16)
    assert np.abs(Colours().rgb(frame) - rgb).max() <= 0.5001


@pytest.mark.parametrize(
    ("pixel_format", "depth"), [("gray", 8), ("gray10le", 10), ("gray12le", 12), ("gray16le", 16)]
)
@pytest.mark.parametrize("color_range", [0, LIMITED, FULL])
def test_grey_is_full_range_unless_it_is_tagged(
    pixel_format: str, depth: int, color_range: int
) -> None:
    luma = any_planes(depth, 1)[0]
    frame = frame_of([luma], pixel_format, depth)
    frame.color_range = color_range
    step = 1 << (depth - 8)
    grey = luma * (255 / (256 * step - 1))
    if color_range == LIMITED:
        grey = np.clip((luma - 16 * step) * (255 / (219 * step)), 0, 255)
    shown = Colours().rgb(frame)
    assert np.abs(shown - grey[..., np.newaxis]).max() <= 0.5001


def test_brighter_than_white_does_not_wrap_around() -> None:
    blue, red = np.mgrid[0:64, 0:96] * 255 // 95
    planes = [np.full((64, 96), 255), blue + 80, red]
    frame = frame_of(planes, "yuv444p", 8)
    frame.colorspace = 9
    assert np.abs(Colours().rgb(frame) - exact(planes, 8, 9, LIMITED)).max() <= 0.53


def test_untagged_frames_go_by_size() -> None:
    sizes = {(64, 48): 5, (1279, 719): 5, (1280, 540): 1, (960, 720): 1}
    assert {size: matrix_of(av.VideoFrame(*size, "yuv420p")) for size in sizes} == sizes


def test_untagged_hdr_is_bt2020() -> None:
    frame = av.VideoFrame(64, 48, "yuv420p10le")
    frame.color_trc = PQ
    assert matrix_of(frame) == 9


@pytest.mark.parametrize(
    ("pixel_format", "full"),
    [("yuv420p", False), ("yuvj420p", True), ("gray", True), ("rgb24", True), ("pal8", True)],
)
def test_untagged_range_goes_by_format(pixel_format: str, full: bool) -> None:
    assert (range_of(av.VideoFrame(16, 16, pixel_format)) == FULL) is full


@pytest.mark.parametrize(
    ("tag", "note"),
    [
        (1, []),
        (10, ["BT.2020 of constant luminance was read as the usual BT.2020"]),
        (
            14,
            ["its colour matrix, ICtCp, is not known here: colours are wrong, read as BT.601"],
        ),
    ],
)
def test_a_matrix_that_cannot_be_undone_is_said(tag: int, note: list[str]) -> None:
    frame = av.VideoFrame(64, 48, "yuv420p")
    frame.colorspace = tag
    assert colour_notes(frame) == note


def hdr_frame(signal: npt.NDArray[np.float64], transfer: int) -> av.VideoFrame:
    """A limited-range 10-bit frame of BT.2020 whose colours are `signal`, RGB in [0, 1]."""
    of_red, of_blue = RED_AND_BLUE[9]
    luma = signal @ (of_red, 1 - of_red - of_blue, of_blue)
    blue = (signal[..., 2] - luma) / (2 * (1 - of_blue))
    red = (signal[..., 0] - luma) / (2 * (1 - of_red))
    planes = [64 + 876 * luma, 512 + 896 * blue, 512 + 896 * red]
    frame = frame_of([np.rint(p).astype(np.int64) for p in planes], "yuv444p10le", 10)
    frame.colorspace, frame.color_range, frame.color_trc = 9, LIMITED, transfer
    return frame


def test_hdr_greys_come_out_as_the_curve_says_and_never_fall() -> None:
    greys = np.broadcast_to(np.linspace(0, 1, 96)[:, np.newaxis], (64, 96, 3))
    for transfer, name in ((PQ, "PQ"), (HLG, "HLG")):
        rgb = Colours().rgb(hdr_frame(greys, transfer)).astype(int)
        assert np.abs(rgb - 255 * tone_mapped(greys, name)).max() <= 2
        assert (np.diff(rgb[0], axis=0) >= 0).all()


def test_hdr_white_of_203_nits_is_230() -> None:
    white = np.full((64, 96, 3), light_to_pq(np.array(203.0)))
    rgb = Colours().rgb(hdr_frame(white, PQ)).astype(int)
    assert np.abs(rgb - 230).max() <= 1


def test_hdr_colours_come_out_as_the_formulas_say() -> None:
    signal = 0.50 + 0.04 * np.random.default_rng(4).random((64, 96, 3))
    rgb = Colours().rgb(hdr_frame(signal, PQ))
    error = np.abs(rgb - 255 * tone_mapped(signal, "PQ"))
    assert error.max() <= 3 and error.mean() < 0.6


def test_hdr_is_said() -> None:
    frame = av.VideoFrame(64, 48, "yuv420p10le")
    frame.color_trc, frame.colorspace = HLG, 9
    assert colour_notes(frame) == ["HDR (HLG) was tone-mapped to SDR"]


def test_colours_of_bt2020_in_sdr_are_brought_into_bt709() -> None:
    in_709 = np.random.default_rng(6).uniform(0.3, 0.9, (64, 96, 3))
    signal = (in_709**2.4 @ np.linalg.inv(TO_709).T) ** (1 / 2.4)
    frame = frame_of(
        [np.rint(1023 * signal[..., c]).astype(np.int64) for c in (1, 2, 0)], "gbrp10le", 10
    )
    assert np.abs(Colours().rgb(frame) - 255 * signal).max() <= 1
    frame.color_primaries = 9
    error = np.abs(Colours().rgb(frame) - 255 * in_709)
    assert error.max() <= 5 and error.mean() <= 0.5
    assert colour_notes(frame) == ["its BT.2020 colours were brought into BT.709"]
