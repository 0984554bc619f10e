"""Previews as JPEG, encoded at most five times a second however many look at them."""

import asyncio
import time
from collections.abc import Callable

from starlette.concurrency import run_in_threadpool

from pamcli.images import encode_jpeg
from pamcli.live_previews import LivePreviews, PreviewKind

LEAST_PERIOD = 0.2
"""Seconds between two encodings of one kind."""

QUALITY = 80
"""Of the JPEG, 1 to 100."""

PATIENCE = 1.0
"""Seconds to wait for the first picture, which the job makes once it is asked for."""

POLL = 0.05


class Pictures:
    """The newest JPEG of each kind. clock: seconds, growing."""

    def __init__(self, previews: LivePreviews, clock: Callable[[], float] = time.monotonic) -> None:
        self._previews, self._clock = previews, clock
        self._locks = {kind: asyncio.Lock() for kind in PreviewKind}
        self._made: dict[PreviewKind, tuple[float, bytes]] = {}

    async def jpeg(self, kind: PreviewKind) -> bytes | None:
        """At most 640 pixels wide; None where the job shows no picture within a second."""
        async with self._locks[kind]:
            made = self._made.get(kind)
            if made is not None and self._clock() - made[0] < LEAST_PERIOD:
                return made[1]
            for _ in range(round(PATIENCE / POLL)):
                encoded = await run_in_threadpool(self._encode, kind)
                if encoded is not None:
                    self._made[kind] = self._clock(), encoded
                    return encoded
                await asyncio.sleep(POLL)
            return None

    def _encode(self, kind: PreviewKind) -> bytes | None:
        picture = self._previews.picture(kind)
        return None if picture is None else encode_jpeg(picture, QUALITY)
