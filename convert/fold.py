"""A network made ready for conversion: BatchNorm and normalisation folded, weights in float16."""

import copy
from typing import TypeVar

import torch
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from pam.network import Pam

Network = TypeVar("Network", bound=nn.Module)

PICTURES = (0, 6, 9)
"""First channels of picture, F̂ and B̂ among the network's inputs (`Pam.assemble`)."""

TRIMAP = slice(3, 6)
"""Channels of the one-hot trimap."""


def fold_batch_norm(network: Network) -> Network:
    """A copy in evaluation mode without BatchNorm; the same function but for rounding."""
    folded = copy.deepcopy(network).eval()
    for module in folded.modules():
        if isinstance(module, nn.Sequential):
            _fold_sequence(module)
    assert not any(isinstance(m, nn.BatchNorm2d) for m in folded.modules())
    return folded


def _fold_sequence(sequence: nn.Sequential) -> None:
    for index in range(len(sequence) - 1):
        conv, norm = sequence[index], sequence[index + 1]
        if isinstance(conv, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
            fused = fuse_conv_bn_eval(conv.double(), norm.double()).float()
            fused.__class__ = nn.Conv2d  # training's own faster classes cannot be scripted
            sequence[index], sequence[index + 1] = fused, nn.Identity()


def round_to_half(network: Network) -> Network:
    """A copy whose weights are float32 numbers that float16 holds exactly."""
    rounded = copy.deepcopy(network)
    with torch.no_grad():
        for parameter in rounded.parameters():
            parameter.copy_(parameter.half().float())
    return rounded


def fold_normalisation(network: Pam) -> Pam:
    """A copy whose first convolution takes pictures in [0, 1] as they are; BatchNorm folded before.

    The convolution's zero padding stands for the mean colour, so the mean cannot go into the bias:
    it goes to the one-hot trimap, whose channels add up to 1 inside the picture and 0 outside.
    """
    folded = copy.deepcopy(network)
    first = folded.encoder.s0[0]
    assert isinstance(first, nn.Conv2d)
    with torch.no_grad():
        weight = first.weight.double()
        for start in PICTURES:
            channels = slice(start, start + 3)
            weight[:, channels] /= folded.std.double()
            means = (weight[:, channels] * folded.mean.double()).sum(1, keepdim=True)
            weight[:, TRIMAP] -= means
        first.weight.copy_(weight.float())
        folded.mean.zero_()
        folded.std.fill_(1)
    return folded


def prepare(network: Pam) -> Pam:
    """What is converted, and what the IR is compared with: folded first, rounded then."""
    return round_to_half(fold_normalisation(fold_batch_norm(network)))
