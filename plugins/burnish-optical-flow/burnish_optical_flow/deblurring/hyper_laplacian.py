"""Deconvolution of any linear blur: natural pictures have few large gradients and many small ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.float32]


class Blur(Protocol):
    """A linear operator and its transpose on arrays of rows, columns and channels."""

    def A(self, x: Pixels) -> Pixels:  # noqa: N802
        """Blur."""
        ...

    def A_adjoint(self, y: Pixels) -> Pixels:  # noqa: N802
        """The transpose."""
        ...


@dataclass(frozen=True, kw_only=True)
class HyperLaplacian:
    """x minimizing ½‖A x − y‖² + μ Σ |∇x|^α, by the alternating direction method of multipliers.

    With d standing for ∇x and the scaled multiplier b, each iteration solves (AᵀA + ρ∇ᵀ∇) x = Aᵀy + ρ∇ᵀ(d − b) by a few
    conjugate gradient steps from the last x, shrinks ∇x + b to d, and adds what remains of ∇x − d to b.

    References: D. Krishnan, R. Fergus, "Fast Image Deconvolution using Hyper-Laplacian Priors", NIPS 2009; S. Boyd et
    al., doi:10.1561/2200000016.
    """

    strength: float
    """μ; grows with the noise."""
    exponent: float = 0.8
    """α: 1 is total variation, less is sparser."""
    penalty: float = 0.02
    """ρ: how closely d follows ∇x; it sets the pace, not the end where α = 1."""
    iterations: int = 15
    """Of the method."""
    solver_iterations: int = 6
    """Conjugate gradient steps in each."""

    def __call__(self, blur: Blur, blurred: Pixels, start: Pixels) -> Pixels:
        """Deconvolve ``blurred`` from ``start``, which has the size that ``blur`` takes."""
        x = start.copy()
        known = blur.A_adjoint(blurred)
        across, down = gradient(x)
        split = [np.zeros_like(across), np.zeros_like(down)]
        multiplier = [np.zeros_like(across), np.zeros_like(down)]
        for _ in range(self.iterations):
            for i, slope in enumerate((across, down)):
                split[i] = self.shrunk(slope + multiplier[i])
                multiplier[i] += slope - split[i]
            wanted = known + self.penalty * gradient_adjoint(split[0] - multiplier[0], split[1] - multiplier[1])
            x = conjugate_gradients(lambda z: self._normal(blur, z), wanted, x, iterations=self.solver_iterations)
            across, down = gradient(x)
        return x

    def shrunk(self, slope: Pixels) -> Pixels:
        """The d that minimises μ/ρ |d|^α + ½ (d − slope)², elementwise: Newton steps from |slope|, or 0 if better."""
        weight = np.float32(self.strength / self.penalty)
        size = np.abs(slope)
        if self.exponent == 1:
            return np.asarray(np.sign(slope) * np.maximum(size - weight, 0), np.float32)
        alpha = np.float32(self.exponent)
        lowest = (weight * alpha * (1 - alpha)) ** (1 / (2 - alpha))  # below, the objective is concave
        d = np.maximum(size, lowest)
        for _ in range(4):
            pull = weight * alpha * d ** (alpha - 1)
            d = np.maximum(d - (pull + d - size) / np.maximum(1 - pull * (1 - alpha) / d, 1e-3), lowest)
        better = weight * d**alpha + 0.5 * (d - size) ** 2 < 0.5 * size**2
        return np.asarray(np.where(better, np.sign(slope) * d, 0), np.float32)

    def _normal(self, blur: Blur, x: Pixels) -> Pixels:
        """(AᵀA + ρ∇ᵀ∇) x."""
        return blur.A_adjoint(blur.A(x)) + np.float32(self.penalty) * gradient_adjoint(*gradient(x))


def gradient(x: Pixels) -> tuple[Pixels, Pixels]:
    """Differences to the next column, H,W−1,C, and to the next row, H−1,W,C."""
    return x[:, 1:] - x[:, :-1], x[1:] - x[:-1]


def gradient_adjoint(across: Pixels, down: Pixels) -> Pixels:
    """The transpose of ``gradient``."""
    result = np.zeros((across.shape[0], down.shape[1], across.shape[2]), np.float32)
    result[:, 1:] += across
    result[:, :-1] -= across
    result[1:] += down
    result[:-1] -= down
    return result


def conjugate_gradients(apply: Callable[[Pixels], Pixels], wanted: Pixels, start: Pixels, *, iterations: int) -> Pixels:
    """An approximate x with apply(x) = wanted, for a symmetric positive definite ``apply``; each channel separately."""
    x = start.copy()
    residual = wanted - apply(x)
    direction = residual.copy()
    power = (residual * residual).sum(axis=(0, 1), dtype=np.float64)
    for _ in range(iterations):
        image = apply(direction)
        curvature = (direction * image).sum(axis=(0, 1), dtype=np.float64)
        step = np.divide(power, curvature, out=np.zeros_like(power), where=curvature > 1e-20).astype(np.float32)
        x += step * direction
        residual -= step * image
        before, power = power, (residual * residual).sum(axis=(0, 1), dtype=np.float64)
        share = np.divide(power, before, out=np.zeros_like(power), where=before > 1e-20).astype(np.float32)
        direction = residual + share * direction
    return x
