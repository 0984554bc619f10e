"""Path-adaptive matting of stills and video on the CPU.

`matte_image`, `matte_frames` and `matte_video` do what the commands do; what they raise for bad
input is a `PamError`. Nothing else of this package is meant to be imported.
"""

from typing import TYPE_CHECKING, Any

from pamcli.errors import PamError

if TYPE_CHECKING:
    from pamcli.api import matte_frames, matte_image, matte_video

__version__ = "0.1.0"

__all__ = ["PamError", "__version__", "matte_frames", "matte_image", "matte_video"]


def __getattr__(name: str) -> Any:
    """The functions, loaded with all that they need when they are first asked for."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from pamcli import api

    return getattr(api, name)
