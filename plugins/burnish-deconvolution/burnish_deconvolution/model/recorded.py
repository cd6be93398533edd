"""The data term of a photograph on its canvas: the recorded values and their weights."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from burnish_deconvolution.model.canvas import Canvas


class Recorded:
    """One channel of pictures, N,1,H,W, on its canvas: y and M of the data term ‖√M (K x − y)‖²."""

    def __init__(self, degraded: Tensor, canvas: Canvas, *, mask: Tensor | None = None) -> None:
        """``mask``: N,1,H,W, from 0 for an unknown value to 1."""
        known = degraded if mask is None else filled(degraded, mask)
        self.canvas = canvas
        self.values = canvas.place(known)
        """y, N,1,rows,columns; 0 beyond the picture."""
        self.start = canvas.extend(known)
        """The picture continued over the whole canvas: a first guess of the scene."""
        self.weight = canvas.mask(degraded) if mask is None else canvas.place(mask.to(degraded))
        """M; None: 1 everywhere."""


def filled(picture: Tensor, mask: Tensor) -> Tensor:
    """N,C,H,W with the unknown pixels of ``mask`` replaced by means of known ones nearby, the nearest first."""
    weight = mask.to(picture).expand_as(picture)
    found = torch.where(weight > 0, picture, torch.zeros_like(picture))
    reach = 1
    while reach < 2 * max(picture.shape[-2:]) and not bool((weight > 0).all()):
        sums, counts = (_around(x, reach) for x in (found * weight, weight))
        new = (weight == 0) & (counts > 0)
        found = torch.where(new, sums / torch.where(new, counts, torch.ones_like(counts)), found)
        weight = torch.where(new, torch.ones_like(weight), weight)
        reach *= 2
    return found


def _around(x: Tensor, reach: int) -> Tensor:
    """The mean over squares of side 2 reach + 1, with zeros outside the picture."""
    rows = functional.avg_pool2d(functional.pad(x, (0, 0, reach, reach)), (2 * reach + 1, 1), 1)
    return functional.avg_pool2d(functional.pad(rows, (reach, reach, 0, 0)), (1, 2 * reach + 1), 1)
