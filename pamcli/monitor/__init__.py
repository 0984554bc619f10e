"""A web page to watch a live job on and to change what it does."""

from pamcli.monitor.serving import Monitor, serve

__all__ = ["Monitor", "serve"]
