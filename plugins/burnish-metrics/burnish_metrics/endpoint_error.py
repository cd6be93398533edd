"""The endpoint error of estimated motion."""

from __future__ import annotations

import torch
from burnish.errors import EvaluationError
from torch import Tensor

UNKNOWN = 1e9
"""Middlebury's files mark unknown motion by larger values."""


class EndpointError:
    """The mean of ``√((u − û)² + (v − v̂)²)`` in pixels over all pixels whose true motion is known.

    Source: Baker et al., "A database and evaluation methodology for optical flow", doi:10.1007/s11263-010-0390-2.
    """

    def __call__(self, estimate: Tensor, reference: Tensor | None) -> Tensor:
        """Score N,2,H,W (dx, dy in pixels) against the reference of that shape; float64 of N, lower is better.

        Raises:
            EvaluationError: No reference, other shapes, no pixel of known motion, or an estimate that is not finite.
        """
        if reference is None:
            raise EvaluationError("metrics/endpoint-error: there is no reference; give the true motion")
        if estimate.shape != reference.shape or estimate.ndim != 4 or estimate.shape[1] != 2:
            shapes = " and ".join("×".join(map(str, flow.shape)) for flow in (estimate, reference))
            raise EvaluationError(f"metrics/endpoint-error compares N×2×H×W of the same size; it received {shapes}")
        found, truth = estimate.detach().cpu().double(), reference.detach().cpu().double()
        known = (truth.abs() <= UNKNOWN).all(dim=1)
        if not bool(known.flatten(1).any(dim=1).all()):
            raise EvaluationError(
                "metrics/endpoint-error: the true motion is unknown at every pixel; give known motion"
            )
        if not bool(torch.isfinite(found).all()):
            raise EvaluationError("metrics/endpoint-error: the estimate contains NaN or infinite values")
        length = torch.where(known[:, None], found - truth, 0.0).norm(dim=1)
        mean: Tensor = length.flatten(1).sum(dim=1) / known.flatten(1).sum(dim=1)
        return mean
