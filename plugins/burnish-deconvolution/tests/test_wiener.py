"""Wiener deconvolution against scikit-image, the closed form and common sense."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from burnish_deconvolution.solvers.wiener import Wiener
from torch import Tensor

Scene = Callable[..., Tensor]
Blurred = Callable[..., tuple[Tensor, Tensor]]


def test_it_is_scikit_image_s_filter_with_the_documented_noise_to_signal_ratio(
    scene: Scene, shake: Tensor, blurred: Blurred
) -> None:
    restoration = pytest.importorskip("skimage.restoration")
    sigma, size = 0.01, (48, 51)
    degraded, _ = blurred(scene(*size).double(), shake.double(), sigma=sigma, boundary="circular")
    spot = np.zeros(size)
    spot[:13, :13] = shake
    otf = np.fft.fft2(np.roll(spot, (-6, -6), (0, 1)))
    down, right = np.zeros(size), np.zeros(size)
    down[0, 0] = right[0, 0] = -1
    down[1, 0] = right[0, 1] = 1
    slope = np.abs(np.fft.fft2(down)) ** 2 + np.abs(np.fft.fft2(right)) ** 2
    power = np.abs(np.fft.fft2(degraded[0, 0])) ** 2 / degraded.numel()
    weight = np.abs(otf) ** 2
    variance = (weight * slope * (power - sigma**2)).sum() / (weight**2).sum()
    expected = restoration.wiener(
        degraded[0, 0].numpy(),
        shake.double().numpy(),
        2 * sigma**2 / variance,
        reg=np.sqrt(slope) + 0j,
        is_real=False,
        clip=False,
    )
    restorer = Wiener(balance=2.0, boundary="circular")
    found = restorer(degraded, kernel=shake[None].double(), sigma=torch.tensor([sigma], dtype=torch.float64))
    assert np.allclose(found[0, 0], np.real(expected), atol=1e-6)


def test_without_blur_and_noise_the_picture_comes_back(scene: Scene) -> None:
    x = scene(20, 23)
    assert torch.allclose(Wiener()(x, kernel=torch.ones(1, 1, 1), sigma=torch.zeros(1)), x, atol=1e-4)


@pytest.mark.parametrize("boundary", ["circular", "unknown"])
def test_it_halves_the_squared_error_of_a_blurred_picture(
    boundary: str, scene: Scene, shake: Tensor, blurred: Blurred
) -> None:
    degraded, clean = blurred(scene(96, 96), shake, sigma=0.005, boundary=boundary)
    restorer = Wiener(boundary=boundary)  # type: ignore[arg-type]
    found = restorer(degraded, kernel=shake[None], sigma=torch.tensor([0.005]))
    assert (found - clean).square().mean() < 0.5 * (degraded - clean).square().mean()


def test_more_noise_is_smoothed_more(scene: Scene, shake: Tensor, blurred: Blurred) -> None:
    degraded, _ = blurred(scene(40, 40), shake, sigma=0.01, boundary="circular")
    restorer = Wiener(boundary="circular")
    rough, smooth = (
        restorer(degraded, kernel=shake[None], sigma=torch.tensor([sigma])).diff().std() for sigma in (0.003, 0.05)
    )
    assert smooth < rough


def test_a_constant_picture_stays_as_it_is_up_to_its_border(shake: Tensor) -> None:
    grey = torch.full((1, 3, 30, 34), 0.4)
    found = Wiener()(grey, kernel=shake[None], sigma=torch.tensor([0.01]))
    assert torch.allclose(found, grey, atol=2e-3)


def test_the_gradient_reaches_picture_and_kernel(scene: Scene, shake: Tensor) -> None:
    degraded, kernel = scene(16, 16).requires_grad_(), shake[None].clone().requires_grad_()
    Wiener(steps=3)(degraded, kernel=kernel, sigma=torch.tensor([0.02])).square().mean().backward()
    for tensor in (degraded, kernel):
        assert tensor.grad is not None
        assert torch.isfinite(tensor.grad).all()
        assert tensor.grad.any()
