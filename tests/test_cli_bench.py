"""`pamcli bench`: its modes and what they take; what they measure is tested beside them."""

import json
from pathlib import Path

import pytest
from command_line import Run
from test_bench_figures import PIPELINE, TABLE
from test_bench_rates import FIGURES

from pamcli import (
    bench,
    bench_paper,
    bench_pipeline,
    bench_rates,
    bench_stages,
    bench_tiles,
    bench_tracking,
)
from pamcli.bench_panels import HEIGHT, PANEL
from pamcli.bench_rates import Rates
from pamcli.images import read_rgb
from pamcli.settings import HintSettings, Precision


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, object]]:
    """What the jobs of the table were asked for."""
    asked: list[dict[str, object]] = []

    def network(size: tuple[int, int], **more: object) -> dict[str, object]:
        asked.append({"size": size, **more})
        return dict(TABLE)

    def stages(source: Path | None, **more: object) -> dict[str, object]:
        asked.append({"source": source, **more})
        return PIPELINE

    monkeypatch.setattr(bench, "run", network)
    monkeypatch.setattr(bench_stages, "run", stages)
    return asked


def test_the_table_is_what_is_measured_when_nothing_else_is_asked_for(
    run: Run, table: list[dict[str, object]]
) -> None:
    code, out, err = run("bench", "--height", "64", "--precision", "f32", "--peak")
    assert (code, err) == (0, "")
    assert out.startswith("A processor") and "8.00 frames/s" in out
    assert table[1] == {
        "size": (64, 512),
        "precision": Precision.F32,
        "threads": None,
        "peak": True,
    }
    assert table[0]["source"] is None


def test_the_pipeline_is_measured_on_a_clip_that_is_given(
    run: Run, table: list[dict[str, object]]
) -> None:
    code, out, _ = run("bench", "clip.mp4", "--trimap", "trimap.png", "--json")
    assert code == 0 and json.loads(out)["pipeline"]["fps"] == 8.0
    assert table[0]["source"] == Path("clip.mp4")
    assert table[0]["hint"] == HintSettings(trimap=Path("trimap.png"))


def test_the_table_is_drawn(run: Run, table: list[dict[str, object]], tmp_path: Path) -> None:
    plot = tmp_path / "bench.png"
    assert run("bench", "--plot", plot).code == 0
    assert read_rgb(plot).shape == (HEIGHT, 2 * PANEL, 3)
    again = run("bench", "--plot", plot)
    assert again.code == 1 and "exists; --overwrite replaces it" in again.err
    assert run("bench", "--plot", plot, "--overwrite").code == 0


def test_rates_are_measured_at_every_size_or_at_one(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: list[Rates] = []

    def measured(rates: Rates, tell: object) -> object:
        asked.append(rates)
        return FIGURES

    monkeypatch.setattr(bench_rates, "run", measured)
    assert run("bench", "--rates").out.startswith("clip.mp4, hint subject")
    plot = tmp_path / "rates.png"
    assert run("bench", "--rates", "clip.mp4", "--height", "240", "--plot", plot).code == 0
    assert [(each.source, each.sides) for each in asked] == [
        (None, (480, 720, 1080)),
        (Path("clip.mp4"), (240,)),
    ]
    assert read_rgb(plot).shape == (HEIGHT, 2 * PANEL, 3)


@pytest.mark.parametrize(
    ("module", "arguments"),
    [
        (bench_paper, ["--paper"]),
        (bench_pipeline, ["--pipeline"]),
        (bench_tiles, ["--tiles"]),
        (bench_tracking, ["--track", "clip.mp4"]),
    ],
)
def test_each_mode_prints_what_it_found(
    run: Run, monkeypatch: pytest.MonkeyPatch, module: object, arguments: list[str]
) -> None:
    from pamcli import paper_figures, tracking_figures

    monkeypatch.setattr(module, "run", lambda *given, **more: {"found": 1})
    for words in (bench_pipeline, bench_tiles, paper_figures, tracking_figures):
        monkeypatch.setattr(words, "as_text", lambda figures: f"words for {figures}")
    assert run("bench", *arguments).out == "words for {'found': 1}\n"
    assert json.loads(run("bench", *arguments, "--json").out) == {"found": 1}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--rates", "--paper"], "--rates and --paper exclude each other"),
        (["--presets", "--track", "clip.mp4"], "--presets and --track exclude each other"),
        (["clip.mp4", "--paper"], "--paper does not take SOURCE"),
        (["clip.mp4", "--track", "clip.mp4"], "--track does not take SOURCE"),
        (["--rates", "--width", "640"], "--rates does not take --width"),
        (["--paper", "--plot", "a.png"], "--paper does not take --plot"),
        (["--presets", "--peak"], "--presets does not take --peak"),
        (["--trimap", "a.png"], "--trimap needs the SOURCE that it belongs to"),
        (["--plot", "a.jpg"], "--plot a.jpg: the name must end in .png"),
    ],
)
def test_options_that_do_not_go_together_are_wrong_usage(
    run: Run, arguments: list[str], message: str
) -> None:
    assert run("bench", *arguments) == (2, "", f"pamcli: error: {message}\n")


def test_a_missing_folder_of_the_plot_is_found_before_anything_is_measured(
    run: Run, table: list[dict[str, object]], tmp_path: Path
) -> None:
    code, out, err = run("bench", "--plot", tmp_path / "none" / "a.png")
    assert (code, out) == (1, "") and "no such folder" in err and not table
