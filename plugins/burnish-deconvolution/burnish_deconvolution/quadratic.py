"""Least squares with a known kernel: exactly where the picture is periodic, by conjugate gradients where it ends."""

from __future__ import annotations

import torch
from torch import Tensor

from burnish_deconvolution.blur import Blur, hermitian_weights, picture, spectrum


class DataTerm:
    """‖M (K x − y)‖² for one batch of channels, with the solution of all quadratic problems that contain it.

    M is the canvas's mask. ``solve`` minimises ``‖M (K x − y)‖² + Σⱼ ρⱼ ‖Fⱼ x − wⱼ‖²``, whose normal equations are

        (Kᵀ M K + Σⱼ ρⱼ Fⱼᵀ Fⱼ) x = Kᵀ M y + Σⱼ ρⱼ Fⱼᵀ wⱼ.

    Without a mask they are diagonal in Fourier space. With one they are solved there by conjugate gradients,
    preconditioned with the diagonal that they would have without it: both differ only by what the margin contributes,
    so a few steps of two transforms suffice. (The first step alone fills the margin with its expectation, as in Reeves
    2005, doi:10.1109/TIP.2005.854474.)
    """

    def __init__(self, blur: Blur, degraded: Tensor, *, steps: int = 8) -> None:
        self.blur = blur
        self.steps = steps
        self.mask = blur.canvas.mask(degraded)
        self.power = blur.otf.abs().square()
        self.observed = blur.otf.conj() * spectrum(blur.canvas.place(degraded))
        self._weights = hermitian_weights(blur.canvas.columns, degraded)

    def solve(self, prior: Tensor, wanted: Tensor | None, start: Tensor) -> Tensor:
        """The minimiser's spectrum.

        Args:
            prior: Σⱼ ρⱼ |Fⱼ|², real, positive wherever the kernel's spectrum vanishes; broadcasts over N,1.
            wanted: The spectrum of Σⱼ ρⱼ Fⱼᵀ wⱼ; None: 0.
            start: Spectrum of a first guess, used where there is a mask.
        """
        right = self.observed if wanted is None else self.observed + wanted
        diagonal = self.power + prior
        if self.mask is None:
            return right / diagonal
        x = start
        residual = right - self._apply(x, prior)
        direction = scaled = residual / diagonal
        energy = self._inner(residual, scaled)
        for step in range(self.steps):
            image = self._apply(direction, prior)
            length = energy / self._inner(direction, image).clamp_min(_TINY)
            x = x + length * direction
            if step + 1 == self.steps:
                break
            residual = residual - length * image
            scaled = residual / diagonal
            before, energy = energy, self._inner(residual, scaled)
            direction = scaled + (energy / before.clamp_min(_TINY)) * direction
        return x

    def _apply(self, x: Tensor, prior: Tensor) -> Tensor:
        """The spectrum of (Kᵀ M K + Σ ρ FᵀF) x."""
        blurred = picture(self.blur.otf * x, self.blur.canvas.size)
        if self.mask is not None:
            blurred = blurred * self.mask
        return self.blur.otf.conj() * spectrum(blurred) + prior * x

    def _inner(self, a: Tensor, b: Tensor) -> Tensor:
        """The pictures' inner products (times a constant) from their spectra: N,C,1,1."""
        return ((a.real * b.real + a.imag * b.imag) * self._weights).sum(dim=(-2, -1), keepdim=True)


_TINY = torch.finfo(torch.float32).tiny
