"""Total-variation deconvolution by the alternating direction method of multipliers, with a masked border."""

from __future__ import annotations

import torch
from torch import Tensor

from burnish_deconvolution.model.blur import Blur, picture, spectrum
from burnish_deconvolution.model.canvas import Boundary
from burnish_deconvolution.model.recorded import Recorded
from burnish_deconvolution.model.transfers import TransferName
from burnish_deconvolution.solvers.deconvolver import Deconvolver
from burnish_deconvolution.solvers.quadratic import LEAST_SIGMA
from burnish_deconvolution.solvers.wiener import gradient_power

_CALM = 0.005
"""Noise below which the blurred picture is tied less: the border, which only this and the prior determine, would not
be found within the iterations."""


class AdmmTV(Deconvolver):
    """x̂ = argmin ½ ‖√M (K x − y)‖² + μ Σ |∇x|₂ with μ = ``weight`` · σ², the convex classic.

    With u = K x and v = ∇x every step is closed, whatever M is: u pixel by pixel, v by shrinking its length by
    μ/ρᵥ = ``threshold``, x in Fourier space. Under a circular boundary u is not split off.

    References: M. S. C. Almeida, M. A. T. Figueiredo, "Deconvolving images with unknown boundaries using the
    alternating direction method of multipliers", doi:10.1109/TIP.2013.2258354; A. Matakos, S. Ramani, J. A. Fessler,
    doi:10.1109/TIP.2013.2244218; L. I. Rudin, S. Osher, E. Fatemi, doi:10.1016/0167-2789(92)90242-F.
    """

    def __init__(
        self,
        *,
        weight: float = 10.0,
        iterations: int = 30,
        threshold: float = 0.03,
        splitting: float = 0.05,
        boundary: Boundary = "unknown",
        transfer: TransferName = "linear",
    ) -> None:
        super().__init__(boundary=boundary, transfer=transfer)
        self.weight = weight
        self.iterations = iterations
        self.threshold = threshold
        self.splitting = splitting

    def _scene(self, recorded: Recorded, blur: Blur, sigma: Tensor) -> Tensor:
        """The scene on the whole canvas."""
        x, size, mask = recorded.start, recorded.canvas.size, recorded.weight
        tied = 1.0 if mask is None else self.splitting * (sigma.clamp_min(LEAST_SIGMA) / _CALM).clamp_max(1.0)
        rho = self.weight * sigma.clamp_min(LEAST_SIGMA).square() / self.threshold
        inverse = 1.0 / (tied * blur.otf.abs().square() + rho * gradient_power(size, x)).clamp_min(1e-9)
        blurred, u, surplus_u = blur.forward(x), recorded.values, torch.zeros_like(x)
        surplus = [torch.zeros_like(x), torch.zeros_like(x)]
        for _ in range(self.iterations):
            if mask is not None:
                u = (mask * recorded.values + tied * (blurred - surplus_u)) / (mask + tied)
                surplus_u = surplus_u + u - blurred
            slopes = gradient(x)
            v = _shortened([g - s for g, s in zip(slopes, surplus, strict=True)], self.threshold)
            surplus = [s + each - g for s, each, g in zip(surplus, v, slopes, strict=True)]
            wanted = gradient_adjoint([each + s for each, s in zip(v, surplus, strict=True)])
            right = tied * blur.otf.conj() * spectrum(u + surplus_u) + rho * spectrum(wanted)
            coefficients = inverse * right
            x = picture(coefficients, size)
            if mask is not None:
                blurred = picture(blur.otf * coefficients, size)
        return x


def gradient(x: Tensor) -> list[Tensor]:
    """Forward differences down and to the right, circular."""
    return [torch.roll(x, -1, -2) - x, torch.roll(x, -1, -1) - x]


def gradient_adjoint(slopes: list[Tensor]) -> Tensor:
    """The transpose of ``gradient``."""
    down, right = slopes
    return torch.roll(down, 1, -2) - down + torch.roll(right, 1, -1) - right


def _shortened(slopes: list[Tensor], threshold: float) -> list[Tensor]:
    """Gradients shortened by ``threshold``; shorter ones become 0."""
    length = (slopes[0].square() + slopes[1].square()).sqrt()
    share = (1.0 - threshold / length.clamp_min(threshold)).clamp_min(0.0)
    return [share * each for each in slopes]
