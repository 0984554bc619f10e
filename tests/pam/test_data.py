"""Training data: the same batch from the same seed, true trimaps, honest degradations."""

from itertools import islice
from pathlib import Path

import cv2
import numpy as np
import pytest

torch = pytest.importorskip("torch")

from pictures import disc, photo, tiny_library, write_folders  # noqa: E402

from pam.data.batch import BatchSettings, make_batch, merge  # noqa: E402
from pam.data.colour import mesh_alpha, texture_alpha  # noqa: E402
from pam.data.degrade import add_noise, blur, degrade, jpeg  # noqa: E402
from pam.data.draw import Draw  # noqa: E402
from pam.data.geometry import View, sample  # noqa: E402
from pam.data.loader import batches  # noqa: E402
from pam.data.store import LONGEST_SIDE, load_library, pack, to_picture  # noqa: E402
from pam.data.trimaps import dilate, random_trimap  # noqa: E402

SMALL = BatchSettings(crop=64, batch=3, seed=5)


def test_the_same_index_gives_the_same_batch_and_another_gives_another() -> None:
    library = tiny_library()
    one, two, other = (make_batch(library, SMALL, index) for index in (7, 7, 8))
    assert torch.equal(one.image, two.image)
    assert torch.equal(one.prior.alpha, two.prior.alpha)
    assert not torch.equal(one.image, other.image)


def test_crops_have_the_promised_shapes_and_ranges() -> None:
    batch = make_batch(tiny_library(), SMALL, 0)
    for part, channels in (
        (batch.image, 3),
        (batch.trimap, 1),
        (batch.alpha, 1),
        (batch.foreground, 3),
        (batch.background, 3),
        (batch.prior.foreground, 3),
        (batch.prior.alpha, 1),
    ):
        assert part.shape == (3, channels, 64, 64)
        assert part.dtype == torch.float32
        assert float(part.min()) >= 0 and float(part.max()) <= 1
    assert set(batch.trimap.unique().tolist()) <= {0.0, 0.5, 1.0}


def test_crops_hold_unknown_pixels_and_known_ones_are_true() -> None:
    library = tiny_library()
    for index in range(8):
        batch = make_batch(library, SMALL, index)
        unknown = (batch.trimap == 0.5).float().mean((1, 2, 3))
        assert float(unknown.min()) >= 0.05
        assert bool((batch.alpha[batch.trimap == 1] >= 0.9).all())
        assert bool((batch.alpha[batch.trimap == 0] <= 0.1).all())


def test_a_worker_makes_the_same_sequence_and_may_begin_anywhere() -> None:
    library = tiny_library()
    wanted = make_batch(library, SMALL, 4)
    for workers in (0, 1):
        made = list(islice(batches(library, SMALL, 3, workers=workers), 2))
        assert torch.equal(made[1].image, wanted.image)
        assert torch.equal(made[1].prior.alpha, wanted.prior.alpha)


def test_two_merged_foregrounds_composite_like_one_over_the_other() -> None:
    random = torch.Generator().manual_seed(1)
    rgb_1, rgb_2, behind = (torch.rand(1, 3, 9, 7, generator=random) for _ in range(3))
    alpha_1, alpha_2 = (torch.rand(1, 1, 9, 7, generator=random) for _ in range(2))
    rgb, alpha = merge((rgb_1, alpha_1), (rgb_2, alpha_2))
    second = alpha_2 * rgb_2 + (1 - alpha_2) * behind
    wanted = alpha_1 * rgb_1 + (1 - alpha_1) * second
    torch.testing.assert_close(alpha * rgb + (1 - alpha) * behind, wanted)


def test_merging_with_nothing_keeps_the_first() -> None:
    rgb = torch.rand(1, 3, 4, 4)
    empty = torch.zeros(1, 1, 4, 4)
    merged, alpha = merge((rgb, empty), (torch.rand(1, 3, 4, 4), empty))
    assert torch.equal(merged, rgb)
    assert torch.equal(alpha, empty)


