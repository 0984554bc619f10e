"""A logged run, run again with its own decisions, gives its own pixels."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from clips import Clip, write_clip
from test_frame_log import ROW

from pamcli.errors import InputError, UsageError
from pamcli.frame import Rgb
from pamcli.frame_log import LogFile, read_rows
from pamcli.images import read_rgb, write_png
from pamcli.matting import Choice
from pamcli.replay import open_replay
from pamcli.settings import (
    CostSettings,
    HintSettings,
    LogSettings,
    Output,
    OutputSettings,
    Precision,
    RuntimeSettings,
)
from pamcli.trimap import Box
from pamcli.video_job import VideoJob, run
from pamcli.video_read import probe

SIZE = 192, 256
FRAMES = 24
BOX = Box(0, 0, 64, 64)


def disc(number: int, height: int, width: int) -> Rgb:
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    radius = 30 + 2 * number % 20
    alpha = np.clip((radius - np.hypot(y - height / 2, x - width / 2)) / 12, 0, 1)[..., None]
    ground = np.stack([120 + 40 * np.sin(x / 7), 90 + 30 * np.cos(y / 5), 60 + 0 * x], axis=-1)
    return np.asarray(ground + alpha * (np.array([210, 180, 90]) - ground), np.uint8)


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A soft disc, and beside it a trimap of its edge."""
    folder = tmp_path_factory.mktemp("replay")
    y, x = np.mgrid[0 : SIZE[0], 0 : SIZE[1]]
    distance = np.hypot(y - SIZE[0] / 2, x - SIZE[1] / 2)
    trimap = np.select([distance < 16, distance > 54], [255, 0], 128)
    write_png(folder / "trimap.png", trimap.astype(np.uint8))
    times = tuple(3600 * number for number in range(FRAMES))
    return write_clip(folder / "disc.mp4", Clip(size=SIZE, times=times, picture=disc))


def job(clip: Path, target: Path, cost: CostSettings, log: LogSettings) -> VideoJob:
    return VideoJob(
        info=probe(clip),
        hint=HintSettings(trimap=clip.with_name("trimap.png")),
        cost=cost,
        output=OutputSettings(output=Output.ALPHA, target=target, audio=False),
        runtime=RuntimeSettings(precision=Precision.F32, threads=1),
        log=log,
    )


def pictures(clip: Path) -> list[bytes]:
    with av.open(str(clip)) as container:
        return [frame.to_ndarray(format="gray").tobytes() for frame in container.decode(video=0)]


def test_a_replay_gives_the_same_pixels_whatever_the_clock_said(clip: Path, tmp_path: Path) -> None:
    first, again = tmp_path / "first.mkv", tmp_path / "again.mkv"
    log, relog = tmp_path / "first.csv", tmp_path / "again.jsonl"
    hurry = CostSettings(fps=Fraction(60))
    run(job(clip, first, hurry, LogSettings(log=log, plot=tmp_path / "first.png")))
    run(job(clip, again, CostSettings(), LogSettings(log=relog, replay=log)))
    assert pictures(again) == pictures(first)
    rows, replayed = list(read_rows(log)), list(read_rows(relog))
    assert len(rows) == FRAMES
    assert [(r.pts, r.cost_constraint, r.scale, r.path) for r in rows] == [
        (r.pts, r.cost_constraint, r.scale, r.path) for r in replayed
    ]
    assert {row.hint for row in rows} == {"trimap"}
    assert all(row.network_ms > 0 and row.encode_ms > 0 and row.decode_ms > 0 for row in rows)
    assert all(0 <= row.before_network <= 5 and 0 <= row.before_encode <= 5 for row in rows)
    assert np.sum([row.period_ms for row in rows]) == pytest.approx(
        1000 * rows[-1].seconds, rel=0.01
    )
    assert read_rgb(tmp_path / "first.png").shape[1] == 1200


def test_a_replay_takes_what_was_logged_not_what_it_would_choose(
    clip: Path, tmp_path: Path
) -> None:
    small, full = tmp_path / "small.mkv", tmp_path / "full.mkv"
    log = tmp_path / "small.csv"
    run(job(clip, small, CostSettings(constraint=45, scale=0.5), LogSettings(log=log)))
    run(job(clip, full, CostSettings(), LogSettings()))
    replayed = tmp_path / "replayed.mkv"
    run(job(clip, replayed, CostSettings(), LogSettings(replay=log)))
    assert pictures(replayed) == pictures(small) != pictures(full)


def test_choices_are_found_by_time(tmp_path: Path) -> None:
    with LogFile(tmp_path / "run.csv", overwrite=False) as log:
        log.add(ROW)
    pace = open_replay(tmp_path / "run.csv")
    assert pace.choose(512, BOX) == Choice(
        cost_constraint=75, scale=0.7071, path=(False, False, True, False)
    )
    with pytest.raises(InputError, match=r"run\.csv: no row for the frame at pts 513"):
        pace.choose(513, BOX)


def test_a_replay_leaves_no_cost_to_choose() -> None:
    with pytest.raises(UsageError, match="leave the cost options out"):
        LogSettings(replay=Path("a.csv")).check(CostSettings(fps=Fraction(15)))


@pytest.mark.parametrize(
    "names",
    [
        {"log": Path("run.txt")},
        {"plot": Path("run.jpg")},
        {"replay": Path("run")},
        {"log": Path("run.csv"), "replay": Path("run.csv")},
    ],
)
def test_names_of_another_kind_are_refused(names: dict[str, Path]) -> None:
    with pytest.raises(UsageError):
        LogSettings(**names)


def test_a_log_that_stands_is_found_before_the_run(clip: Path, tmp_path: Path) -> None:
    (tmp_path / "run.csv").write_text("kept")
    (tmp_path / "run.png").write_text("kept")
    for settings in (LogSettings(log=tmp_path / "run.csv"), LogSettings(plot=tmp_path / "run.png")):
        with pytest.raises(Exception, match="exists"):
            run(job(clip, tmp_path / "target.mkv", CostSettings(), settings))
    assert sorted(file.name for file in tmp_path.iterdir()) == ["run.csv", "run.png"]
