"""The hand-off that keeps what is newest."""

import time
from threading import Timer

import pytest

from pamcli.newest import Newest


def test_items_come_in_their_order() -> None:
    newest: Newest[int] = Newest(3)
    for number in range(3):
        newest.offer(number)
    assert [newest.take(0) for _ in range(4)] == [0, 1, 2, None]
    assert newest.dropped == 0


def test_one_too_many_drops_the_oldest() -> None:
    newest: Newest[int] = Newest()
    assert [newest.offer(number) for number in range(5)] == [False, True, True, True, True]
    assert newest.take(0) == 4 and newest.take(0) is None
    assert newest.dropped == 4


def test_what_is_only_looked_at_goes_on_waiting() -> None:
    newest: Newest[int] = Newest()
    newest.offer(1)
    assert newest.peek(0) == newest.peek(0) == 1
    newest.offer(2)
    assert newest.take(0) == 2 and newest.peek(0.01) is None
    newest.close()
    assert newest.peek(5) is None


def test_who_waits_gets_what_comes() -> None:
    newest: Newest[str] = Newest()
    thread = Timer(0.05, newest.offer, ["here"])
    thread.start()
    began = time.monotonic()
    assert newest.take(5) == "here"
    assert 0.03 < time.monotonic() - began < 1
    thread.join()


def test_it_is_known_whether_someone_waits() -> None:
    newest: Newest[int] = Newest()
    assert not newest.is_awaited
    thread = Timer(0, newest.take, [5])
    thread.start()
    end = time.monotonic() + 5
    while not newest.is_awaited:
        assert time.monotonic() < end
    newest.offer(1)
    thread.join()
    assert not newest.is_awaited


def test_nobody_waits_longer_than_asked() -> None:
    began = time.monotonic()
    assert Newest[int]().take(0.05) is None
    assert 0.04 < time.monotonic() - began < 0.5


def test_the_end_wakes_who_waits_and_leaves_what_is_there() -> None:
    newest: Newest[int] = Newest(2)
    newest.offer(1)
    newest.close()
    newest.offer(2)
    assert not newest.is_over
    assert newest.take(0) == 1 and newest.is_over
    began = time.monotonic()
    assert newest.take(5) is None
    assert time.monotonic() - began < 0.5


def test_at_least_one_item_has_room() -> None:
    with pytest.raises(ValueError, match="not at least 1"):
        Newest(0)
