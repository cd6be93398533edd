"""Errors of a flow against the truth: endpoint error and angular error."""

from __future__ import annotations

import torch
from torch import Tensor


def endpoint_error(flow: Tensor, truth: Tensor) -> Tensor:
    """The mean of |flow − truth| in pixels where the truth is known (finite); NaN if it is nowhere.

    Reference: S. Baker et al., doi:10.1007/s11263-010-0390-2.

    Args:
        flow: N,2,H,W in pixels.
        truth: N,2,H,W; NaN, infinite or beyond 1e9 where it is not known.

    Returns:
        float64 of N.
    """
    known = is_known(truth)
    difference = torch.where(known, flow.double() - truth.double(), 0.0)
    return _mean(difference.square().sum(1, keepdim=True).sqrt(), known)


def angular_error(flow: Tensor, truth: Tensor) -> Tensor:
    """The mean angle in degrees between (dx, dy, 1) of flow and truth; arguments as ``endpoint_error``.

    Reference: J. Barron, D. Fleet, S. Beauchemin, "Performance of Optical Flow Techniques", doi:10.1007/BF01420984.
    """
    known = is_known(truth)
    a, b = (torch.where(known, field.double(), 0.0) for field in (flow, truth))
    across = torch.stack([a[:, 0] - b[:, 0], a[:, 1] - b[:, 1], a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]], dim=1)
    angle = torch.atan2(across.square().sum(1, keepdim=True).sqrt(), (a * b).sum(1, keepdim=True) + 1)
    return _mean(torch.rad2deg(angle), known)


def is_known(truth: Tensor) -> Tensor:
    """N,1,H,W bool: whether both components are numbers up to 1e9 pixels."""
    return (torch.isfinite(truth) & (truth.abs() <= 1e9)).all(dim=1, keepdim=True)


def _mean(values: Tensor, known: Tensor) -> Tensor:
    total = torch.where(known, values, 0.0).sum(dim=(1, 2, 3))
    return total / known.sum(dim=(1, 2, 3))
