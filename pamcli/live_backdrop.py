"""The background of a live job: anything that a clip's may be, or another live stream."""

from collections.abc import Callable
from fractions import Fraction

from pamcli.appearance import Appearance, open_appearance
from pamcli.backdrop import DEFAULT_BACKGROUND
from pamcli.composite import fitted, parse_colour, solid
from pamcli.frame import Matte, Rgb
from pamcli.live_open import SourceKind, SourceSettings
from pamcli.live_source import LiveSource
from pamcli.settings import Fit, LookSettings, Output
from pamcli.spill import Spill
from pamcli.video_frame import Upright

RATE = 60.0
"""Pictures a second that are taken of another stream at most."""

TRIAL_SIZE = 32, 32


class StreamBackdrop:
    """The newest picture of another live stream; the usual green until one has come."""

    def __init__(self, source: LiveSource, size: tuple[int, int], fit: Fit) -> None:
        """size: (height, width) of the frames."""
        self._source, self._size, self._fit = source, size, fit
        self._upright = Upright()
        self._picture = solid(parse_colour(DEFAULT_BACKGROUND), size)
        source.start()

    def at(self, matte: Matte) -> Rgb:
        arrived = self._source.pictures.take(0)
        if arrived is not None:
            self._picture = fitted(self._upright.rgb(arrived.frame), self._size, self._fit)
        return self._picture

    def close(self) -> None:
        self._source.close()


def is_stream(background: str | None) -> bool:
    """Whether a background is a live stream rather than a colour, a file or a blur."""
    if background is None:
        return False
    source = SourceSettings(address=background)
    return source.kind is not SourceKind.FILE


def open_look(
    wanted: LookSettings,
    key: str | None,
    size: tuple[int, int],
    begin: Fraction,
    say: Callable[[str], None],
) -> Appearance:
    """How mattes of `size` (height, width) look from the moment `begin` (seconds) on.

    key: the screen's colour, where one is named. Raises InputError for a background that is none.
    """
    if wanted.output is not Output.COMPOSITE or not is_stream(wanted.background):
        return open_appearance(wanted, key, size, begin)
    settings = SourceSettings(address=wanted.background or "", audio=False)
    source = LiveSource(settings, fps=lambda: RATE, say=say)
    return Appearance(
        output=wanted.output,
        spill=Spill(key, wanted.despill),
        backdrop=StreamBackdrop(source, size, wanted.fit),
        premultiplied=False,
    )


def check_look(wanted: LookSettings, key: str | None) -> None:
    """Raises InputError for a background that is none, before anything runs."""
    if wanted.output is Output.COMPOSITE and is_stream(wanted.background):
        return
    open_appearance(wanted, key, TRIAL_SIZE, Fraction(0)).close()
