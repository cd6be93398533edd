"""The forward model against SciPy, and its adjoint against its definition."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from burnish_deconvolution.model.blur import Blur, centred, filter_spectrum, picture, spectrum
from burnish_deconvolution.model.canvas import canvas_for
from scipy import ndimage, signal
from torch import Tensor


def random_kernel(side: int, seed: int = 0) -> Tensor:
    kernel = torch.rand(1, side, side, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    return kernel / kernel.sum()


@pytest.mark.parametrize("size", [(16, 20), (17, 23), (5, 30)])
def test_a_periodic_blur_is_scipy_s_wrapped_convolution(size: tuple[int, int]) -> None:
    kernel, x = random_kernel(5), torch.rand(1, 1, *size, dtype=torch.float64)
    found = Blur(kernel, canvas_for(*size, side=5, boundary="circular")).forward(x)
    assert np.allclose(found[0, 0], ndimage.convolve(x[0, 0].numpy(), kernel[0].numpy(), mode="wrap"))


def test_the_part_of_the_canvas_that_was_recorded_is_the_valid_convolution() -> None:
    kernel, scene = random_kernel(7), torch.rand(1, 1, 30, 26, dtype=torch.float64)
    canvas = canvas_for(24, 20, side=7, boundary="unknown")
    x = torch.zeros(1, 1, *canvas.size, dtype=torch.float64)
    x[..., :30, :26] = scene
    found = canvas.crop(Blur(kernel, canvas).forward(x))
    assert np.allclose(found[0, 0], signal.convolve2d(scene[0, 0], kernel[0], mode="valid"))


@pytest.mark.parametrize("boundary", ["circular", "unknown"])
def test_the_adjoint_is_the_transpose(boundary: str) -> None:
    canvas = canvas_for(13, 18, side=9, boundary=boundary)  # type: ignore[arg-type]
    blur = Blur(random_kernel(9), canvas)
    x, y = torch.rand(2, 1, 1, *canvas.size, dtype=torch.float64)
    assert torch.allclose((blur.forward(x) * y).sum(), (x * blur.adjoint(y)).sum())


def test_a_kernel_larger_than_the_picture_is_folded_and_keeps_its_sum() -> None:
    folded = centred(random_kernel(21), (4, 6))
    assert folded.shape == (1, 1, 4, 6)
    assert torch.allclose(folded.sum(), torch.ones((), dtype=torch.float64))


def test_each_picture_of_a_batch_has_its_own_kernel() -> None:
    kernels = torch.cat([random_kernel(5), random_kernel(5, seed=1)])
    canvas = canvas_for(12, 12, side=5, boundary="circular")
    x = torch.rand(2, 3, 12, 12, dtype=torch.float64)
    both = Blur(kernels, canvas).forward(x)
    assert torch.allclose(both[1:], Blur(kernels[1:], canvas).forward(x[1:]))


def test_a_filter_s_spectrum_correlates_like_numpy_s_roll() -> None:
    x = torch.rand(1, 1, 9, 12, dtype=torch.float64)
    down = picture(filter_spectrum([[-1.0], [1.0]], (9, 12), x) * spectrum(x), (9, 12))
    assert torch.allclose(down, torch.roll(x, 1, -2) - x)
