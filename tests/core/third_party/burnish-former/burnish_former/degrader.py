"""The degrader former-degrader: impulse noise as a starting point."""

from collections.abc import Mapping
from typing import Any

import torch
from burnish.protocols import Observation
from torch import Tensor


class Former:
    """A pixel is black with probability ``fraction``/2, white with ``fraction``/2, and otherwise unchanged."""

    def __init__(self, *, fraction: float = 0.05) -> None:
        self.fraction = fraction

    def __call__(self, clean: Tensor, generator: torch.Generator) -> Observation:
        """Degrade N,C,H,W in [0, 1]; all randomness comes from ``generator`` and is recorded as JSON values."""
        seeds = [int(torch.randint(2**31, (), generator=generator)) for _ in clean]
        return self.replay(clean, {"seeds": seeds})

    def replay(self, clean: Tensor, parameters: Mapping[str, Any]) -> Observation:
        """Repeat the call that recorded ``parameters``."""
        pairs = zip(clean, parameters["seeds"], strict=True)
        degraded = torch.stack([self._spoiled(picture, seed) for picture, seed in pairs])
        return Observation(degraded=degraded, target=clean, parameters=dict(parameters))

    def _spoiled(self, picture: Tensor, seed: int) -> Tensor:
        own = torch.Generator().manual_seed(seed)
        chance = torch.rand(picture.shape[-2:], generator=own).to(picture.device)
        spoiled = torch.where(chance < self.fraction / 2, 0.0, picture)
        return torch.where(chance > 1 - self.fraction / 2, 1.0, spoiled)
