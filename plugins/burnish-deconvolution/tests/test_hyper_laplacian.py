"""The hyper-Laplacian solver: its shrinkage against a search, its limits, and what it gains."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from burnish_deconvolution.model.blur import filter_spectrum, picture, spectrum
from burnish_deconvolution.solvers.hyper_laplacian import (
    FIRST_ORDER,
    SECOND_ORDER,
    HyperLaplacian,
    Taps,
    adjoint,
    filtered,
    shrink,
)
from burnish_deconvolution.solvers.wiener import Wiener
from torch import Tensor

Scene = Callable[..., Tensor]
Blurred = Callable[..., tuple[Tensor, Tensor]]


@pytest.mark.parametrize("alpha", [0.5, 2 / 3, 0.8, 1.0])
@pytest.mark.parametrize("beta", [1.0, 32.0, 1024.0])
def test_the_shrinkage_costs_no_more_than_the_best_of_a_fine_search(alpha: float, beta: float) -> None:
    v = np.linspace(-2, 2, 101) * 4 * beta ** (-1 / (2 - alpha))

    def cost(z: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
        return np.abs(z) ** alpha + beta / 2 * (z - v[:, None]) ** 2

    found = shrink(torch.from_numpy(v), beta, alpha).numpy()
    grid = v[:, None] * np.linspace(0, 1, 2001)
    best = cost(grid).min(axis=1)
    assert (cost(found[:, None])[:, 0] <= best * (1 + 1e-6) + 1e-12).all()


@pytest.mark.parametrize("taps", [*FIRST_ORDER, *SECOND_ORDER])
def test_a_difference_is_its_spectrum_s_product_and_has_its_transpose(taps: Taps) -> None:
    x, z = torch.rand(2, 1, 1, 7, 10, dtype=torch.float64)
    expected = picture(filter_spectrum(taps, (7, 10), x) * spectrum(x), (7, 10))
    assert torch.allclose(filtered(x, taps), expected)
    assert torch.allclose((filtered(x, taps) * z).sum(), (x * adjoint(z, taps)).sum())


def test_large_gradients_are_left_nearly_as_they_are() -> None:
    v = torch.tensor([5.0, -7.0])
    assert torch.allclose(shrink(v, 1024.0, 2 / 3), v, atol=1e-3)


@pytest.mark.parametrize("boundary", ["circular", "unknown"])
def test_it_beats_the_linear_estimate(boundary: str, scene: Scene, shake: Tensor, blurred: Blurred) -> None:
    degraded, clean = blurred(scene(96, 96), shake, sigma=0.01, boundary=boundary)
    told = {"kernel": shake[None], "sigma": torch.tensor([0.01])}
    sparse, linear = (
        (restorer(degraded, **told) - clean).square().mean()
        for restorer in (HyperLaplacian(boundary=boundary), Wiener(boundary=boundary))  # type: ignore[arg-type]
    )
    assert sparse < 0.5 * linear


def test_the_unknown_border_is_reconstructed(scene: Scene, shake: Tensor, blurred: Blurred) -> None:
    degraded, clean = blurred(scene(90, 90), shake, sigma=0.01, boundary="unknown")
    unknown, circular = (
        (HyperLaplacian(boundary=boundary)(degraded, kernel=shake[None], sigma=torch.tensor([0.01])) - clean)  # type: ignore[arg-type]
        .square()
        .mean()
        for boundary in ("unknown", "circular")
    )
    assert unknown < 0.3 * circular


def test_without_blur_and_noise_the_picture_comes_back(scene: Scene) -> None:
    x = scene(21, 26, 3)
    found = HyperLaplacian()(x, kernel=torch.ones(1, 1, 1), sigma=torch.zeros(1))
    assert torch.allclose(found, x, atol=0.01)


def test_double_precision_and_autocast_change_nothing_that_matters(
    scene: Scene, shake: Tensor, blurred: Blurred
) -> None:
    degraded, _ = blurred(scene(36, 42), shake, sigma=0.01, boundary="unknown")
    told = {"kernel": shake[None], "sigma": torch.tensor([0.01])}
    single = HyperLaplacian()(degraded, **told)
    with torch.autocast("cpu", torch.bfloat16):
        assert torch.equal(HyperLaplacian()(degraded, **told), single)
    double = HyperLaplacian()(degraded.double(), **told).float()
    assert (double - single).square().mean().sqrt() < 1e-3
