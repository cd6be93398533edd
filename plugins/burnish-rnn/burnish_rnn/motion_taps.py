"""Samples of a frame along its own motion, from which the blur along that motion can be undone."""

from __future__ import annotations

import torch
from burnish.ops.alignment import align, resized, warp
from torch import Tensor
from torch.nn import functional

TAPS = (0.2, 0.4, 0.6, 0.8, 1.0)
"""Distances of the samples, in parts of the motion from one frame to the next."""


def flows_between(degraded: Tensor) -> tuple[list[Tensor], list[Tensor]]:
    """Flows from every frame of N,T,C,H,W to the next and to the previous one: T − 1 times N,2,H,W in pixels each.

    Registered on a grid of half the size, where blur and noise weigh less.
    """
    batch, frames, _, height, width = degraded.shape
    first, second = (part.flatten(0, 1) for part in (degraded[:, :-1], degraded[:, 1:]))
    halves = functional.avg_pool2d(torch.cat([first, second]).float(), 2)
    early, late = halves.chunk(2)
    flow, _ = align(halves, torch.cat([late, early]), levels=5, local_levels=4)
    flow = 2.0 * resized(flow, (height, width))
    ahead, back = (part.reshape(batch, frames - 1, 2, height, width) for part in flow.chunk(2))
    return list(ahead.unbind(1)), list(back.unbind(1))


def velocities(ahead: list[Tensor], back: list[Tensor]) -> list[Tensor]:
    """Motion of each of T frames, N,2,H,W in pixels per frame: the mean of both directions, where both exist."""
    inner = [0.5 * (forth - behind) for forth, behind in zip(ahead[1:], back[:-1], strict=True)]
    return [ahead[0], *inner, -back[-1]]


def along(frame: Tensor, velocity: Tensor) -> Tensor:
    """``½ (y(x + τ v) + y(x − τ v)) − y(x)`` for every τ of ``TAPS``: N,C,H,W and N,2,H,W → N,len(TAPS),C,H,W; float32.

    A frame whose exposure lasts for a part of the time between frames is the sharp one averaged along v, a line whose
    direction and length differ from place to place; its inverse is nearly the same few numbers on these samples
    everywhere.
    """
    with torch.no_grad():
        sides = [warp(frame, sign * tap * velocity, mode="bicubic") for tap in TAPS for sign in (1.0, -1.0)]
        pairs = [0.5 * (right + left) - frame for right, left in zip(sides[::2], sides[1::2], strict=True)]
        return torch.stack(pairs, dim=1).float()


def streaks(velocity: Tensor) -> Tensor:
    """Length of the motion and its direction as a line, equal for v and −v: N,2,H,W → N,3,H,W, in eighths of a pixel.

    |v|, (vx² − vy²)/|v|, 2 vx vy/|v|.
    """
    x, y = velocity[:, 0], velocity[:, 1]
    length = (x * x + y * y).sqrt()
    safe = length.clamp_min(1e-6)
    return torch.stack([length, (x * x - y * y) / safe, 2.0 * x * y / safe], dim=1) / 8.0
