"""Wiener deconvolution against scikit-image, the closed form and common sense."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from burnish_deconvolution.model.blur import Blur, spectrum
from burnish_deconvolution.model.canvas import canvas_for
from burnish_deconvolution.model.recorded import Recorded
from burnish_deconvolution.solvers.wiener import Wiener, _gradient_variance, gradient_power
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


def test_with_an_unknown_border_it_solves_the_dense_normal_equations(scene: Scene, shake: Tensor) -> None:
    degraded, kernel, sigma = scene(14, 17)[..., 1:, 1:].double(), shake[None].double(), 0.05
    noise = torch.full((1, 1, 1, 1), sigma, dtype=torch.float64)
    canvas = canvas_for(13, 16, side=13, boundary="unknown")
    blur, recorded = Blur(kernel, canvas), Recorded(degraded, canvas)
    count = canvas.rows * canvas.columns
    units = torch.eye(count, dtype=torch.float64).reshape(count, 1, *canvas.size)
    blurring = blur.forward(units).reshape(count, count).T
    slopes = [(units.roll(-1, axis) - units).reshape(count, count).T for axis in (-2, -1)]
    seen = canvas.place(torch.ones_like(degraded)).flatten()
    slope = gradient_power(canvas.size, degraded)
    variance = _gradient_variance(spectrum(recorded.start), blur.power, slope, noise, canvas)
    ratio = 3.0 * sigma**2 / float(variance)
    system = blurring.T @ (seen[:, None] * blurring) + ratio * sum(step.T @ step for step in slopes)
    expected = torch.linalg.solve(system, blurring.T @ canvas.place(degraded).flatten()).reshape(1, 1, *canvas.size)
    found = Wiener(steps=200)(degraded, kernel=kernel, sigma=noise.flatten())
    assert torch.allclose(found, canvas.crop(expected), atol=1e-5)


def test_colours_that_differ_little_gain_from_being_restored_as_luma_and_chroma(
    scene: Scene, shake: Tensor, blurred: Blurred
) -> None:
    degraded, clean = blurred(scene(96, 96, 3), shake, sigma=0.01, boundary="circular")
    known = {"kernel": shake[None], "sigma": torch.tensor([0.01])}
    solve = Wiener(boundary="circular")
    alone = torch.cat([solve(degraded[:, i : i + 1], **known) for i in range(3)], dim=1)
    assert (solve(degraded, **known) - clean).square().mean() < 0.8 * (alone - clean).square().mean()


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
