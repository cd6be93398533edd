"""Deconvolution with a hyper-Laplacian prior on the derivatives (Krishnan and Fergus 2009)."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from burnish_deconvolution.model.blur import Blur, filter_spectrum, picture, spectrum
from burnish_deconvolution.model.canvas import Boundary
from burnish_deconvolution.model.recorded import Recorded
from burnish_deconvolution.model.transfers import TransferName
from burnish_deconvolution.solvers.deconvolver import Deconvolver
from burnish_deconvolution.solvers.quadratic import LEAST_SIGMA, DataTerm

Taps = Sequence[Sequence[float]]
"""A small filter, row by row."""

FIRST_ORDER: tuple[Taps, ...] = (((-1.0, 1.0),), ((-1.0,), (1.0,)))
"""Differences to the right and down."""
SECOND_ORDER: tuple[Taps, ...] = (((-1.0, 2.0, -1.0),), ((-1.0,), (2.0,), (-1.0,)), ((1.0, -1.0), (-1.0, 1.0)))
"""Second differences across, down and mixed (Levin et al. 2007, doi:10.1145/1276377.1276464)."""


class HyperLaplacian(Deconvolver):
    """x̂ = argmin ½ ‖√M (K x − y)‖² + μ Σⱼ wⱼ Σ |fⱼ ∗ x|^α with μ = ``weight`` · σ², half-quadratically.

    fⱼ are first and, with weight ``second_order``, second differences. Every stage alternates once between the exact
    solution for auxiliary gradients, |z|^α + β/2 (z − v)² pixel by pixel, and the quadratic problem in x, and β grows
    from 1 by ``growth`` up to ``most``.

    Reference: D. Krishnan, R. Fergus, "Fast Image Deconvolution using Hyper-Laplacian Priors", NIPS 2009.
    """

    def __init__(
        self,
        *,
        alpha: float = 2.0 / 3.0,
        weight: float = 4.0,
        second_order: float = 0.25,
        growth: float = 2.0,
        most: float = 1024.0,
        rounds: int = 1,
        steps: int = 5,
        boundary: Boundary = "unknown",
        transfer: TransferName = "linear",
    ) -> None:
        super().__init__(boundary=boundary, transfer=transfer)
        self.alpha = alpha
        self.weight = weight
        self.second_order = second_order
        self.betas = _stages(growth, most)
        self.rounds = rounds
        self.steps = steps

    def _scene(self, recorded: Recorded, blur: Blur, sigma: Tensor) -> Tensor:
        """The scene on the whole canvas."""
        x, size = recorded.start, recorded.canvas.size
        data = DataTerm(blur, recorded, sigma, steps=self.steps)
        strength = self.weight * sigma.clamp_min(LEAST_SIGMA).square()
        filters = [(taps, 1.0) for taps in FIRST_ORDER]
        if self.second_order > 0:
            filters += [(taps, self.second_order) for taps in SECOND_ORDER]
        power = sum(share * filter_spectrum(taps, size, x).abs().square() for taps, share in filters)
        coefficients = spectrum(x)
        for beta in self.betas:
            for _ in range(self.rounds):
                wanted = torch.zeros_like(x)
                for taps, share in filters:
                    wanted += share * adjoint(shrink(filtered(x, taps), beta, self.alpha), taps)
                right = beta * strength * spectrum(wanted)
                coefficients = data.solve(beta * strength * power, right, coefficients)
                x = picture(coefficients, size)
        return x


def filtered(x: Tensor, taps: Taps) -> Tensor:
    """The circular convolution f ∗ x, with the filter's first tap at (0, 0)."""
    found = torch.zeros_like(x)
    for down, right, tap in _nonzero(taps):
        found.add_(torch.roll(x, (down, right), (-2, -1)), alpha=tap)
    return found


def adjoint(z: Tensor, taps: Taps) -> Tensor:
    """The transpose of ``filtered``."""
    found = torch.zeros_like(z)
    for down, right, tap in _nonzero(taps):
        found.add_(torch.roll(z, (-down, -right), (-2, -1)), alpha=tap)
    return found


def shrink(v: Tensor, beta: float, alpha: float) -> Tensor:
    """The argmin over z of |z|^α + β/2 (z − v)², for 0 < α ≤ 1, pixel by pixel.

    Scaling z by s = β^(−1/(2−α)) turns every β into 1. There the minimiser is 0 up to |v| = τ (the closed form below)
    and beyond it the larger root of α z^(α−1) + z = |v|, which Newton's method approaches from above.
    """
    if alpha == 1.0:
        return v.sign() * (v.abs() - 1.0 / beta).clamp_min(0.0)
    scale = beta ** (-1.0 / (2.0 - alpha))
    size = v.abs() / scale
    threshold = (2.0 - alpha) / (2.0 * (1.0 - alpha)) * (2.0 * (1.0 - alpha)) ** (1.0 / (2.0 - alpha))
    bounded = size.clamp_min(threshold)
    z = bounded - alpha * bounded ** (alpha - 1.0)
    for _ in range(_NEWTON):
        slope = alpha * z ** (alpha - 1.0)
        z = z - (slope + z - bounded) / (1.0 - (1.0 - alpha) * slope / z)
    return torch.where(size > threshold, z * v.sign() * scale, torch.zeros_like(v))


_NEWTON = 3


def _stages(growth: float, most: float) -> list[float]:
    betas, beta = [], 1.0
    while beta <= most:
        betas.append(beta)
        beta *= growth
    return betas


def _nonzero(taps: Taps) -> list[tuple[int, int, float]]:
    return [(down, right, tap) for down, row in enumerate(taps) for right, tap in enumerate(row) if tap]
