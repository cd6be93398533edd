"""Downscaling by MATLAB's antialiased bicubic ``imresize``, the convention of super-resolution benchmarks."""

from __future__ import annotations

from typing import Any

import torch
from burnish.errors import DataError
from burnish.ops.resampling import Quantise, resize, resize_adjoint
from burnish.protocols import Observation
from torch import Tensor

from burnish_degradations.replayable import Parameters, Replayable


class Bicubic(Replayable):
    """y = D x, D the bicubic antialiased downscaling by a whole factor; nothing is random.

    Height and width are first cropped to multiples of the factor (the last rows and columns go), as benchmarks do;
    the target is the cropped picture. ``quantise``: ``none`` (MATLAB on double, not clipped), ``uint8`` (rounded once)
    or ``uint8-per-pass`` (MATLAB on uint8, which made the published low-resolution sets).
    """

    def __init__(self, *, scale: int = 2, quantise: Quantise = "uint8-per-pass") -> None:
        self.scale = scale
        self.quantise = quantise

    def draw(self, shape: tuple[int, ...], generator: torch.Generator) -> dict[str, Any]:
        """Draw nothing."""
        return {}

    def apply(self, clean: Tensor, parameters: Parameters) -> Observation:
        """N,C,H,W → degraded N,C,⌊H/s⌋,⌊W/s⌋, target N,C,s⌊H/s⌋,s⌊W/s⌋, condition ``scale``."""
        scale = self.scale
        target = crop_to_multiple(clean, scale)
        degraded = resize(target, 1.0 / scale, quantise=self.quantise)
        return Observation(degraded=degraded, target=target, conditions={"scale": scale}, parameters=dict(parameters))

    def A(self, x: Tensor) -> Tensor:  # noqa: N802
        """D x without quantisation: N,C,H,W → N,C,H/s,W/s (cropped to multiples of s first)."""
        return resize(crop_to_multiple(x, self.scale), 1.0 / self.scale)

    def A_adjoint(self, y: Tensor) -> Tensor:  # noqa: N802
        """Dᵀ y: N,C,h,w → N,C,sh,sw."""
        return resize_adjoint(y, 1.0 / self.scale, (y.shape[2] * self.scale, y.shape[3] * self.scale))


def crop_to_multiple(picture: Tensor, factor: int) -> Tensor:
    """The largest top left part of N,C,H,W with sides that are multiples of ``factor``."""
    height, width = picture.shape[2] // factor * factor, picture.shape[3] // factor * factor
    if not height or not width:
        size = f"{picture.shape[3]}×{picture.shape[2]}"
        raise DataError(f"a picture of {size} pixels cannot be reduced by {factor}; remove it or use a smaller scale")
    return picture[..., :height, :width]
