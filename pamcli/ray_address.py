"""A Ray cluster that exists, reached by its address. Ray is no part of a plain installation."""

import os
import socket
import subprocess
import sys
from importlib import import_module
from typing import Any

from pamcli.errors import InputError

PATIENCE = 10.0
"""Seconds in which an address must answer."""

HEALTH = 20.0
"""Seconds in which a cluster must say that it is one."""


def load_ray() -> Any:
    """The library."""
    return import_module("ray")


def on_node(node: str) -> Any:
    """Scheduling on the node of this id alone."""
    strategies = import_module("ray.util.scheduling_strategies")
    return strategies.NodeAffinitySchedulingStrategy(node, soft=False)


def why(error: Exception) -> str:
    """The last words of what Ray says, which may be a whole traceback."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    named = f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__
    return lines[-1] if type(error).__name__.startswith("RayTaskError") and lines else named


def connected(address: str) -> Any:
    """The library, connected. Raises InputError."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        ray = load_ray()
    except ImportError as error:
        raise InputError(f"--ray {address}: Ray isn't installed: pip install 'pamcli[ray]'") from (
            error
        )
    _check(address)
    try:
        ray.init(address=address, log_to_driver=False, logging_level="ERROR")
    except Exception as error:
        raise InputError(f"--ray {address}: cannot be used: {why(error)}") from error
    return ray


def _check(address: str) -> None:
    """Raises InputError where no Ray answers: it would itself wait for minutes."""
    host, _, port = address.rpartition("://")[2].rpartition(":")
    if not host or not port.isdecimal():
        if address != "auto":
            raise InputError(f"--ray {address}: neither auto nor HOST:PORT nor ray://HOST:PORT")
        return
    try:
        socket.create_connection((host, int(port)), timeout=PATIENCE).close()
    except (OSError, OverflowError) as error:
        said = str(getattr(error, "strerror", None) or error).lower()
        raise InputError(f"--ray {address}: doesn't answer ({said})") from error
    if "://" not in address and not _is_healthy(address):
        raise InputError(f"--ray {address}: something answers, but it is no Ray cluster")


def _is_healthy(address: str) -> bool:
    words = [sys.executable, "-m", "ray.scripts.scripts", "health-check", "--address", address]
    try:
        done = subprocess.run(words, capture_output=True, timeout=HEALTH, check=False)
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0
