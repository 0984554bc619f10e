"""Path-adaptive matting of stills and video on the CPU."""

__version__ = "0.1.0"

__all__ = ["__version__"]
