"""Solves pictures channel by channel in full precision: colour needs no more memory than grey."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from burnish_deconvolution.model.blur import Blur
from burnish_deconvolution.model.canvas import Boundary, canvas_for
from burnish_deconvolution.model.recorded import Recorded
from burnish_deconvolution.solvers.lights import Parted, parted

Solve = Callable[[Recorded, Blur, Tensor], Tensor]
"""A channel's data, its blur, and its noise N,1,1,1 → its scene N,1,rows,columns."""


def each_channel(
    degraded: Tensor,
    solve: Solve,
    *,
    kernel: Tensor,
    sigma: Tensor,
    boundary: Boundary,
    mask: Tensor | None = None,
    saturated: Tensor | None = None,
) -> Tensor:
    """Apply ``solve`` to every channel of N,C,H,W, and crop the result; in float32 or float64, also under autocast.

    Args:
        degraded: The pictures.
        solve: The solver of one channel.
        kernel: N,k,k.
        sigma: The noise, N.
        boundary: The assumption about pixels outside the pictures.
        mask: N,1,H,W or N,C,H,W: 0 where nothing is known.
        saturated: Likewise: 1 where the sensor was full; light beyond white is found first (see ``lights``).
    """
    canvas = canvas_for(*degraded.shape[-2:], side=kernel.shape[-1], boundary=boundary)
    with torch.autocast(degraded.device.type, enabled=False):
        exact = degraded if degraded.dtype == torch.float64 else degraded.float()
        blur, noise = Blur(kernel.to(exact), canvas), per_picture(sigma, exact)
        told = parted_channels(exact, blur, noise, mask=mask, saturated=saturated)
        return torch.cat([canvas.crop(one.joined(solve(one.recorded, blur, noise))) for one in told], dim=1)


def parted_channels(
    degraded: Tensor, blur: Blur, sigma: Tensor, *, mask: Tensor | None = None, saturated: Tensor | None = None
) -> Iterator[Parted]:
    """Yield the channels of N,C,H,W one at a time; ``sigma`` is N,1,1,1, other arguments as of ``each_channel``."""
    for i in range(degraded.shape[1]):
        part = degraded[:, i : i + 1]
        yield parted(part, blur, sigma, mask=channel(mask, i), saturated=channel(saturated, i))


def channel(values: Tensor | None, index: int) -> Tensor | None:
    """One channel of a map N,C,H,W, or the only one of N,1,H,W."""
    return values if values is None or values.shape[1] == 1 else values[:, index : index + 1]


def per_picture(values: Tensor, like: Tensor) -> Tensor:
    """N numbers as N,1,1,1, with type and device of ``like``."""
    return values.to(like).reshape(-1, 1, 1, 1)
