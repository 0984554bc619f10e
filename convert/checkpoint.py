"""Networks to convert: from a checkpoint, or as they are before training."""

from pathlib import Path
from pickle import UnpicklingError
from typing import TypeVar

import torch
from torch import nn

from pam.network import Pam
from pam.subject.network import SubjectNetwork

Network = TypeVar("Network", bound=nn.Module)

SEED = 1

UNREADABLE = (OSError, EOFError, UnpicklingError, RuntimeError, KeyError, TypeError, AttributeError)
"""What reading a file raises that is no checkpoint, or one of another network."""


class CheckpointError(Exception):
    """A file that holds no weights of this network."""


def load(source: Path) -> Pam:
    """The network whose weights `source` holds: {"weights": {name: float16 tensor}}.

    Raises CheckpointError.
    """
    return _filled(Pam(), source)


def load_subject(source: Path) -> SubjectNetwork:
    """As `load`, for the subject network."""
    return _filled(SubjectNetwork(), source)


def _filled(network: Network, source: Path) -> Network:
    try:
        weights = torch.load(source, map_location="cpu", weights_only=True)["weights"]
        network.load_state_dict({name: value.float() for name, value in weights.items()})
    except UNREADABLE as error:
        reason = str(error).partition("\n")[0]
        raise CheckpointError(f"{source}: no weights of this network ({reason})") from error
    return network.eval()


def untrained() -> Pam:
    """Weights as drawn: the last convolution is zero, so alpha is the colour prior's."""
    torch.manual_seed(SEED)
    return Pam().eval()
