"""Lights brighter than white: found and removed first, so that solvers can ignore them.

A saturated pixel says only that the light was at least so strong. A solver that believes it rings around every lamp;
one that leaves it out has no bound for what it invents there. Richardson–Lucy has: its scene is never negative, and a
saturated pixel that K x reaches asks it for no change (Whyte, Sivic, Zisserman, doi:10.1007/s11263-014-0727-3).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from burnish_deconvolution.model.blur import Blur
from burnish_deconvolution.model.recorded import Recorded
from burnish_deconvolution.solvers.quadratic import LEAST_SIGMA
from burnish_deconvolution.solvers.scene_by_lucy import scene

DOUBT = 0.05
"""Standard deviation of the removed light, as a share of it."""

BRIGHT = 1.5
"""Least brightness of a light in the scene, white being 1."""


@dataclass(frozen=True, kw_only=True)
class Parted:
    """One channel of pictures without the light beyond white, and that light."""

    recorded: Recorded
    """The remaining values. The more was removed from a pixel the less it counts."""
    beyond: Tensor | None = None
    """The scene's light beyond white, N,1,rows,columns; None: there is none."""

    def joined(self, scene: Tensor) -> Tensor:
        """A solver's result for the remaining values, plus the light beyond white."""
        return scene if self.beyond is None else scene + self.beyond


def parted(
    degraded: Tensor, blur: Blur, sigma: Tensor, *, mask: Tensor | None = None, saturated: Tensor | None = None
) -> Parted:
    """Remove the light beyond white from N,1,H,W.

    Of the scene x that Richardson–Lucy finds, L = x − 1 where x > ``BRIGHT`` is the light beyond white. A saturated
    value that this reaches becomes K x where that is more. What is left is y − K L, and counts
    M/(1 + (``DOUBT`` K L/σ)²): where nothing was taken out, as on the white paper of a scanned page, all is as it was.

    Args:
        degraded: The values.
        blur: K, with the canvas.
        sigma: The noise, N,1,1,1.
        mask: N,1,H,W: 0 where nothing is known; None: all is known.
        saturated: N,1,H,W: 1 where the sensor was full; None: nowhere.
    """
    canvas = blur.canvas
    if saturated is None or not bool(saturated.any()):
        return Parted(recorded=Recorded(degraded, canvas, mask=mask))
    recorded = Recorded(degraded.clamp_min(0.0), canvas, mask=mask)
    found = scene(recorded, blur, saturated=canvas.place(saturated))
    beyond = torch.where(found > BRIGHT, found - 1.0, torch.zeros_like(found))
    predicted, taken = canvas.crop(blur.forward(found)), canvas.crop(blur.forward(beyond)).clamp_min(0.0)
    lit = (saturated > 0.5) & (taken > sigma)
    whole = torch.where(lit, torch.maximum(degraded, predicted), degraded)
    trust = 1.0 / (1.0 + (DOUBT * taken / sigma.clamp_min(LEAST_SIGMA)).square())
    left = Recorded(whole - taken, canvas, mask=trust if mask is None else mask * trust)
    return Parted(recorded=left, beyond=beyond)
