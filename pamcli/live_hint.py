"""The hint of a live job, which may be changed while it runs."""

import time
from collections.abc import Callable
from pathlib import Path

from pamcli.errors import UsageError
from pamcli.frame import Frame, Trimap
from pamcli.hints import Hint, open_hint
from pamcli.live_changing import Changing
from pamcli.settings import HintSettings
from pamcli.still_names import is_still


def check_live(hint: HintSettings) -> None:
    """Raises UsageError for a hint that no endless stream can have."""
    if hint.key_masks:
        raise UsageError("--key-mask names moments of a clip: a live stream has none")
    for option, file in (("--trimap", hint.trimap), ("--mask", hint.mask)):
        if file is not None and (file.is_dir() or not is_still(file)):
            raise UsageError(f"{option} {file}: a live stream takes one still")


def open_live_hint(settings: HintSettings, source: str) -> Hint:
    """A hint; where it holds a network, that infers once while it is opened.

    Two networks that infer for the first time at once, in two threads, would wait for each other
    for ever in OpenVINO's binding: call this in one thread at a time.
    source: name of the stream, for messages. Raises InputError, ModelError.
    """
    check_live(settings)
    return open_hint(settings, Path(source))


class ChangingHint(Hint):
    """The hint in use, as a hint; told: how many seconds each frame took it."""

    def __init__(self, hints: Changing[Hint], told: Callable[[float], None]) -> None:
        self._hints, self._told = hints, told

    def trimap(self, frame: Frame) -> Trimap:
        began = time.perf_counter()
        trimap = self._hints.use(lambda hint: hint.trimap(frame))
        self._told(time.perf_counter() - began)
        return trimap

    def close(self) -> None:
        self._hints.close()
