"""The bilateral filter follows its formula and keeps edges that a Gaussian would not."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from burnish_classical.bilateral import Bilateral


def _by_formula(picture: np.ndarray, sigma: float, bilateral: Bilateral) -> np.ndarray:
    height, width, channels = picture.shape
    reach = bilateral.side // 2
    colour = bilateral.strength * sigma * math.sqrt(channels)
    padded = np.pad(picture, ((reach, reach), (reach, reach), (0, 0)), mode="reflect")
    total, weights = np.zeros_like(picture), np.zeros((height, width, 1))
    for down in range(2 * reach + 1):
        for right in range(2 * reach + 1):
            squared = (down - reach) ** 2 + (right - reach) ** 2
            if squared <= reach**2:
                other = padded[down : down + height, right : right + width]
                distance = np.abs(other - picture).sum(axis=2, keepdims=True)
                weight = np.exp(-squared / (2 * bilateral.space**2) - distance**2 / (2 * colour**2))
                total, weights = total + weight * other, weights + weight
    return total / weights


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("sigma", [0.02, 0.1])
def test_the_result_follows_the_formula(channels: int, sigma: float) -> None:
    picture = torch.rand(1, channels, 24, 30, generator=torch.Generator().manual_seed(1))
    bilateral = Bilateral(side=7)
    oracle = _by_formula(picture[0].permute(1, 2, 0).double().numpy(), sigma, bilateral)
    assert np.abs(bilateral(picture, sigma=torch.tensor([sigma]))[0].permute(1, 2, 0).numpy() - oracle).max() < 2e-5


def test_noise_falls_and_edges_stay() -> None:
    step = torch.zeros(1, 1, 64, 64)
    step[..., 32:] = 1.0
    noisy = step + 0.05 * torch.randn(step.shape, generator=torch.Generator().manual_seed(0))
    restored = Bilateral()(noisy, sigma=0.05)
    assert float((restored - step).std()) < 0.4 * 0.05
    assert float(restored[..., 31].mean()) < 0.02


def test_each_picture_is_filtered_by_its_own_sigma_and_none_at_zero() -> None:
    picture = torch.rand(2, 3, 20, 20, generator=torch.Generator().manual_seed(2))
    both = Bilateral()(picture, sigma=torch.tensor([0.0, 0.1]))
    assert torch.equal(both[0], picture[0])
    assert torch.equal(both[1:], Bilateral()(picture[1:], sigma=0.1))
