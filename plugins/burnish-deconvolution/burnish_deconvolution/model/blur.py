"""The forward model in Fourier space: circular convolution on a canvas with one kernel per picture, and its adjoint."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import torch
from torch import Tensor

from burnish_deconvolution.model.canvas import Canvas


class Blur:
    """K x = k ∗ x for N,C,rows,columns; multiplication by the kernel's spectrum ``otf`` (N,1,rows,columns/2+1)."""

    def __init__(self, kernel: Tensor, canvas: Canvas) -> None:
        self.canvas = canvas
        self.otf = spectrum(centred(kernel, canvas.size))

    @cached_property
    def power(self) -> Tensor:
        """The squared magnitude of ``otf``."""
        return self.otf.real.square() + self.otf.imag.square()

    def forward(self, x: Tensor) -> Tensor:
        """K x."""
        return picture(self.otf * spectrum(x), self.canvas.size)

    def adjoint(self, y: Tensor) -> Tensor:
        """Kᵀ y: correlation."""
        return picture(self.otf.conj() * spectrum(y), self.canvas.size)


def spectrum(x: Tensor) -> Tensor:
    """The half of the discrete Fourier transform that a real picture needs: …,H,W → …,H,W/2+1 complex."""
    coefficients: Tensor = torch.fft.rfft2(x)
    return coefficients


def picture(coefficients: Tensor, size: tuple[int, int]) -> Tensor:
    """The inverse of ``spectrum``."""
    x: Tensor = torch.fft.irfft2(coefficients, s=size)
    return x


def centred(kernel: Tensor, size: tuple[int, int]) -> Tensor:
    """N,k,k → N,1,rows,columns with the kernel's middle at (0, 0), wrapped; a larger kernel is folded."""
    count, side = kernel.shape[0], kernel.shape[-1]
    places = torch.arange(side, device=kernel.device) - side // 2
    folded = kernel.new_zeros(count, size[0], side).index_add(1, places % size[0], kernel)
    return kernel.new_zeros(count, *size).index_add(2, places % size[1], folded)[:, None]


def filter_spectrum(taps: Sequence[Sequence[float]], size: tuple[int, int], like: Tensor) -> Tensor:
    """The spectrum 1,1,rows,columns/2+1 of a small filter whose first tap is at (0, 0)."""
    values = like.new_tensor(taps)
    rows = torch.arange(values.shape[0], device=like.device) % size[0]
    columns = torch.arange(values.shape[1], device=like.device) % size[1]
    folded = like.new_zeros(size[0], values.shape[1]).index_add(0, rows, values)
    return spectrum(like.new_zeros(size).index_add(1, columns, folded))[None, None]


def hermitian_weights(columns: int, like: Tensor) -> Tensor:
    """The number of occurrences of each column of the half spectrum in the whole one."""
    weights = like.new_full((columns // 2 + 1,), 2.0)
    weights[0] = 1.0
    if columns % 2 == 0:
        weights[-1] = 1.0
    return weights
