"""`python -m pam clips`: the compositing equation, motion blur, cut edges, files and names."""

import json
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from pictures import Pixels, disc, photo

from pam.clips import command
from pam.clips.layers import RESERVE, Layers, drawn, exposed, in_front, to_trimap
from pam.clips.motion import Wander, any_sway, filled, grid, similarity, wander
from pam.clips.scene import CORNERS, Actor, Camera, ClipSettings, Manner, Scene
from pam.clips.sources import Cutout, Foreground, find_foregrounds, pictures, read_rgba, to_cutout
from pam.clips.staging import MOST_RELIEF, any_camera, any_scene
from pamcli.evaluate_data import find_dataset, read_clip

SETTINGS = ClipSettings(width=96, height=64, frames=8)
NO_MOTION = Wander(reach=np.zeros((4, 1)), pace=np.zeros((4, 1)), phase=np.zeros((4, 1)))


def write(target: Path, pixels: Pixels) -> Path:
    """RGB, RGBA or grey as a PNG file."""
    target.parent.mkdir(parents=True, exist_ok=True)
    order = [2, 1, 0, 3][: pixels.shape[2]] if pixels.ndim == 3 else None
    cv2.imwrite(str(target), pixels if order is None else np.ascontiguousarray(pixels[..., order]))
    return target


