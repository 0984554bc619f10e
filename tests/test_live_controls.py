"""Wishes reach the job whole, in range, and one at a time."""

from threading import Thread

import pytest

from pamcli.errors import UsageError
from pamcli.live_controls import LiveChange, LiveControls, LiveWish
from pamcli.settings import HintSettings


def controls(costs: tuple[int, int] | None = None) -> LiveControls:
    return LiveControls(LiveWish(fps=15, hint=HintSettings()), costs)


def test_a_change_leaves_the_other_fields_alone() -> None:
    changed = controls()
    wish = changed.change(background="navy", fps=10)
    assert wish == LiveWish(fps=10, hint=HintSettings(), background="navy")
    assert changed.wish == wish


def test_the_version_grows_with_what_changes_only() -> None:
    changed = controls()
    assert changed.version == 0
    changed.change(fps=15)
    assert changed.version == 0
    changed.change(fps=14)
    changed.change(min_cost=50, max_cost=70)
    assert changed.version == 2


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (LiveChange(fps=0), "--fps 0 is not within 0 to 1000"),
        (LiveChange(fps=-1), "--fps -1 is not within 0 to 1000"),
        (LiveChange(fps=1001), "--fps 1001 is not within 0 to 1000"),
        (LiveChange(fps=float("nan")), "--fps nan is not within 0 to 1000"),
        (LiveChange(fps=float("inf")), "--fps inf is not within 0 to 1000"),
        (LiveChange(min_cost=80, max_cost=70), "--min-cost 80 is above --max-cost 70"),
        (LiveChange(min_cost=39), "--min-cost 39 is not within 40 to 90 GMAC"),
        (LiveChange(max_cost=91), "--max-cost 91 is not within 40 to 90 GMAC"),
    ],
)
def test_what_is_out_of_range_is_refused_and_nothing_changes(
    change: LiveChange, message: str
) -> None:
    changed = controls(costs=(40, 90))
    before = changed.wish
    with pytest.raises(UsageError, match=f"^{message}$"):
        changed.change(**change)
    assert (changed.wish, changed.version) == (before, 0)


def test_a_refusal_stays_until_the_next_change() -> None:
    changed = controls()
    changed.change(background="beach.jpg")
    assert changed.error == ""
    changed.refused("beach.jpg: damaged")
    assert changed.error == "beach.jpg: damaged"
    assert (changed.wish.background, changed.version) == ("beach.jpg", 1)
    changed.change(background="navy")
    assert changed.error == ""


def test_changes_of_many_threads_are_all_counted() -> None:
    changed = controls()

    def raise_cost() -> None:
        for cost in range(1, 201):
            changed.change(min_cost=cost)
            changed.change(min_cost=None)

    threads = [Thread(target=raise_cost) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert changed.wish == LiveWish(fps=15, hint=HintSettings())
    assert 400 <= changed.version <= 1600
