"""Previews as JPEG: not more often than five times a second, and none without a picture."""

import asyncio

import numpy as np
import pytest

from pamcli.live_previews import LivePreviews, PreviewKind
from pamcli.monitor.pictures import LEAST_PERIOD, Pictures


class Clock:
    """Seconds that a test sets."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def show(previews: LivePreviews, level: int) -> None:
    picture = np.full((36, 64, 3), level, np.uint8)
    alpha = np.full((36, 64), level / 255, np.float32)
    previews.show(picture, picture[..., 0], alpha, picture)


def test_many_watchers_of_one_moment_share_one_encoding() -> None:
    clock, previews = Clock(), LivePreviews()
    pictures = Pictures(previews, clock)

    async def ask() -> list[bytes | None]:
        return [await pictures.jpeg(PreviewKind.COMPOSITE) for _ in range(2)]

    previews.picture(PreviewKind.COMPOSITE)
    show(previews, 40)
    first = asyncio.run(ask())
    show(previews, 200)
    clock.now += LEAST_PERIOD / 2
    assert asyncio.run(ask()) == first
    assert first[0] is not None and first[0].startswith(b"\xff\xd8")
    clock.now += LEAST_PERIOD
    assert asyncio.run(ask())[0] not in first


def test_the_first_picture_is_waited_for() -> None:
    previews = LivePreviews()
    pictures = Pictures(previews)

    async def show_later() -> bytes | None:
        asked = asyncio.create_task(pictures.jpeg(PreviewKind.ALPHA))
        await asyncio.sleep(0.2)
        assert previews.watched
        show(previews, 40)
        return await asked

    assert asyncio.run(show_later()) is not None


def test_without_a_picture_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pamcli.monitor.pictures.PATIENCE", 0.1)
    assert asyncio.run(Pictures(LivePreviews()).jpeg(PreviewKind.TRIMAP)) is None
