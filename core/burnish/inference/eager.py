"""Torch as it is, operator by operator, in one of two memory layouts."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import torch
from torch import Tensor, nn

from burnish.inference.conditions import Conditions
from burnish.restorer.restorer import Restorer


@dataclass(frozen=True)
class Eager:
    """Calls the restorer itself."""

    precision: str = "fp32"
    channels_last: bool = True
    """Whether pictures, like the weights, are laid out with their channels last; most networks are faster so."""

    @property
    def name(self) -> str:
        """Its name for a caller."""
        return "eager"

    def __call__(self, loaded: Restorer, piece: Tensor, told: Conditions) -> object:
        """As ``Engine``."""
        called = loaded.restorer
        if isinstance(called, nn.Module) and not self.channels_last:
            called = _contiguous(called)
        last = isinstance(called, nn.Module) and self.channels_last and piece.ndim == 4
        piece = piece.contiguous(memory_format=torch.channels_last if last else torch.contiguous_format)
        with torch.autocast(loaded.device.type, dtype=torch.bfloat16, enabled=self.precision == "bf16"):
            return called(piece, **told)


FP32 = Eager()

_copies: WeakKeyDictionary[nn.Module, nn.Module] = WeakKeyDictionary()


def _contiguous(network: nn.Module) -> nn.Module:
    """A copy of a network with its weights in torch's own order."""
    if network not in _copies:
        made = copy.deepcopy(network)
        for tensor in (*made.parameters(), *made.buffers()):
            tensor.data = tensor.data.contiguous()
        _copies[network] = made
    return _copies[network]
