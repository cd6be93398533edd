"""Finishes a fused picture: by a learned restorer with a given id, or by sharpening."""

from __future__ import annotations

import torch
from burnish.errors import ConfigError
from burnish.inference import Restorer, load_named, restore
from torch import Tensor

SHARPEN = "sharpen"
"""The name for no restorer: sharpening as in the paper."""


class Finisher:
    """Restores single pictures with another restorer, loaded on first use for each device.

    Args:
        name: Id, id:weights, or a bundle's folder.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._loaded: dict[str, Restorer] = {}

    def __call__(self, picture: Tensor) -> Tensor:
        """C,H,W in [0, 1] → the same size.

        Raises:
            ConfigError: The restorer is not one of single pictures that keeps their size and needs no conditions.
            UnknownIdError, BundleError: It is not there.
        """
        return restore(self._ready(picture.device), picture[None], tile="auto")[0].to(picture)

    def _ready(self, device: torch.device) -> Restorer:
        if str(device) not in self._loaded:
            loaded = load_named(self.name, device=str(device))
            if loaded.spec.temporal != "single" or loaded.scale != 1 or loaded.spec.needs:
                raise ConfigError(
                    f"burst-fusion cannot finish with {loaded.label}: `finish` needs a restorer of single pictures "
                    f"that keeps their size and needs no conditions, or {SHARPEN}"
                )
            self._loaded[str(device)] = loaded
        return self._loaded[str(device)]


def finisher(name: str) -> Finisher | None:
    """The restorer that ``finish`` names; None for sharpening."""
    return None if name == SHARPEN else Finisher(name)
