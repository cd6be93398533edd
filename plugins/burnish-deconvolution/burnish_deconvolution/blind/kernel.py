"""The kernel that maps the edges of one picture to those of another: a small quadratic problem."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

Gradients = tuple[Tensor, Tensor]
"""Derivatives to the right and down of one picture, each H,W."""


def fit_kernel(sharp: Gradients, blurred: Gradients, side: int, *, weight: float, steps: int = 200) -> Tensor:
    """The kernel k ≥ 0 that blurs ``sharp`` to ``blurred``.

        argmin_{k ≥ 0} ½ Σ_d ‖k * ∂_d x − ∂_d y‖² + ½ γ ‖k‖²

    In the domain of gradients, as S. Cho, S. Lee, "Fast Motion Deblurring", doi:10.1145/1618452.1618491, have it.

    Args:
        sharp: ∂x of the latent picture.
        blurred: ∂y of the observation.
        side: k's side in pixels, odd.
        weight: γ, in squared [0, 1] units.
        steps: Iterations of the solver.

    Returns:
        side,side, float32, non-negative, convolution orientation; its sum tells the contrast that ``sharp`` lacks.
    """
    gram, correlation = normal_equations(sharp, blurred, side)
    return minimise(gram, correlation, weight=weight, steps=steps).float()


def normal_equations(sharp: Gradients, blurred: Gradients, side: int) -> tuple[Tensor, Tensor]:
    """Autocorrelation of ``sharp`` (2·side−1 squared) and its correlation with ``blurred`` (side squared), float64.

    Edges of ``sharp`` that lie within half a kernel of the border are left out, for part of their blur was never
    recorded; so nothing wraps around either.
    """
    half = side // 2
    height, width = sharp[0].shape
    inside = functional.pad(
        sharp[0].new_ones(max(0, height - 2 * half), max(0, width - 2 * half)), (half, half, half, half)
    )
    spectra = [torch.fft.rfft2(part * inside) for part in sharp]
    others = [torch.fft.rfft2(part) for part in blurred]
    power = spectra[0].abs().square() + spectra[1].abs().square()
    cross = spectra[0].conj() * others[0] + spectra[1].conj() * others[1]
    gram = torch.fft.irfft2(power, s=(height, width)).roll((side - 1, side - 1), (0, 1))
    correlation = torch.fft.irfft2(cross, s=(height, width)).roll((half, half), (0, 1))
    return gram[: 2 * side - 1, : 2 * side - 1].double(), correlation[:side, :side].double()


def minimise(gram: Tensor, correlation: Tensor, *, weight: float, steps: int) -> Tensor:
    """argmin_{k ≥ 0} ½ ⟨k, g * k⟩ − ⟨k, h⟩ + ½ γ ‖k‖² by accelerated projected gradients.

    Args:
        gram: g, 2·side−1 squared, an autocorrelation with its middle in the middle.
        correlation: h, side,side.
        weight: γ.
        steps: Iterations.

    Reference: A. Beck, M. Teboulle, doi:10.1137/080716542; it restarts where it overshoots, as B. O'Donoghue and
    E. Candès propose, doi:10.1007/s10208-013-9150-3.
    """
    side = correlation.shape[-1]
    size = (3 * side - 2, 3 * side - 2)
    laid = functional.pad(gram, (0, side - 1, 0, side - 1)).roll((1 - side, 1 - side), (0, 1))
    spectrum = torch.fft.rfft2(laid)
    rate = 1.0 / (float(spectrum.abs().max()) + weight + torch.finfo(torch.float64).tiny)
    kernel = ahead = torch.zeros_like(correlation)
    momentum = 1.0
    for _ in range(steps):
        blurred = torch.fft.irfft2(torch.fft.rfft2(ahead, s=size) * spectrum, s=size)[:side, :side]
        new = (ahead - rate * (blurred + weight * ahead - correlation)).clamp_min(0.0)
        if float(((ahead - new) * (new - kernel)).sum()) > 0:
            momentum = 1.0
        grown = (1.0 + (1.0 + 4.0 * momentum**2) ** 0.5) / 2.0
        ahead = new + (momentum - 1.0) / grown * (new - kernel)
        kernel, momentum = new, grown
    return kernel
