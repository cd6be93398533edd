"""Structure–texture decomposition: a picture without its shading and shadows."""

from __future__ import annotations

import torch
from torch import Tensor

STEP = 0.125
"""Chambolle's time step for the dual problem."""


def structure(picture: Tensor, *, theta: float, iterations: int) -> Tensor:
    """The minimiser S of ∫|∇S| + ‖S − picture‖²/(2 θ) (Rudin, Osher, Fatemi), by Chambolle's projection.

    References: A. Chambolle, doi:10.1023/B:JMIV.0000011325.36760.1e; as a step before optical flow:
    A. Wedel et al., "An Improved Algorithm for TV-L1 Optical Flow", doi:10.1007/978-3-642-03061-1_2.

    Args:
        picture: N,1,H,W.
        theta: Smoothness in units of the picture's values.
        iterations: Projection steps.
    """
    across, down = torch.zeros_like(picture), torch.zeros_like(picture)
    for _ in range(iterations):
        error = _divergence(across, down).sub_(picture / theta)
        right, below = _forward(error, 3), _forward(error, 2)
        norm = torch.sqrt(right * right + below * below).mul_(STEP).add_(1)
        across = across.add_(right, alpha=STEP).div_(norm)
        down = down.add_(below, alpha=STEP).div_(norm)
    return picture - theta * _divergence(across, down)


def texture(picture: Tensor, *, share: float = 0.95, theta: float = 1 / 8, iterations: int = 100) -> Tensor:
    """A picture minus that share of its structure, scaled to [−1, 1]; N,1,H,W."""
    scaled = picture * 2 - 1
    return scaled - share * structure(scaled, theta=theta, iterations=iterations)


def _forward(field: Tensor, axis: int) -> Tensor:
    """Difference to the next pixel, 0 at the last."""
    result = torch.zeros_like(field)
    length = field.shape[axis] - 1
    result.narrow(axis, 0, length).copy_(field.narrow(axis, 1, length)).sub_(field.narrow(axis, 0, length))
    return result


def _divergence(across: Tensor, down: Tensor) -> Tensor:
    """The negative adjoint of the forward differences."""
    result = torch.zeros_like(across)
    width, height = across.shape[3] - 1, across.shape[2] - 1
    result[..., :-1] += across[..., :width]
    result[..., 1:] -= across[..., :width]
    result[..., :-1, :] += down[..., :height, :]
    result[..., 1:, :] -= down[..., :height, :]
    return result
