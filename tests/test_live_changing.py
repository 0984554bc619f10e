"""What is in use may be replaced; what fails gives way."""

import pytest

from pamcli.errors import InputError
from pamcli.live_changing import Changing


class Thing:
    def __init__(self, name: str, *, works: bool = True) -> None:
        self.name, self.works, self.is_closed = name, works, False

    def use(self) -> str:
        assert not self.is_closed
        if not self.works:
            raise InputError(f"{self.name} fails")
        return self.name

    def close(self) -> None:
        assert not self.is_closed
        self.is_closed = True


def test_the_new_one_takes_over_and_the_old_one_is_closed() -> None:
    first, second = Thing("first"), Thing("second")
    changing = Changing(first)
    assert changing.use(Thing.use) == "first"
    changing.change(second)
    assert not first.is_closed
    assert changing.use(Thing.use) == "second" and first.is_closed
    changing.close()
    assert second.is_closed


def test_one_that_fails_at_once_leaves_the_old_one_in_use() -> None:
    said: list[str] = []
    first, second = Thing("first"), Thing("second", works=False)
    changing = Changing(first, said.append)
    changing.change(second)
    assert changing.use(Thing.use) == "first"
    assert second.is_closed and said == ["second fails"]


def test_one_that_was_never_used_is_closed() -> None:
    things = [Thing("first"), Thing("second"), Thing("third")]
    changing = Changing(things[0])
    changing.change(things[1])
    changing.change(things[2])
    assert things[1].is_closed and changing.use(Thing.use) == "third"
    assert things[0].is_closed


def test_what_fails_later_is_an_error() -> None:
    first = Thing("first", works=False)
    with pytest.raises(InputError, match="first fails"):
        Changing(first).use(Thing.use)
