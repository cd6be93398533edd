"""The kernel that maps the edges of one picture to those of another: a small quadratic problem."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from burnish_deconvolution.model.canvas import fast_length

Gradients = tuple[Tensor, Tensor]
"""Derivatives to the right and down of one picture, each H,W."""
TOLERANCE = 2e-4
"""Relative change of the kernel in one step at which a fit ends: what is left is far below the kernel's threshold."""
LOOK = 8
"""After so many steps, and again, the change is measured."""


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
    return minimise(gram, correlation, weight=weight, steps=steps, tolerance=TOLERANCE).float()


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


def minimise(gram: Tensor, correlation: Tensor, *, weight: float, steps: int, tolerance: float = 0.0) -> Tensor:
    """argmin_{k ≥ 0} ½ ⟨k, g * k⟩ − ⟨k, h⟩ + ½ γ ‖k‖² by accelerated projected gradients.

    Args:
        gram: g, 2·side−1 squared, an autocorrelation with its middle in the middle.
        correlation: h, side,side.
        weight: γ.
        steps: Iterations at most.
        tolerance: Relative change of k in one step at which they end.

    Reference: A. Beck, M. Teboulle, doi:10.1137/080716542; it restarts where it overshoots, as B. O'Donoghue and
    E. Candès propose, doi:10.1007/s10208-013-9150-3.
    """
    side = correlation.shape[-1]
    length = fast_length(2 * side - 1)
    size, rest = (length, length), length - 2 * side + 1
    laid = functional.pad(gram, (0, rest, 0, rest)).roll((1 - side, 1 - side), (0, 1))
    spectrum = torch.fft.rfft2(laid).real + weight
    rate = 1.0 / (float(spectrum.abs().max()) + torch.finfo(torch.float64).tiny)
    kernel = ahead = torch.zeros_like(correlation)
    momentum = 1.0
    for step in range(1, steps + 1):
        slope = torch.fft.irfft2(torch.fft.rfft2(ahead, s=size) * spectrum, s=size)[:side, :side] - correlation
        new = (ahead - rate * slope).clamp_min(0.0)
        change = new - kernel
        if float(((ahead - new) * change).sum()) > 0:
            momentum = 1.0
        grown = (1.0 + (1.0 + 4.0 * momentum**2) ** 0.5) / 2.0
        ahead = new + (momentum - 1.0) / grown * change
        kernel, momentum = new, grown
        if step % LOOK == 0 and float(change.norm()) < tolerance * float(new.norm()):
            break
    return kernel
