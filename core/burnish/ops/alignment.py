"""Sub-pixel registration of two frames by pyramidal Lucas–Kanade with a prior, and warping by its flow."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

__all__ = ["align", "resized", "warp"]

AT_ONCE = 2**20
"""Largest number of pixels that are aligned together; more are aligned in turn, to bound the memory."""

SMALLEST = 12
"""Shortest side in pixels of a pyramid's coarsest level."""

STEPS = 3
"""Gauss–Newton steps of the global motion at every level."""

LOCAL_STEPS = 2
"""Steps of the local motion at every level."""

WINDOW = 4.0
"""Standard deviation in pixels of the Gaussian window within which local motion is taken for constant."""

TURN = 0.05
"""Standard deviation of the rotation (radians) and of the zoom (relative) between two frames."""

EXPOSURE = 0.3
"""Standard deviation of the ratio of two frames' exposures."""

STILL = (0.0, 0.0, 0.0, 0.0, 1.0)
"""No shift, zoom or rotation, and the same exposure."""

DEVIATION = 1.0
"""Standard deviation in pixels, at every level, of local motion about the one that the level begins with."""

LEAST_NOISE = 0.5 / 255
"""Least standard deviation of the difference of two aligned frames, in [0, 1]: that of rounding."""


def align(reference: Tensor, moving: Tensor, *, levels: int = 4, local_levels: int = 2) -> tuple[Tensor, Tensor]:
    """Flow f and exposure g with ``reference(x) ≈ g moving(x + f(x))``: N,C,H,W twice → N,2,H,W (right, down) and N.

    First one shift, turn, zoom and gain for the whole picture (Gauss–Newton with Cauchy weights, coarse to fine), then
    motion that differs from place to place, at the ``local_levels`` finest levels. Every step solves
    ``(Σ w g gᵀ + e²/p² I) d = −Σ w g r``: g is the mean gradient of both frames, r their difference, w the window,
    e² the difference's local variance and p the prior's deviation (Simoncelli, Adelson and Heeger 1991,
    doi:10.1109/CVPR.1991.139707, on Lucas and Kanade 1981). So where there is noise and no structure, the flow stays
    the global one. Nothing is learned and no gradient flows; every picture of the batch is aligned by itself.
    """
    count = max(1, AT_ONCE // (reference.shape[-2] * reference.shape[-1]))
    with torch.no_grad(), torch.autocast(reference.device.type, enabled=False):
        found = []
        for pair in zip(torch.split(reference, count), torch.split(moving, count), strict=True):
            first, second = (_pyramid(_smooth(part.float().mean(1, keepdim=True)), levels) for part in pair)
            motion = _globally(first, second)
            alike = [motion[:, 4, None, None, None] * level for level in second]
            found.append((_locally(first, alike, motion, local_levels), motion[:, 4]))
        flows, gains = zip(*found, strict=True)
        return torch.cat(flows), torch.cat(gains)


def warp(picture: Tensor, flow: Tensor, mode: str = "bilinear") -> Tensor:
    """``picture(x + flow(x))``: N,C,H,W and N,2,H',W' → N,C,H',W', in float32; border pixels are repeated."""
    with torch.autocast(picture.device.type, enabled=False):
        x, y = _grid(flow)
        height, width = picture.shape[-2:]
        places = torch.stack(
            [
                (2.0 * (x + flow[:, 0].float()) + 1.0) / width - 1.0,
                (2.0 * (y + flow[:, 1].float()) + 1.0) / height - 1.0,
            ],
            dim=-1,
        )
        return functional.grid_sample(picture.float(), places, mode=mode, padding_mode="border", align_corners=False)


def resized(flow: Tensor, size: tuple[int, int]) -> Tensor:
    """A flow on another grid, its values unchanged: N,2,H,W → N,2,*size, by linear interpolation."""
    return functional.interpolate(flow, size=size, mode="bilinear", align_corners=False)


def _globally(reference: list[Tensor], moving: list[Tensor]) -> Tensor:
    """Shift, zoom, rotation and gain between two pyramids: N,5 (as in ``_global_step``), in pixels, finest level."""
    motion = reference[0].new_tensor(STILL).repeat(len(reference[0]), 1)
    for first, second in zip(reversed(reference), reversed(moving), strict=True):
        motion = motion * motion.new_tensor([2.0, 2.0, 2.0, 2.0, 1.0])  # pixels of this level are half as large
        for _ in range(STEPS):
            motion = motion + _global_step(first, second, motion)
            motion[:, 4].clamp_(0.25, 4.0)
    return motion


def _locally(reference: list[Tensor], moving: list[Tensor], motion: Tensor, levels: int) -> Tensor:
    """The flow N,2,H,W of the finest level: the global motion, refined on ``levels`` levels."""
    if levels == 0:
        return _field(motion, reference[0])
    start = min(levels, len(reference)) - 1
    flow = _field(motion / 2.0**start, reference[start])
    for level in range(start, -1, -1):
        size = (reference[level].shape[2], reference[level].shape[3])
        flow = flow if level == start else 2.0 * resized(flow, size)
        prior = flow
        for _ in range(LOCAL_STEPS):
            flow = flow + _local_step(reference[level], moving[level], flow, prior)
    return flow


def _global_step(reference: Tensor, moving: Tensor, motion: Tensor) -> Tensor:
    """A step for (right, down, zoom, rotation, gain), N,5; zoom and rotation in pixels at half the longer side."""
    gx, gy, residual, weight = _linearised(
        reference, motion[:, 4, None, None, None] * moving, _field(motion, reference)
    )
    x, y = _centred(reference)
    brighter = (residual + reference[:, 0]) / motion[:, 4, None, None]
    columns = torch.stack([gx, gy, gx * x + gy * y, gy * x - gx * y, brighter], dim=1).flatten(2).double()
    difference, weight = residual.flatten(1).double(), weight.flatten(1).double()
    size = (weight * difference.abs()).sum(1, keepdim=True) / weight.sum(1, keepdim=True).clamp_min(1.0)
    weight = weight / (1.0 + (difference / (2.0 * size).clamp_min(LEAST_NOISE)).square())
    variance = (weight * difference.square()).sum(1) / weight.sum(1).clamp_min(1.0) + LEAST_NOISE**2
    half = max(reference.shape[-2:]) / 2.0
    precision = motion.new_tensor([1e-2, 1e-2, (TURN * half) ** -2, (TURN * half) ** -2, EXPOSURE**-2]).double()
    away = (motion - motion.new_tensor(STILL)).double()
    weighted = columns * weight[:, None]
    normal = weighted @ columns.transpose(1, 2) + variance[:, None, None] * torch.diag(precision)
    right = -(weighted @ difference[..., None])[..., 0] - variance[:, None] * precision * away
    step: Tensor = torch.linalg.solve(normal, right).float()
    return step.clamp(-2.0, 2.0)


def _local_step(reference: Tensor, moving: Tensor, flow: Tensor, prior: Tensor) -> Tensor:
    gx, gy, residual, weight = _linearised(reference, moving, flow)
    products = torch.stack([gx * gx, gx * gy, gy * gy, gx * residual, gy * residual, residual * residual], dim=1)
    weight = weight / (1.0 + (residual / 0.1).square())
    xx, xy, yy, xr, yr, rr = _blurred(products * weight[:, None], WINDOW).unbind(1)
    count = 4.0 * torch.pi * WINDOW**2
    ridge = (rr + LEAST_NOISE**2) / (DEVIATION**2 * count)
    away = flow - prior
    bx, by = -xr - ridge * away[:, 0], -yr - ridge * away[:, 1]
    xx, yy = xx + ridge, yy + ridge
    determinant = xx * yy - xy * xy
    step = torch.stack([yy * bx - xy * by, xx * by - xy * bx], dim=1) / determinant[:, None].clamp_min(1e-16)
    return step.clamp(-1.0, 1.0)


def _linearised(reference: Tensor, moving: Tensor, flow: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Mean gradients, difference, and 1 where the flow stays inside the moving picture: N,H,W each."""
    warped = warp(moving, flow)
    mean = 0.5 * (warped + reference)
    padded = functional.pad(mean, (1, 1, 1, 1), mode="replicate")[:, 0]
    gx = 0.5 * (padded[:, 1:-1, 2:] - padded[:, 1:-1, :-2])
    gy = 0.5 * (padded[:, 2:, 1:-1] - padded[:, :-2, 1:-1])
    x, y = _grid(flow)
    x, y = x + flow[:, 0], y + flow[:, 1]
    inside = (x >= 0) & (x <= moving.shape[-1] - 1) & (y >= 0) & (y <= moving.shape[-2] - 1)
    return gx, gy, (warped - reference)[:, 0], inside.to(gx.dtype)


def _pyramid(picture: Tensor, levels: int) -> list[Tensor]:
    """The pyramid, finest level first; each level is the mean of 2×2 pixels of the previous one, smoothed."""
    found = [picture]
    while len(found) < levels and min(found[-1].shape[-2:]) >= 2 * SMALLEST:
        found.append(functional.avg_pool2d(found[-1], 2))
    return found


def _smooth(picture: Tensor) -> Tensor:
    return _blurred(functional.pad(picture, (3, 3, 3, 3), mode="replicate"), 1.0)[..., 3:-3, 3:-3]


def _blurred(picture: Tensor, deviation: float) -> Tensor:
    """Gaussian blur of N,C,H,W, zero beyond the border."""
    reach = round(2.5 * deviation)
    offsets = torch.arange(-reach, reach + 1, device=picture.device, dtype=picture.dtype)
    line = torch.exp(-0.5 * (offsets / deviation).square())
    line = line / line.sum()
    flat = picture.reshape(-1, 1, *picture.shape[-2:])
    flat = functional.conv2d(flat, line.view(1, 1, 1, -1), padding=(0, reach))
    return functional.conv2d(flat, line.view(1, 1, -1, 1), padding=(reach, 0)).reshape(picture.shape)


def _field(motion: Tensor, like: Tensor) -> Tensor:
    x, y = _centred(like)
    right, down, zoom, turn = (part[:, None, None] for part in motion[:, :4].unbind(1))
    return torch.stack([right + zoom * x - turn * y, down + turn * x + zoom * y], dim=1)


def _centred(like: Tensor) -> tuple[Tensor, Tensor]:
    """Coordinates from the centre of H×W, in halves of the longer side: 1,W and H,1."""
    height, width = like.shape[-2:]
    x, y = (torch.arange(side, device=like.device) - (side - 1) / 2.0 for side in (width, height))
    half = max(height, width) / 2.0
    return x[None, :] / half, y[:, None] / half


def _grid(flow: Tensor) -> tuple[Tensor, Tensor]:
    height, width = flow.shape[-2:]
    return torch.arange(width, device=flow.device)[None, :], torch.arange(height, device=flow.device)[:, None]
