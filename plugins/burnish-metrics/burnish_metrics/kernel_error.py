"""The difference of two blur kernels, up to a shift between them."""

from __future__ import annotations

import torch
from burnish.errors import EvaluationError
from torch import Tensor


class KernelError:
    """``1 − max_s Σ k̂(p) k(p + s) / (‖k̂‖ ‖k‖)``: 0 for equal kernels up to shift and scale, at most 1 for non-negative.

    Source: Hu, Yang, "Good regions to deblur", doi:10.1007/978-3-642-33715-4_5 (kernel similarity).
    """

    def __call__(self, estimate: Tensor, reference: Tensor | None) -> Tensor:
        """Score N,1,k,k against N,1,l,l; float64 of N, lower is better.

        Raises:
            EvaluationError: No reference, other shapes, a value that is not finite, or a kernel of zeros.
        """
        if reference is None:
            raise EvaluationError("metrics/kernel-error: there is no reference; give the true kernel")
        if estimate.ndim != 4 or reference.ndim != 4 or estimate.shape[:2] != reference.shape[:2]:
            shapes = " and ".join("×".join(map(str, kernel.shape)) for kernel in (estimate, reference))
            raise EvaluationError(f"metrics/kernel-error compares N×1×k×k with N×1×l×l; it received {shapes}")
        one, other = (kernel.detach().cpu().double() for kernel in (estimate, reference))
        size = [a + b - 1 for a, b in zip(one.shape[2:], other.shape[2:], strict=True)]
        spectrum = torch.fft.rfft2(one, s=size).conj() * torch.fft.rfft2(other, s=size)
        best = torch.fft.irfft2(spectrum, s=size).flatten(1).amax(dim=1)
        norms = one.flatten(1).norm(dim=1) * other.flatten(1).norm(dim=1)
        if not bool((torch.isfinite(norms) & (norms > 0.0)).all()):
            raise EvaluationError("metrics/kernel-error: a kernel is all zeros, or contains NaN or infinite values")
        error: Tensor = (1.0 - best / norms).clamp_min(0.0)
        return error