@pytest.mark.parametrize("radius", [0, 1, 2, 5, 13, 30])
def test_dilation_is_the_sum_of_its_square_and_its_diamond(radius: int) -> None:
    size = 81
    mask = torch.zeros(size, size, dtype=torch.bool)
    mask[40, 40] = mask[2, 3] = True
    square = max(round(radius * 0.6), 1) if radius else 0
    steps = (radius - square + 1) // 2
    wanted = torch.zeros_like(mask)
    for y, x in ((40, 40), (2, 3)):
        for i in range(-steps, steps + 1):
            for j in range(-steps, steps + 1):
                rows = range(y + i + j - square, y + i + j + square + 1)
                columns = range(x + i - j - square, x + i - j + square + 1)
                for row in rows:
                    for column in columns:
                        if 0 <= row < size and 0 <= column < size:
                            wanted[row, column] = True
    found = dilate(mask, radius)
    assert torch.equal(found[20:], wanted[20:])
    # near a border the parts are cut off one after the other: never too much
    assert bool((~found | wanted).all())


def test_trimaps_differ_and_their_bands_cover_what_is_mixed() -> None:
    alpha = torch.from_numpy(disc()[:, :, 3].astype(np.float32) / 255)[None, None]
    shares = []
    for index in range(24):
        trimap = random_trimap(Draw(1, index), alpha)
        mixed = (alpha > 0.1) & (alpha < 0.9)
        assert bool((trimap[mixed] == 0.5).all())
        shares.append(float((trimap == 0.5).float().mean()))
    assert max(shares) > 2 * min(shares)


def test_alpha_that_is_made_from_nothing_has_all_levels_and_fine_detail() -> None:
    view = torch.from_numpy(photo(2, 96).astype(np.float32) / 255).permute(2, 0, 1)[None]
    grain = torch.rand(1, 1, 96, 96, generator=torch.Generator().manual_seed(1)) * 0.3
    for index in range(8):
        for alpha in (texture_alpha(Draw(1, index), view + grain), mesh_alpha(Draw(1, index), 96)):
            assert alpha.shape == (1, 1, 96, 96) and 0 <= alpha.min() < alpha.max() <= 1
            assert float(alpha.mean()) not in (0.0, 1.0)
            assert float((alpha[..., 1:] - alpha[..., :-1]).abs().mean()) > 0.005


def test_the_texture_of_alpha_is_that_of_the_photo() -> None:
    view = torch.rand(1, 3, 32, 32, generator=torch.Generator().manual_seed(3))
    luma = (view * torch.tensor([0.299, 0.587, 0.114]).view(1, 3, 1, 1)).sum(1)
    alpha = texture_alpha(Draw(1, 0), view)[:, 0]
    soft = (alpha > 0) & (alpha < 1)
    together = torch.corrcoef(torch.stack((alpha[soft], luma[soft])))[0, 1]
    assert float(together.abs()) > 0.999


def test_an_unturned_view_shows_the_pixels_themselves() -> None:
    pixels = photo(3, 96)
    picture = to_picture("photo", pixels)
    view = View(centre=(48.0, 40.0), matrix=(16, 0, 0, 16), perspective=(0, 0), zoom=1.0)
    seen = sample(picture, view, 32)[0].permute(1, 2, 0).numpy() * 255
    np.testing.assert_allclose(seen, pixels[24:56, 32:64], atol=0.02)


def test_a_view_over_the_border_is_mirrored() -> None:
    pixels = photo(4, 64)
    view = View(centre=(0.0, 32.0), matrix=(16, 0, 0, 16), perspective=(0, 0), zoom=1.0)
    seen = sample(to_picture("photo", pixels), view, 32)[0]
    torch.testing.assert_close(seen[:, :, :16].flip(2), seen[:, :, 16:], atol=1e-4, rtol=0)


