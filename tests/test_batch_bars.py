"""What is shown of a batch on a terminal, and what is said where there is none."""

import io
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from test_batch_plan import plan_of
from test_batch_walk import touch

from pamcli.batch_plan import Item
from pamcli.batch_words import Outcome, State
from pamcli.cli.batch_bars import Bars

DONE = Outcome(state=State.DONE, warnings=("colour profile not applied",))
FAILED = Outcome(state=State.FAILED, error="b.png: damaged")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def items(tmp_path: Path) -> tuple[Item, ...]:
    """Two stills and a clip, 10 bytes each."""
    touch(tmp_path / "in", "a.png", "b.png", "c.mov")
    for file in (tmp_path / "in").iterdir():
        file.write_bytes(bytes(10))
    return plan_of(tmp_path).items


def played(items: tuple[Item, ...], *, quiet: bool) -> None:
    still, bad, clip = items
    bars = Bars(quiet=quiet)
    bars.planned(items)
    bars.ended(still, DONE)
    bars.ended(bad, FAILED)
    bars.progress(clip, 0, 4)
    bars.progress(clip, 2, 4)
    bars.waiting([clip])
    bars.waiting([clip])
    bars.ended(clip, None)
    bars.close()


def test_a_terminal_shows_all_files_the_clip_and_the_time_left(
    items: tuple[Item, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    played(items, quiet=False)
    shown = terminal.getvalue()
    assert "0/3" in shown and "3/3" in shown and "00:00 left" in shown
    assert "c.mov:" in shown and "/4" in shown
    assert f"pamcli: warning: {items[0].source}: colour profile not applied\n" in shown
    assert "pamcli: warning: failed: b.png: damaged\n" in shown
    assert shown.count("waiting for 1 that other processes have in hand") == 1


def test_without_a_terminal_only_warnings_and_failures_are_said(
    items: tuple[Item, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    played(items, quiet=True)
    assert capsys.readouterr().err.splitlines() == [
        f"pamcli: warning: {items[0].source}: colour profile not applied",
        "pamcli: warning: failed: b.png: damaged",
    ]


def test_of_clips_at_work_at_once_one_is_shown_and_all_count(
    items: tuple[Item, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    clip = items[2]
    other = replace(clip, name="d.mov", source=clip.source.with_name("d.mov"))
    other.source.write_bytes(bytes(10))
    bars = Bars(quiet=False)
    bars.planned([clip, other])
    for frames in (0, 2, 4):
        bars.progress(clip, frames, 4)
        bars.progress(other, frames, 4)
    bars.ended(other, DONE)
    bars.ended(clip, DONE)
    bars.close()
    shown = terminal.getvalue()
    assert "c.mov:" in shown and "d.mov:" not in shown.replace(str(other.source), "")
    assert "2/2" in shown
