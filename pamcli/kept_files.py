"""The user's cache: files that can be made again, each with its own checksum."""

import hashlib
import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

VARIABLE, OFF = "PAMCLI_CACHE", "off"
"""Environment variable that names the folder, or says that there shall be none."""

SUFFIX = ".kept"
"""No other file in the folder is ever touched."""

DIGEST_BYTES = 32
"""Every file starts with the SHA-256 of what follows."""

MOST_FILES = 32
"""Beyond that the least recently used go: a few models, versions, precisions; 1 to 30 MB each."""


def kept_folder() -> Path | None:
    """$PAMCLI_CACHE, $XDG_CACHE_HOME/pamcli or .cache/pamcli in the user's home; None when it
    is switched off or the user has no home.
    """
    chosen = os.environ.get(VARIABLE)
    if chosen == OFF:
        return None
    if chosen:
        return Path(chosen)
    try:
        home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    except RuntimeError:  # a user without a home
        return None
    return home / "pamcli"


def read_kept(name: str) -> bytes | None:
    """What was kept under `name`; None where nothing is, or not all of it as it was written."""
    folder = kept_folder()
    if folder is None:
        return None
    source = folder / (name + SUFFIX)
    try:
        content = source.read_bytes()
    except OSError:
        return None
    if content[:DIGEST_BYTES] != hashlib.sha256(content[DIGEST_BYTES:]).digest():
        return None
    with suppress(OSError):  # somebody else's folder: readable is enough
        os.utime(source)
    return content[DIGEST_BYTES:]


def write_kept(name: str, make: Callable[[], bytes]) -> None:
    """Keep what `make` returns; it is not called where nothing can be kept, which is no error."""
    folder = kept_folder()
    if folder is None:
        return
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        handle, part = tempfile.mkstemp(dir=folder, prefix=".part-", suffix=SUFFIX)
        try:
            with os.fdopen(handle, "wb") as stream:
                content = make()
                stream.write(hashlib.sha256(content).digest() + content)
            Path(part).replace(folder / (name + SUFFIX))
        finally:
            Path(part).unlink(missing_ok=True)
        _drop_oldest(folder)


def kept_size() -> int:
    """Bytes of all that is kept; 0 where nothing is."""
    folder = kept_folder()
    if folder is None or not folder.is_dir():
        return 0
    return sum(entry.stat().st_size for entry in folder.glob("*" + SUFFIX))


def _drop_oldest(folder: Path) -> None:
    kept = sorted(folder.glob("*" + SUFFIX), key=lambda entry: entry.stat().st_mtime)
    for entry in kept[:-MOST_FILES]:
        entry.unlink()