def bust(size: int = 80) -> Pixels:
    """Straight RGBA: a disc on a trunk that the lower edge cuts off."""
    rgba = disc(size)
    rgba[size // 2 :, size // 4 : -size // 4, 3] = 255
    return rgba


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """Foregrounds (a bust, a disc, a sequence, a still with its alpha) and backgrounds."""
    foregrounds = tmp_path / "fg"
    write(foregrounds / "portrait_1.png", bust())
    write(foregrounds / "obj_1.png", disc(60))
    for number in range(3):
        write(foregrounds / "rendered_1" / f"{number:04d}.png", np.roll(disc(64), number, axis=1))
    write(foregrounds / "val_1" / "image.png", photo(9, 70))
    write(foregrounds / "val_1" / "alpha.png", disc(70)[..., 3])
    for seed in range(2):
        write(tmp_path / "bg" / f"photo_{seed}.png", photo(seed))
    return foregrounds, tmp_path / "bg"


def scenes(folders: tuple[Path, Path], count: int) -> list[Scene]:
    """Clips of two subjects, each with other numbers."""
    cutouts = [to_cutout(foreground) for foreground in find_foregrounds(folders[0])]
    backdrop = folders[1] / "photo_0.png"
    return [
        any_scene(SETTINGS, (cutouts[n % 4], cutouts[(n + 1) % 4]), backdrop, (1, n))
        for n in range(count)
    ]


def alone(folders: tuple[Path, Path], walk: Wander, *, shutter: float = 0.5) -> Scene:
    """A disc of 60 pixels in the middle of a frame, before a camera at rest, without noise."""
    cutout = to_cutout(Foreground(name="disc", pictures=(folders[0] / "obj_1.png",)))
    actor = Actor(
        cutout=cutout,
        manner=Manner.MOVES,
        size=(60, 60),
        pivot=(30, 30),
        home=(48, 32),
        walk=walk,
        sway=None,
        nearness=1.0,
    )
    return Scene(
        settings=SETTINGS,
        actors=(actor,),
        camera=Camera(pan=NO_MOTION, shake=NO_MOTION),
        backdrop=folders[1] / "photo_0.png",
        defocus=0.0,
        relief=0.0,
        shutter=shutter,
        dimming=NO_MOTION,
        noise=(0.0, 0.0),
        seed=(1, 0),
    )


def across(speed: float) -> Wander:
    """Motion along x of `speed` pixels per second at time 0, hardly curved."""
    reach = np.array([[speed * 10], [0], [0], [0]])
    return Wander(reach=reach, pace=np.full((4, 1), 0.1), phase=np.zeros((4, 1)))


def test_every_frame_fulfils_the_compositing_equation(folders: tuple[Path, Path]) -> None:
    for scene in scenes(folders, 4):
        for frame in drawn(replace(scene, noise=(0.0, 0.0))):
            alpha = frame.alpha[..., None] / 255
            wanted = alpha * frame.foreground + (1 - alpha) * frame.background
            assert np.abs(frame.picture - wanted).max() <= 0.51
            assert not frame.foreground[frame.alpha == 0].any()


def test_noise_is_all_that_is_added_and_has_the_wanted_spread(folders: tuple[Path, Path]) -> None:
    clean = alone(folders, NO_MOTION)
    pairs = zip(drawn(clean), drawn(replace(clean, noise=(0.02, 0.0))), strict=True)
    difference = np.stack([a.picture.astype(float) - b.picture for a, b in pairs]) / 255
    assert difference.std() == pytest.approx(0.02, rel=0.05)
    assert abs(difference.mean()) < 2e-4


def test_alpha_of_a_subject_at_rest_is_its_own(folders: tuple[Path, Path]) -> None:
    own = np.zeros((64, 96), np.uint8)
    own[2:62, 18:78] = disc(60)[..., 3]
    for frame in drawn(alone(folders, NO_MOTION)):
        np.testing.assert_array_equal(frame.alpha, own)


def test_motion_blur_is_the_mean_over_the_open_shutter(folders: tuple[Path, Path]) -> None:
    scene, sharp = alone(folders, across(600)), alone(folders, NO_MOTION)
    actor = scene.actors[0]
    picture = next(pictures(actor.cutout, actor.size))
    still = exposed(sharp, sharp.actors[0], picture, 0.0)[..., 3]
    blurred = exposed(scene, actor, picture, 0.0)[..., 3]
    columns, way = np.arange(96), 600 * scene.shutter / 25
    shifts = way * ((np.arange(12) + 0.5) / 12 - 0.5)  # 12 pixels in half of a frame's 1/25 s
    wanted = [np.mean([np.interp(columns - d, columns, row) for d in shifts], 0) for row in still]
    np.testing.assert_allclose(blurred, wanted, atol=1 / 255)
    assert blurred.sum() == pytest.approx(still.sum(), rel=1e-4)


def test_colour_is_blurred_as_alpha_is(folders: tuple[Path, Path]) -> None:
    scene = alone(folders, across(200))
    flat = np.dstack([np.full((60, 60, 3), 0.5, np.float32), np.ones((60, 60), np.float32)])
    flat *= (disc(60)[..., 3:] / 255).astype(np.float32)
    seen = exposed(scene, scene.actors[0], flat.astype(np.float32), 0.1)
    np.testing.assert_allclose(seen[..., :3], 0.5 * seen[..., 3:].repeat(3, 2), atol=1e-6)


def test_the_nearer_subject_hides_the_farther_one() -> None:
    rng = np.random.default_rng(1)
    near, far = rng.random((2, 5, 6, 4)).astype(np.float32)
    both = in_front([near, far])
    np.testing.assert_allclose(1 - both[..., 3], (1 - near[..., 3]) * (1 - far[..., 3]), atol=1e-6)
    near[..., 3] = 1
    np.testing.assert_allclose(in_front([near, far]), near, atol=1e-6)


def test_the_same_seed_gives_the_same_frames(folders: tuple[Path, Path]) -> None:
    one, again, other = (
        [frame.picture for frame in drawn(scene)]
        for scene in (scenes(folders, 1)[0], scenes(folders, 1)[0], scenes(folders, 2)[1])
    )
    np.testing.assert_array_equal(one, again)
    assert np.abs(np.stack(one).astype(float) - other).mean() > 1


def cut_edges(cutout: Cutout, name: str) -> list[float]:
    """By how many pixels the edge `name` stays outside the frame, the least of each clip."""
    least = []
    for number in range(40):
        scene = any_scene(SETTINGS, (cutout,), Path("none"), (3, number))
        actor = scene.actors[0]
        width, height = actor.size[1], actor.size[0]
        ends = {
            "bottom": [(0, height), (width, height)],
            "left": [(0, 0), (0, height)],
            "right": [(width, 0), (width, height)],
            "top": [(0, 0), (width, 0)],
        }[name]
        spare = []
        for time in np.arange(SETTINGS.frames) / SETTINGS.rate:
            matrix = scene.matrix(actor, float(time))
            x, y = np.stack([matrix[:, :2] @ end + matrix[:, 2] for end in ends], axis=1)
            spare += {
                "bottom": list(y - 64),
                "left": list(-x),
                "right": list(x - 96),
                "top": list(-y),
            }[name]
        least.append(min(spare) - actor.swayed())
    return least


@pytest.mark.parametrize("name", ["bottom", "left", "right", "top"])
def test_an_edge_that_cuts_a_subject_off_stays_outside_the_frame(
    name: str, folders: tuple[Path, Path]
) -> None:
    whole = to_cutout(find_foregrounds(folders[0])[0])
    edges = {"left": False, "right": False, "top": False, "bottom": False, name: True}
    one = Cutout(foreground=whole.foreground, height=whole.height, width=whole.width, **edges)
    assert min(cut_edges(one, name)) >= 0
    both = replace(whole, left=True, right=True, top=True, bottom=True)
    assert min(cut_edges(both, name)) >= 0


def test_a_bust_fills_the_lower_edge_of_every_frame_that_it_is_in(
    folders: tuple[Path, Path],
) -> None:
    cutout = to_cutout(Foreground(name="bust", pictures=(folders[0] / "portrait_1.png",)))
    assert cutout.bottom and not (cutout.left or cutout.right or cutout.top)
    for number in range(6):
        scene = any_scene(SETTINGS, (cutout,), folders[1] / "photo_0.png", (5, number))
        for frame in drawn(scene):
            inside = frame.alpha[:, 8:-8] > 250
            if inside.any():
                assert frame.alpha[-1].max() > 250


def test_rows_in_which_a_bust_leaves_at_the_side_are_not_used(tmp_path: Path) -> None:
    rgba = bust()
    rgba[70:, :, 3] = 255
    cutout = to_cutout(Foreground(name="a", pictures=(write(tmp_path / "a.png", rgba),)))
    assert (cutout.height, cutout.bottom, cutout.left) == (70, True, False)
    rgba[30:, 0, 3] = 255  # too high: it would lose more than half
    cutout = to_cutout(Foreground(name="a", pictures=(write(tmp_path / "a.png", rgba),)))
    assert (cutout.height, cutout.bottom, cutout.left, cutout.right) == (80, True, True, True)
    with pytest.raises(ValueError, match=r"a\.png: nothing but empty alpha"):
        to_cutout(Foreground(name="a", pictures=(write(tmp_path / "a.png", np.zeros_like(rgba)),)))


def test_a_subject_that_leaves_is_away_and_comes_back(folders: tuple[Path, Path]) -> None:
    cutout = to_cutout(Foreground(name="disc", pictures=(folders[0] / "obj_1.png",)))
    settings = replace(SETTINGS, frames=150)
    seen = []
    for number in range(30):
        scene = any_scene(settings, (cutout,), Path("none"), (2, number))
        actor = scene.actors[0]
        if actor.manner is Manner.LEAVES:
            middle = np.array([*actor.pivot, 1.0])
            middles = np.stack([scene.matrix(actor, t / 25) @ middle for t in range(150)])
            half = actor.size[1] / 2
            seen.append((middles[:, 0] > -half) & (middles[:, 0] < 96 + half))
    assert len(seen) >= 3
    for inside in seen:
        assert inside.any() and not inside.all()


def test_a_sequence_is_played_to_and_fro(folders: tuple[Path, Path]) -> None:
    cutout = to_cutout(find_foregrounds(folders[0])[2])
    reel = pictures(cutout, (64, 64))
    first, second, third, back, again = (next(reel) for _ in range(5))
    np.testing.assert_array_equal(second, back)
    np.testing.assert_array_equal(first, again)
    assert np.abs(third - second).max() > 0.01


def test_a_still_gets_the_colour_of_its_solid_parts(tmp_path: Path) -> None:
    alpha = disc(70)[..., 3]
    share = alpha[..., None] / 255
    image = np.round(share * [200, 40, 90] + (1 - share) * [0, 255, 0]).astype(np.uint8)
    write(tmp_path / "one" / "image.png", image)
    write(tmp_path / "one" / "alpha.png", alpha)
    (still,) = find_foregrounds(tmp_path)
    rgba = read_rgba(still)
    np.testing.assert_array_equal(rgba[..., 3], alpha)
    solid = alpha == 255
    np.testing.assert_array_equal(rgba[solid][:, :3], image[solid])
    soft = (alpha > 0) & (alpha < 128)
    wanted = np.array([200.0, 40.0, 90.0])
    mended, spoilt = (np.abs(each[soft] - wanted).mean() for each in (rgba[..., :3], image))
    assert mended < 0.2 * spoilt


def test_motion_stays_within_its_reach_and_its_band() -> None:
    rng = np.random.default_rng(4)
    motion = wander(rng, [3.0, 0.0], 0.5)
    values = np.stack([motion.at(t / 25) for t in range(2000)])
    assert np.abs(values[:, 0]).max() <= 3 and values[:, 0].std() > 0.3
    assert not values[:, 1].any()
    speed = np.abs(np.diff(values[:, 0])).max() * 25
    assert speed <= 3 * 2 * np.pi * 0.5


def test_the_background_covers_the_frame_whatever_the_camera_does() -> None:
    settings = ClipSettings()
    frame = np.array([settings.width, settings.height])
    reserve = (RESERVE - 1) / 2 * frame
    for number in range(60):
        camera = any_camera(settings, np.random.default_rng([7, number]))
        for time in np.linspace(0, 6, 30):
            back = cv2.invertAffineTransform(camera.view(float(time), settings.size))
            corners = (CORNERS * frame) @ back[:, :2].T + back[:, 2]
            for depth in (0.0, MOST_RELIEF):
                taken = corners - depth * camera.offset(float(time))
                assert (taken > -reserve).all() and (taken < frame + reserve).all()


def test_exposure_drifts_and_never_clips(folders: tuple[Path, Path]) -> None:
    for scene in scenes(folders, 5):
        factors = [scene.exposure(time) for time in np.linspace(0, 20, 200)]
        assert 0.7 < min(factors) < max(factors) <= 1
        assert np.abs(np.diff(factors)).max() < 0.05


def test_a_grid_undoes_its_matrix() -> None:
    matrix = similarity((5, 3), (20, 10), 1.7, 0.3)
    taken = grid(matrix, (12, 30))
    back = taken.astype(float) @ matrix[:, :2].T + matrix[:, 2]
    y, x = np.mgrid[:12, :30]
    np.testing.assert_allclose(back, np.stack([x, y], -1), atol=1e-4)
    coarse = grid(matrix, (40, 70), every=16)
    inner = (slice(8, 40), slice(8, 72))  # between the middles of the outermost cells
    np.testing.assert_allclose(
        filled(coarse, (40, 70))[inner], grid(matrix, (40, 70))[inner], atol=1e-3
    )


def test_sway_is_smooth_and_bounded() -> None:
    sway = any_sway(np.random.default_rng(2), 0.01)
    places = np.stack(np.meshgrid(np.linspace(0, 1, 200), np.linspace(0, 1, 200)), -1)
    moved = sway.at(places.astype(np.float32), 0.7)
    assert np.hypot(*np.moveaxis(moved, 2, 0)).max() <= sway.reach() + 1e-6
    assert sway.reach() == pytest.approx(0.01)
    assert np.abs(np.diff(moved, axis=1)).max() * 199 < 0.5  # it never folds


def test_trimaps_are_true_and_as_wide_as_asked() -> None:
    alpha = disc(96)[..., 3]
    trimap = to_trimap(alpha, 5)
    assert set(np.unique(trimap)) == {0, 128, 255}
    assert (alpha[trimap == 255] == 255).all() and not alpha[trimap == 0].any()
    soft = ((alpha > 0) & (alpha < 255)).astype(np.uint8)
    distance = cv2.distanceTransform(1 - soft, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    assert (trimap[distance <= 5] == 128).all()
    assert (trimap[distance > 6.5] != 128).all()


def test_a_hard_edge_is_unknown_too() -> None:
    alpha = np.zeros((20, 20), np.uint8)
    alpha[:, 10:] = 255
    assert (to_trimap(alpha, 2)[:, 8:12] == 128).all()
    assert not to_trimap(alpha, 2)[:, :6].any()


def run(folders: tuple[Path, Path], out: Path, *more: str) -> int:
    line = [*map(str, folders), "--out", str(out), "--seed", "7", "--size", "96x64"]
    return command.main([*line, "--frames", "6", *more])


def test_evaluation_reads_what_is_written(folders: tuple[Path, Path], tmp_path: Path) -> None:
    assert run(folders, tmp_path / "out", "--count", "2", "--layers", "--fps", "30") == 0
    clips = find_dataset(tmp_path / "out").clips
    assert [clip.name for clip in clips] == ["clip_0007_0000", "clip_0007_0001"]
    for clip in clips:
        assert clip.trimap is not None
        notes: list[str] = []
        samples = list(read_clip(clip, notes))
        assert len(samples) == 6 and not notes
        times = [sample.frame.pts * sample.frame.time_base for sample in samples]
        assert times == [Fraction(number, 30) for number in range(6)]
        for sample, layers in zip(samples, read_layers(clip.frames.parent), strict=True):
            np.testing.assert_array_equal(np.round(sample.truth * 255), layers["alpha"])
            alpha = layers["alpha"][..., None] / 255
            whole = alpha * layers["foreground"] + (1 - alpha) * layers["background"]
            assert np.abs(sample.frame.rgb - whole).mean() < 8  # the sensor's noise and H.264
        named = json.loads((clip.frames.parent / "scene.json").read_text())
        assert named["frames"] == 6 and named["foregrounds"]


def read_layers(folder: Path) -> list[dict[str, Pixels]]:
    """The lossless files of a clip, frame by frame."""
    found: dict[str, list[Pixels]] = {}
    for name, layout in (("alpha", "gray"), ("foreground", "rgb24"), ("background", "rgb24")):
        with av.open(str(folder / f"{name}.mkv")) as container:
            found[name] = [
                np.asarray(frame.to_ndarray(format=layout), np.uint8)
                for frame in container.decode(video=0)
            ]
    return [dict(zip(found, row, strict=True)) for row in zip(*found.values(), strict=True)]


def test_the_same_seed_gives_the_same_files_and_those_there_are_kept(
    folders: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("one", "two"):
        assert run(folders, tmp_path / name, "--count", "1") == 0
    files = sorted(p.name for p in (tmp_path / "one" / "clip_0007_0000").iterdir())
    assert files == ["alpha.mkv", "frames.mp4", "scene.json", "trimap.mkv"]
    for name in files:
        one, two = (tmp_path / made / "clip_0007_0000" / name for made in ("one", "two"))
        assert one.read_bytes() == two.read_bytes(), name
    assert run(folders, tmp_path / "one", "--count", "2") == 0
    assert "1 composed, 1 there already, 0 failed" in capsys.readouterr().out


def test_foregrounds_are_kept_apart_by_name(folders: tuple[Path, Path], tmp_path: Path) -> None:
    listed = tmp_path / "names.txt"
    listed.write_text("portrait_1\nval_1\n")
    listing = {"--names": {"portrait_1", "val_1"}, "--without": {"obj_1", "rendered_1"}}
    for option, wanted in listing.items():
        out = tmp_path / option
        assert run(folders, out, "--count", "4", "--frames", "1", option, str(listed)) == 0
        records = [json.loads(file.read_text()) for file in out.glob("*/scene.json")]
        assert {name for record in records for name in record["foregrounds"]} == wanted


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--size", "97x64"), "even sides"),
        (("--size", "wide"), "write it as 854x480"),
        (("--count", "0"), "count must be 1"),
        (("--pairs", "2"), "pairs 2 is not within 0 to 1"),
        (("--frames", "0"), "frames must be 1"),
    ],
)
def test_wrong_usage_is_one_line_and_code_2(
    more: Sequence[str],
    said: str,
    folders: tuple[Path, Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as raised:
        run(folders, tmp_path / "out", "--count", "1", *more)
    assert raised.value.code == 2
    assert said in capsys.readouterr().err.splitlines()[-1]
    assert not (tmp_path / "out").exists()


def test_an_unknown_name_is_wrong_usage(
    folders: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "names.txt").write_text("portrait_1\nnobody\n")
    with pytest.raises(SystemExit):
        run(folders, tmp_path / "out", "--count", "1", "--without", str(tmp_path / "names.txt"))
    assert "nobody: no such foreground" in capsys.readouterr().err


def test_a_damaged_picture_costs_one_clip_and_leaves_nothing_behind(
    folders: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folders[0] / "obj_1.png").write_bytes(b"no picture")
    assert run(folders, tmp_path / "out", "--count", "4", "--pairs", "0", "--frames", "2") == 1
    said = capsys.readouterr()
    assert "3 composed, 0 there already, 1 failed" in said.out
    assert "obj_1.png: not a picture of 8 bits with alpha" in said.err
    assert len(list((tmp_path / "out").iterdir())) == 3


def test_ctrl_c_leaves_no_half_clip_and_ends_with_130(
    folders: tuple[Path, Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def interrupted(scene: Scene) -> list[Layers]:
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "drawn", interrupted)
    assert run(folders, tmp_path / "out", "--count", "1") == 130
    assert "0 composed" in capsys.readouterr().out
    assert not list((tmp_path / "out").glob("*"))
