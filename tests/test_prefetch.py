"""The one hand-off between threads: order, bound, errors, and an end in every case."""

import threading
import time
from collections.abc import Iterator

import pytest

from pamcli.prefetch import prefetch


def prefetch_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "prefetch"]


def counted(made: list[int], limit: int = 10_000) -> Iterator[int]:
    for number in range(limit):
        made.append(number)
        yield number


def test_items_come_in_order_and_the_thread_ends() -> None:
    assert list(prefetch(range(500), depth=3)) == list(range(500))
    assert prefetch_threads() == []


def test_no_item_is_no_item() -> None:
    assert list(prefetch([], depth=1)) == []


def test_no_more_than_depth_and_one_in_hand_are_made_ahead() -> None:
    made: list[int] = []
    items = prefetch(counted(made), depth=3)
    assert next(items) == 0
    time.sleep(0.2)
    assert len(made) <= 1 + 3 + 1  # taken, queued, in the producer's hand
    items.close()


def test_items_are_made_in_another_thread() -> None:
    def idents() -> Iterator[int]:
        yield threading.get_ident()

    assert list(prefetch(idents(), depth=1)) != [threading.get_ident()]


def test_early_stop_ends_the_thread_and_closes_the_source() -> None:
    closed = threading.Event()

    def endless() -> Iterator[int]:
        try:
            while True:
                yield 1
        finally:
            closed.set()

    items = prefetch(endless(), depth=2)
    next(items)
    assert len(prefetch_threads()) == 1
    items.close()
    assert prefetch_threads() == []
    assert closed.is_set()


def test_an_error_comes_after_the_items_before_it() -> None:
    def failing() -> Iterator[int]:
        yield 1
        yield 2
        raise ValueError("third")

    seen = []
    with pytest.raises(ValueError, match="third"):
        for item in prefetch(failing(), depth=5):
            seen.append(item)
    assert seen == [1, 2]
    assert prefetch_threads() == []


def test_an_error_of_the_consumer_ends_the_thread() -> None:
    def consume() -> None:
        for item in prefetch(counted([]), depth=2):
            if item == 3:
                raise KeyError(item)

    with pytest.raises(KeyError):
        consume()
    deadline = time.monotonic() + 5
    while prefetch_threads() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert prefetch_threads() == []


def test_an_error_while_the_source_closes_is_not_lost() -> None:
    class Source:
        def __iter__(self) -> "Source":
            return self

        def __next__(self) -> int:
            raise StopIteration

        def close(self) -> None:
            raise OSError("close failed")

    with pytest.raises(OSError, match="close failed"):
        list(prefetch(Source(), depth=1))


def test_stages_chain_and_an_early_stop_ends_them_all() -> None:
    stages = prefetch(prefetch(counted([]), depth=2), depth=2)
    assert [next(stages) for _ in range(10)] == list(range(10))
    stages.close()
    assert prefetch_threads() == []


def test_nothing_starts_before_the_first_item_is_asked_for() -> None:
    made: list[int] = []
    items = prefetch(counted(made), depth=2)
    assert made == []
    items.close()


def test_depth_below_one_is_refused() -> None:
    with pytest.raises(ValueError, match="depth 0"):
        prefetch([], depth=0)
