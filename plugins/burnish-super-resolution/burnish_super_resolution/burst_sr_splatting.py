"""Places the samples of a displaced frame on the finer grid of the estimate, with weights."""

from __future__ import annotations

import torch
from burnish.ops.alignment import resized
from torch import Tensor

REACH = 1
"""Samples used on either side of the nearest one."""


def deviation(scale: int) -> float:
    """Standard deviation, in pixels of the frames, of the Gaussian weight of a sample by its distance."""
    return 0.4 / scale


def splatted(frame: Tensor, flow: Tensor, scale: int) -> tuple[Tensor, Tensor]:
    """Kernel regression of order zero: the sum of weighted samples and the sum of weights at each point of a fine grid.

    ``values(i) = Σ w x``, ``weights(i) = Σ w`` with ``w = exp(−|q − j|² / 2 σ²)`` over the 3×3 samples j of the frame
    nearest to ``q = p + flow(p)``, where p is the fine pixel i's place in the reference frame (Takeda et al. 2007,
    doi:10.1109/TIP.2006.888330; Wronski et al. 2019, arXiv 1905.03277). ``values / weights`` is the picture; several
    frames are merged by adding both. A point far from every sample, or beyond the frame, has small weights.

    Args:
        frame: N,C,H,W.
        flow: N,2,H,W in pixels: ``reference(x) ≈ frame(x + flow(x))``.
        scale: s, the fineness of the grid.

    Returns:
        N,C,sH,sW and N,1,sH,sW, float32.
    """
    with torch.no_grad(), torch.autocast(frame.device.type, enabled=False):
        height, width = frame.shape[-2:]
        x, y = _places(flow.float(), scale)
        column, row = x.round(), y.round()
        flat = frame.float().flatten(2)
        values = flat.new_zeros(*flat.shape[:2], x[0].numel())
        total = flat.new_zeros(len(flat), 1, x[0].numel())
        rows = [_nearby(y, row + offset, scale, height) for offset in range(-REACH, REACH + 1)]
        columns = [_nearby(x, column + offset, scale, width) for offset in range(-REACH, REACH + 1)]
        for j, down in rows:
            for i, right in columns:
                index = (j * width + i).flatten(1)[:, None]
                weight = (down * right).flatten(1)[:, None]
                values.addcmul_(flat.gather(2, index.expand(-1, flat.shape[1], -1)), weight)
                total.add_(weight)
        fine = (scale * height, scale * width)
        return values.reshape(*values.shape[:2], *fine), total.reshape(*total.shape[:2], *fine)


def _nearby(place: Tensor, sample: Tensor, scale: int, length: int) -> tuple[Tensor, Tensor]:
    """A sample's index along one axis and its weight there, 0 beyond the frame."""
    weight = torch.exp((place - sample).square() * (-0.5 / deviation(scale) ** 2))
    inside = (sample >= 0) & (sample < length)
    return sample.clamp(0, length - 1).long(), weight * inside


def _places(flow: Tensor, scale: int) -> tuple[Tensor, Tensor]:
    """The position of each fine pixel in the frame: columns and rows, N,sH,sW each."""
    height, width = flow.shape[-2:]
    fine = resized(flow, (scale * height, scale * width)) if scale > 1 else flow
    x = (torch.arange(scale * width, device=flow.device) + 0.5) / scale - 0.5
    y = (torch.arange(scale * height, device=flow.device) + 0.5) / scale - 0.5
    return x[None, None, :] + fine[:, 0], y[None, :, None] + fine[:, 1]
