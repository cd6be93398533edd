"""Least squares with a known kernel: exact if all pixels are recorded, otherwise by conjugate gradients."""

from __future__ import annotations

import torch
from torch import Tensor

from burnish_deconvolution.model.blur import Blur, hermitian_weights, picture, spectrum
from burnish_deconvolution.model.recorded import Recorded

MOST_STEPS = 60
"""Conjugate-gradient steps after which a problem counts as solved however low the noise is."""
ACCURACY = 0.005
"""Root-mean-square residual, in units of the noise, at which a problem counts as solved."""
LEAST_SIGMA = 5e-4
"""Least noise level, also for a noiseless picture: the rounding of 8 bit is 1.1e-3."""


class DataTerm:
    """‖√M (K x − y)‖² for one batch of channels, with a solver for all quadratic problems that contain it.

    M says how much each pixel of the canvas counts (see ``Recorded``). ``solve`` minimises
    ``‖√M (K x − y)‖² + Σⱼ ρⱼ ‖Fⱼ x − wⱼ‖²``, whose normal equations are

        (Kᵀ M K + Σⱼ ρⱼ Fⱼᵀ Fⱼ) x = Kᵀ M y + Σⱼ ρⱼ Fⱼᵀ wⱼ.

    Where all counts they are diagonal in Fourier space. Else they are solved there by conjugate gradients,
    preconditioned with the diagonal that they would have if all counted: both differ only by what the missing pixels
    contribute, so a few steps of two transforms bring the inside of a picture near the solution. (The first step alone
    fills the margin with its expectation, as in Reeves 2005, doi:10.1109/TIP.2005.854474.) The border takes the more
    steps the weaker the prior, that is the lower the noise: after ``steps`` they go on until the residual is a small
    part of the noise. Each picture of a batch stops by itself.
    """

    def __init__(self, blur: Blur, recorded: Recorded, sigma: Tensor, *, steps: int = 8) -> None:
        """``sigma``: the noise of each picture, N,1,1,1."""
        self.blur = blur
        self.mask = recorded.weight
        self.steps = steps
        self.power = blur.power
        rows, columns = blur.canvas.size
        self._weights = hermitian_weights(columns, recorded.values)
        self._enough = (ACCURACY * sigma.clamp_min(LEAST_SIGMA)).square() * (rows * columns) ** 2
        self._observed = self._back(recorded.values if self.mask is None else self.mask * recorded.values)

    def solve(self, prior: Tensor, wanted: Tensor | None, start: Tensor) -> Tensor:
        """The minimiser's spectrum.

        Args:
            prior: Σⱼ ρⱼ |Fⱼ|², real, positive wherever the kernel's spectrum vanishes; broadcasts over N,1.
            wanted: The spectrum of Σⱼ ρⱼ Fⱼᵀ wⱼ; None: 0.
            start: Spectrum of a first guess, used where something does not count.
        """
        right = self._observed if wanted is None else self._observed + wanted
        diagonal = self.power + prior
        if self.mask is None:
            return right / diagonal
        x = start
        residual = right - self._apply(x, prior)
        direction = scaled = residual / diagonal
        energy = self._inner(residual, scaled)
        for step in range(max(self.steps, MOST_STEPS)):
            going = energy > self._enough if step >= self.steps else torch.ones_like(energy, dtype=torch.bool)
            if step >= self.steps and not bool(going.any()):
                break
            image = self._apply(direction, prior)
            length = going * energy / self._inner(direction, image).clamp_min(_TINY)
            x = x + length * direction
            residual = residual - length * image
            scaled = residual / diagonal
            before, energy = energy, self._inner(residual, scaled)
            direction = scaled + (energy / before.clamp_min(_TINY)) * direction
        return x

    def _back(self, y: Tensor) -> Tensor:
        """The spectrum of Kᵀ y."""
        return self.blur.otf.conj() * spectrum(y)

    def _apply(self, x: Tensor, prior: Tensor) -> Tensor:
        """The spectrum of (Kᵀ M K + Σ ρ FᵀF) x."""
        blurred = picture(self.blur.otf * x, self.blur.canvas.size)
        return self._back(blurred if self.mask is None else blurred * self.mask) + prior * x

    def _inner(self, a: Tensor, b: Tensor) -> Tensor:
        """The pictures' inner products (up to a constant) from their spectra: N,C,1,1."""
        return ((a.real * b.real + a.imag * b.imag) * self._weights).sum(dim=(-2, -1), keepdim=True)


_TINY = torch.finfo(torch.float32).tiny
