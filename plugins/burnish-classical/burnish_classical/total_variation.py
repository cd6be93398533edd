"""Total variation: the picture of least variation whose distance from the noisy one equals the noise."""

from __future__ import annotations

import math
from typing import Any, Literal

import torch
from torch import Tensor

ROUNDS = 6
"""Times that the discrepancy principle corrects the weight."""

LEAST_SLOPE = 0.1
"""Least slope of the logarithm of the removed part over that of the weight: bounds the corrections."""

LARGEST_WEIGHT = 100.0
"""Flattens any picture; reached if the picture contains less than its stated noise."""


class TotalVariation:
    """x̂ = argmin ½‖x − y‖² + λ Σ_p ‖∇x(p)‖₂, by the accelerated projected gradient on its dual.

    ∇ is the forward difference, 0 beyond the border; ``coupled`` takes the norm over both directions and all channels
    (vectorial total variation), else over the two directions of each channel. λ is ``strength`` · σ, times √C where C
    channels are coupled, because the noise's part of the norm grows so; or, by the discrepancy principle, the λ at
    which ‖x̂ − y‖² is N σ², N the number of values: truer to the model, but smoother than what measures best.

    With the iterations fixed, an estimated pixel depends on a finite neighbourhood, and pieces make the same picture as
    the whole; not so by the discrepancy principle, which looks at the whole picture.

    References: L. Rudin, S. Osher, E. Fatemi, "Nonlinear total variation based noise removal algorithms",
    doi:10.1016/0167-2789(92)90242-F; A. Chambolle, "An algorithm for total variation minimization and applications",
    doi:10.1023/B:JMIV.0000011325.36760.1e (dual, and section 5: discrepancy); A. Chambolle, T. Pock, "A first-order
    primal-dual algorithm for convex problems", doi:10.1007/s10851-010-0251-1; A. Beck, M. Teboulle, "Fast
    gradient-based algorithms for constrained total variation image denoising", doi:10.1109/TIP.2009.2028250 (the step).
    """

    receptive_field: int | None

    def __init__(
        self,
        *,
        weight: Literal["sigma", "discrepancy"] = "sigma",
        strength: float = 0.6,
        coupled: bool = True,
        iterations: int = 20,
    ) -> None:
        self.weight, self.strength, self.coupled, self.iterations = weight, strength, coupled, iterations
        self.receptive_field = 2 * iterations + 1 if weight == "sigma" else None

    def __call__(self, degraded: Tensor, *, sigma: Any) -> Tensor:
        """N,C,H,W with noise ``sigma`` (N, in [0, 1] units) → the same size; σ of 0 changes nothing."""
        noise = torch.as_tensor(sigma, dtype=degraded.dtype, device=degraded.device).reshape(-1, 1, 1, 1)
        noise = noise.expand(len(degraded), 1, 1, 1)
        weights = self.strength * noise * (math.sqrt(degraded.shape[1]) if self.coupled else 1.0)
        if self.weight == "discrepancy":
            weights = self._weights_by_discrepancy(degraded, noise, weights)
        return self._denoise(degraded, weights)

    def _denoise(self, noisy: Tensor, weights: Tensor) -> Tensor:
        return denoise(noisy, weights, iterations=self.iterations, coupled=self.coupled)

    def _weights_by_discrepancy(self, noisy: Tensor, noise: Tensor, weights: Tensor) -> Tensor:
        """The λ at which the root mean square of the removed part is σ, by the secant method on logarithmic scales."""
        slope, before = torch.ones_like(weights), None
        for _ in range(ROUNDS):
            removed = (self._denoise(noisy, weights) - noisy).square().mean(dim=(1, 2, 3), keepdim=True).sqrt()
            if before is not None:
                rise, run = (removed / before[0]).log(), (weights / before[1]).log()
                slope = torch.where(run.abs() > 1e-4, rise / run, slope).clamp(LEAST_SLOPE, 1.0)
            before = removed, weights
            better = weights * (noise / removed) ** (1.0 / slope)
            weights = torch.where(removed > 0, better, weights).clamp_max(LARGEST_WEIGHT)
        return weights


def denoise(noisy: Tensor, weights: Tensor, *, iterations: int, coupled: bool) -> Tensor:
    """Solve the model for N,C,H,W with ``weights`` λ (N,1,1,1); λ of 0 returns the picture.

    The dual field p (N,C,2,H,W, ‖p‖₂ ≤ 1 at every pixel) is improved by p ← P(q + ∇(y + λ div q)/(8λ)), where q runs
    ahead of p by Nesterov's rule and 8 bounds ‖∇‖²; the estimate is y + λ div p.
    """
    step = torch.where(weights > 0, 1.0 / (8.0 * weights.clamp_min(1e-12)), 0.0)[:, :, None]
    field = gradient(torch.zeros_like(noisy))
    ahead, pace = field, 1.0
    for _ in range(iterations):
        following = gradient(divergence(ahead).mul_(weights).add_(noisy)).mul_(step).add_(ahead)
        length = following.square().sum(dim=(1, 2) if coupled else 2, keepdim=True).sqrt_().clamp_min_(1.0)
        following.div_(length)
        following_pace = (1.0 + math.sqrt(1.0 + 4.0 * pace**2)) / 2.0
        ahead = torch.lerp(field, following, 1.0 + (pace - 1.0) / following_pace)
        field, pace = following, following_pace
    return divergence(field).mul_(weights).add_(noisy)


def gradient(picture: Tensor) -> Tensor:
    """Differences to the pixel below and to that on the right: N,C,H,W → N,C,2,H,W; 0 at the last row and column."""
    differences = picture.new_zeros(*picture.shape[:2], 2, *picture.shape[2:])
    torch.sub(picture[..., 1:, :], picture[..., :-1, :], out=differences[:, :, 0, :-1])
    torch.sub(picture[..., 1:], picture[..., :-1], out=differences[:, :, 1, :, :-1])
    return differences


def divergence(field: Tensor) -> Tensor:
    """The negative transpose of ``gradient``: N,C,2,H,W → N,C,H,W."""
    down, right = field[:, :, 0], field[:, :, 1]
    total = torch.zeros_like(down)
    total[..., :-1, :] += down[..., :-1, :]
    total[..., 1:, :] -= down[..., :-1, :]
    total[..., :-1] += right[..., :-1]
    total[..., 1:] -= right[..., :-1]
    return total
