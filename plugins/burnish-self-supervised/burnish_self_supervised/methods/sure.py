"""Estimates of the mean squared error from noisy pictures alone, with the divergence by one random probe.

Stein 1981 (doi 10.1214/aos/1176345632) for Gaussian noise; Luisier et al. 2011 and Le Montagner et al. 2014 (doi
10.1109/TIP.2014.2327818) for Poisson noise, of which the first order is used: exact for linear restorers; Ramani et al.
2008 (doi 10.1109/TIP.2008.2001404) for the probe. UNSURE, Tachella et al. 2025 (arXiv 2409.01985), for unknown noise.
"""

from __future__ import annotations

import torch
from torch import Tensor


def signs(shape: tuple[int, ...], *, generator: torch.Generator) -> Tensor:
    """Independent −1 and 1, equally likely: float32, on the CPU."""
    return torch.randint(2, shape, generator=generator).mul_(2).sub_(1).float()


def derivatives(estimate: Tensor, probed: Tensor, probe: Tensor, *, step: float) -> Tensor:
    """``b · (f(y + step · b) − f(y)) / step`` for a probe b of signs: N,C,H,W, float32.

    Its expectation over probes is ∂f/∂y of every pixel with respect to itself, up to terms of order step².

    Args:
        estimate: f(y), N,C,H,W.
        probed: f(y + step · b).
        probe: b.
        step: In units of [0, 1].
    """
    return probe * (probed.float() - estimate.float()) / step


def risk(degraded: Tensor, estimate: Tensor, variance: Tensor, derivative: Tensor) -> Tensor:
    """``mean (f(y) − y)² − v + 2 v ∂f/∂y`` over all pixels of every picture: N, float32.

    Its expectation is the mean squared error to the clean picture, where v is the variance of the noise, or, of noise
    that depends on the value, an unbiased estimate of it (``NoiseLevel.variance(y)``).
    """
    squares = (estimate.float() - degraded).square() + variance * (2.0 * derivative - 1.0)
    return squares.flatten(1).mean(dim=1)


def lagrangian(degraded: Tensor, estimate: Tensor, derivative: Tensor, multipliers: tuple[Tensor, Tensor]) -> Tensor:
    """UNSURE's: ``mean (f(y) − y)² + 2 (γ y + η) ∂f/∂y`` over all pixels of every picture: N, float32.

    Args:
        degraded: y, N,C,H,W, its offset taken away.
        estimate: f(y).
        derivative: Of ``derivatives``.
        multipliers: γ and η, scalars: of the constraints E Σ y ∂f/∂y = 0 and E Σ ∂f/∂y = 0. Where those hold, they are
            what the noise looks like: its gain and the variance of its Gaussian part.
    """
    gain, variance = multipliers
    squares = (estimate.float() - degraded).square() + 2.0 * (gain * degraded + variance) * derivative
    return squares.flatten(1).mean(dim=1)


def constraints(degraded: Tensor, derivative: Tensor) -> Tensor:
    """``mean y ∂f/∂y`` and ``mean ∂f/∂y`` over all pixels of all pictures: 2, float32; zero at UNSURE's optimum."""
    return torch.stack([(degraded * derivative).mean(), derivative.mean()]).detach()


def ascended(multipliers: Tensor, velocity: Tensor, gradient: Tensor, *, rate: float, momentum: float) -> None:
    """One step of the multipliers 2 up the Lagrangian, in place, by exponentiated gradient: they stay positive.

    ``v ← momentum · v + (1 − momentum) · g; m ← m · exp(rate · v)``, v limited to ±1: a restorer that has not yet
    followed its multipliers must not drive them away.
    """
    velocity.mul_(momentum).add_(gradient, alpha=1.0 - momentum)
    multipliers.mul_((rate * velocity.clamp(-1.0, 1.0)).exp())


def rough_variance(degraded: Tensor) -> Tensor:
    """A robust estimate of the noise's variance, of each picture: N, from the differences of diagonal neighbours.

    ``(median |d| / 0.6745)²`` of ``d = (y₀₀ − y₀₁ − y₁₀ + y₁₁) / 2`` (Donoho and Johnstone 1994,
    doi 10.1093/biomet/81.3.425): too large where there is much detail.
    """
    top, bottom = degraded[..., :-1, :], degraded[..., 1:, :]
    detail = (top[..., :-1] - top[..., 1:] - bottom[..., :-1] + bottom[..., 1:]) / 2.0
    return (detail.abs().flatten(1).median(dim=1).values / 0.6745).square()
