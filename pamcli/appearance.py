"""How a matte is shown: spill taken off, on a new background or with its alpha."""

from dataclasses import dataclass
from fractions import Fraction

from pamcli.backdrop import Backdrop, open_backdrop, pixels
from pamcli.frame import Matte
from pamcli.pixels import Pixels, premultiply
from pamcli.settings import LookSettings, Output
from pamcli.spill import Spill


@dataclass(frozen=True, slots=True, kw_only=True)
class Appearance:
    """What becomes of each matte before it is written."""

    output: Output
    spill: Spill
    backdrop: Backdrop | None  # of a composite
    premultiplied: bool

    @property
    def is_coloured(self) -> bool:
        """Whether the foreground's colours matter."""
        return self.output is not Output.ALPHA

    def pixels(self, matte: Matte) -> Pixels:
        """uint8 (H, W), (H, W, 3) or (H, W, 4)."""
        shown = self.spill.off(matte) if self.is_coloured else matte
        picture = pixels(shown, self.output, self.backdrop)
        return premultiply(picture) if self.premultiplied else picture

    def close(self) -> None:
        """Let go of the backdrop's files."""
        if self.backdrop is not None:
            self.backdrop.close()


def open_appearance(
    wanted: LookSettings, key: str | None, size: tuple[int, int], begin: Fraction
) -> Appearance:
    """As the settings say.

    key: the screen's colour, where one is named. size: (height, width) of the frames. begin:
    seconds on their clock at which a background's clip begins. Raises InputError for a background
    that is none.
    """
    backdrop = None
    if wanted.output is Output.COMPOSITE:
        backdrop = open_backdrop(wanted.background, size, fit=wanted.fit, origin=begin)
    return Appearance(
        output=wanted.output,
        spill=Spill(key, wanted.despill),
        backdrop=backdrop,
        premultiplied=wanted.premultiplied,
    )
