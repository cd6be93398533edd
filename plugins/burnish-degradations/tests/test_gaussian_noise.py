"""The noise has the declared distribution, is neither clipped nor rounded, and comes from its seeds alone."""

from __future__ import annotations

import pytest
import torch
from burnish_degradations.gaussian_noise import GaussianNoise
from scipy import stats


def _noise(sigma: float, seed: int, clean: torch.Tensor) -> torch.Tensor:
    return GaussianNoise(sigma=sigma)(clean, torch.Generator().manual_seed(seed)).degraded - clean


@pytest.mark.parametrize("sigma", [15 / 255, 25 / 255, 50 / 255])
def test_noise_has_the_declared_standard_deviation_and_no_mean(sigma: float) -> None:
    noise = _noise(sigma, 1, torch.zeros(1, 3, 256, 256)).double()
    count = noise.numel()
    assert float(noise.std()) == pytest.approx(sigma, rel=4 / (2 * count) ** 0.5)
    assert abs(float(noise.mean())) < 4 * sigma / count**0.5


def test_noise_is_normally_distributed_and_white() -> None:
    noise = _noise(0.1, 7, torch.zeros(1, 1, 300, 300))[0, 0].double()
    assert stats.kstest((noise / 0.1).flatten().numpy(), "norm").pvalue > 1e-3
    for shifted in (noise[1:] * noise[:-1], noise[:, 1:] * noise[:, :-1]):
        assert abs(float(shifted.mean())) < 4 * 0.01 / shifted.numel() ** 0.5


def test_noise_is_neither_clipped_nor_quantised() -> None:
    clean = torch.ones(1, 1, 64, 64)
    noisy = GaussianNoise(sigma=0.2)(clean, torch.Generator().manual_seed(0)).degraded
    assert 0.45 < float((noisy > 1).float().mean()) < 0.55
    assert len(torch.unique(noisy)) > 4000


def test_a_range_gives_each_picture_its_own_uniformly_drawn_sigma() -> None:
    made = GaussianNoise(sigma=[0.05, 0.25])(torch.zeros(2000, 1, 1, 1), torch.Generator().manual_seed(3))
    sigma = made.conditions["sigma"].double().numpy()
    assert stats.kstest(sigma, "uniform", args=(0.05, 0.2)).pvalue > 1e-3
    assert made.parameters["sigma"] == pytest.approx(sigma.tolist(), abs=1e-7)


def test_channels_and_pictures_have_different_noise() -> None:
    noise = _noise(0.1, 5, torch.zeros(2, 3, 64, 64)).reshape(6, -1).double().numpy()
    correlation = abs(torch.corrcoef(torch.from_numpy(noise)) - torch.eye(6))
    assert float(correlation.max()) < 0.1


def test_no_noise_leaves_the_picture_untouched() -> None:
    clean = torch.rand(2, 3, 8, 8, generator=torch.Generator().manual_seed(0))
    made = GaussianNoise(sigma=0)(clean, torch.Generator().manual_seed(0))
    assert torch.equal(made.degraded, clean)
    assert torch.equal(made.conditions["sigma"], torch.zeros(2))
