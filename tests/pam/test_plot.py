"""The log of a training and its picture."""

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from pam.checkpoint import Progress  # noqa: E402
from pam.logbook import LOG, append, read  # noqa: E402
from pam.plot import SMOOTHED, draw, main, smoothed  # noqa: E402
from pamcli.plots import BLUE  # noqa: E402


def written(folder: Path, steps: int = 4) -> Path:
    for step in range(steps):
        progress = Progress(stage=1, step=step, crops=8 * step, hours=0.25 * step)
        append(folder, progress, {"loss": 2.0 - 0.1 * step, "rate": 1e-3})
    append(folder, Progress(stage=1, hours=1.0), {"sad_all": 5.0})
    return folder


def test_what_is_logged_is_read_again(tmp_path: Path) -> None:
    curves = read(written(tmp_path / "new" / "run"))
    assert set(curves) == {"loss", "rate", "sad_all"}
    assert [hours for hours, _ in curves["loss"]] == [0, 0.25, 0.5, 0.75]
    assert [value for _, value in curves["loss"]] == pytest.approx([2.0, 1.9, 1.8, 1.7])
    assert curves["sad_all"] == [(1.0, 5.0)]


def test_a_line_that_was_cut_off_is_left_out(tmp_path: Path) -> None:
    written(tmp_path)
    with (tmp_path / LOG).open("a") as stream:
        stream.write("1,9,72,2.5,lo")
    assert len(read(tmp_path)["loss"]) == 4


def test_a_long_curve_is_shown_by_means(tmp_path: Path) -> None:
    curve = [(i / 10, float(i % 2)) for i in range(SMOOTHED * 4)]
    short = smoothed(curve)
    assert len(short) == SMOOTHED and all(y == 0.5 for _, y in short)
    assert smoothed(curve[:10]) == curve[:10]


def test_the_picture_has_a_panel_for_each_kind_that_was_logged(tmp_path: Path) -> None:
    picture = draw(read(written(tmp_path)))
    assert picture.shape == (3 * 300, 760, 3) and picture.dtype == np.uint8
    near = np.abs(picture.astype(int) - BLUE).sum(2) < 60
    first, second, third = near[:300].sum(), near[300:600].sum(), near[600:].sum()
    assert min(first, second, third) > 20


def test_the_command_writes_a_png_and_refuses_what_is_no_log(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(written(tmp_path))]) == 0
    assert (tmp_path / "curves.png").read_bytes().startswith(b"\x89PNG")
    assert main([str(tmp_path / "none")]) == 1
    (tmp_path / LOG).write_text("a,b\n1,2\n")
    assert main([str(tmp_path)]) == 1
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2 and all(line.startswith("pam plot: error:") for line in lines)