def test_jpeg_loses_what_a_real_encoder_loses() -> None:
    pixels = cv2.resize(photo(8, 40), (64, 64), interpolation=cv2.INTER_LINEAR)
    image = torch.from_numpy(pixels.astype(np.float32) / 255).permute(2, 0, 1)[None]
    for quality in (30, 75):
        ours = jpeg(image, torch.tensor([float(quality)]))[0].permute(1, 2, 0).numpy() * 255
        _, code = cv2.imencode(
            ".jpg", np.ascontiguousarray(pixels[:, :, ::-1]), [cv2.IMWRITE_JPEG_QUALITY, quality]
        )
        decoded = cv2.imdecode(code, cv2.IMREAD_COLOR)
        assert decoded is not None
        theirs = decoded[:, :, ::-1].astype(np.float64)
        loss = np.abs(theirs - pixels).mean()
        assert np.abs(ours - theirs).mean() < 0.35 * loss + 0.6


def test_blur_equals_the_slow_sum() -> None:
    image = torch.rand(1, 2, 12, 11, generator=torch.Generator().manual_seed(2))
    sigma = 0.8
    steps = torch.arange(-2, 3, dtype=torch.float32)
    one = torch.exp(-0.5 * (steps / sigma) ** 2)
    kernel = torch.outer(one, one) / one.sum() ** 2
    padded = torch.nn.functional.pad(image, (2,) * 4, mode="reflect")
    wanted = torch.zeros_like(image)
    for dy in range(5):
        for dx in range(5):
            wanted += kernel[dy, dx] * padded[:, :, dy : dy + 12, dx : dx + 11]
    torch.testing.assert_close(blur(image, sigma), wanted)


def test_noise_grows_with_the_intensity() -> None:
    dark, bright = torch.full((40, 1, 64, 64), 0.02), torch.full((40, 1, 64, 64), 0.9)
    spread = [float((add_noise(Draw(1, 1), x) - x).std()) for x in (dark, bright)]
    assert spread[0] < spread[1] < 0.06


def test_degraded_pictures_have_eight_bits_and_stay_close() -> None:
    image = torch.rand(6, 3, 16, 16, generator=torch.Generator().manual_seed(2)) * 0.2 + 0.4
    out = degrade(Draw(3, 1), image)
    torch.testing.assert_close(out * 255, (out * 255).round(), atol=1e-3, rtol=0)
    assert float((out - image).abs().mean()) < 0.1


def test_folders_and_the_packed_file_hold_the_same_pictures(tmp_path: Path) -> None:
    foregrounds, backgrounds = write_folders(tmp_path)
    target = tmp_path / "packed.npz"
    assert pack(foregrounds, backgrounds, target, quality=100) == target.stat().st_size
    read, unpacked = load_library(foregrounds, backgrounds), load_library(target)
    assert read.counts() == {"obj": 1, "portrait": 1, "smoke": 1, "backgrounds": 3}
    assert unpacked.counts() == read.counts()
    for one, two in zip(read.foregrounds, unpacked.foregrounds, strict=True):
        assert one.kind == two.kind
        assert torch.equal(one.levels[0], two.levels[0])
    rgba = torch.from_numpy(disc(softness=4.0)).permute(2, 0, 1)
    assert torch.equal(read.foregrounds[1].levels[0], rgba)


def test_large_pictures_are_reduced_and_wrong_ones_named(tmp_path: Path) -> None:
    foregrounds, backgrounds = write_folders(tmp_path)
    cv2.imwrite(str(backgrounds / "large.png"), np.zeros((50, 2 * LONGEST_SIDE, 3), np.uint8))
    library = load_library(foregrounds, backgrounds)
    sizes = [picture.levels[0].shape for picture in library.backgrounds]
    assert (3, 25, LONGEST_SIDE) in sizes
    cv2.imwrite(str(foregrounds / "opaque.png"), np.zeros((9, 9, 3), np.uint8))
    with pytest.raises(ValueError, match="opaque"):
        load_library(foregrounds, backgrounds)


def test_anchors_lie_on_the_edge_of_the_subject() -> None:
    rgba = disc(softness=3.0)
    picture = to_picture("obj", rgba)
    x, y = picture.anchors[:, 0].numpy(), picture.anchors[:, 1].numpy()
    distance = np.hypot(x - 80, y - 80)
    assert len(x) > 100
    assert np.all(np.abs(distance - 160 / 3) < 5)
