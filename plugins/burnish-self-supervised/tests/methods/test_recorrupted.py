"""Pairs out of one noisy picture: their means, their variances, and that their noises are independent."""

from __future__ import annotations

import pytest
import torch
from burnish_self_supervised.methods.recorrupted import are_counts, gaussian_pair, poisson_pair
from torch import Tensor

DRAWS = 400_000


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def normal(seed: int) -> Tensor:
    return torch.randn(DRAWS, 1, 1, 1, generator=seeded(seed), dtype=torch.float64)


def correlation(first: Tensor, second: Tensor) -> float:
    return float(torch.corrcoef(torch.stack([first.flatten(), second.flatten()]))[0, 1])


BOUND = 4.5 / DRAWS**0.5


@pytest.mark.parametrize("alpha", [0.2, 0.5, 1.5])
def test_gaussian_pairs_are_unbiased_independent_and_as_noisy_as_said(alpha: float) -> None:
    clean, sigma = 0.4, 0.1
    degraded = clean + sigma * normal(1)
    first, second = gaussian_pair(degraded, torch.tensor(sigma), normal(2), alpha=alpha)
    for one, factor in ((first, 1 + alpha**2), (second, 1 + 1 / alpha**2)):
        assert float(one.mean()) == pytest.approx(clean, abs=5 * sigma * factor**0.5 / DRAWS**0.5)
        assert float(one.var()) == pytest.approx(sigma**2 * factor, rel=0.02)
    assert abs(correlation(first, second)) < BOUND
    assert abs(correlation((first - clean).square(), (second - clean).square())) < BOUND
    assert abs(correlation(torch.sin(9 * first), second)) < BOUND


def test_a_wrong_level_leaves_the_noises_related() -> None:
    degraded = 0.4 + 0.1 * normal(1)
    first, second = gaussian_pair(degraded, torch.tensor(0.07), normal(2), alpha=0.5)
    assert correlation(first, second) > 0.1


@pytest.mark.parametrize("alpha", [0.1, 0.5])
def test_poisson_pairs_are_unbiased_independent_and_as_noisy_as_said(alpha: float) -> None:
    clean, gain, offset = 0.4, 0.05, 0.1
    counts = torch.poisson(
        torch.full((DRAWS, 1, 1, 1), (clean - offset) / gain, dtype=torch.float64), generator=seeded(1)
    )
    degraded = offset + gain * counts
    first, second = poisson_pair(
        degraded, torch.tensor([gain]), torch.tensor([offset]), alpha=alpha, generator=seeded(2)
    )
    variance = gain * (clean - offset)
    for one, factor in ((first, 1 / (1 - alpha)), (second, 1 / alpha)):
        assert float(one.mean()) == pytest.approx(clean, abs=5 * (variance * factor / DRAWS) ** 0.5)
        assert float(one.var()) == pytest.approx(variance * factor, rel=0.02)
    assert abs(correlation(first, second)) < BOUND
    assert abs(correlation((first - clean).square(), (second - clean).square())) < BOUND


def test_both_parts_of_the_counts_make_the_counts() -> None:
    degraded = 0.02 * torch.arange(12.0).reshape(1, 1, 3, 4)
    first, second = poisson_pair(degraded, torch.tensor([0.02]), torch.zeros(1), alpha=0.3, generator=seeded())
    assert torch.allclose(0.7 * first + 0.3 * second, degraded, atol=1e-6)
    assert bool((first >= 0).all())


def test_noise_that_depends_on_the_value_gives_pairs_that_are_not_correlated() -> None:
    clean, gain, read_noise = 0.5, 0.01, 0.03
    counts = torch.poisson(torch.full((DRAWS, 1, 1, 1), clean / gain, dtype=torch.float64), generator=seeded(1))
    degraded = gain * counts + read_noise * normal(3)
    deviation = (gain * degraded + read_noise**2).clamp_min(0).sqrt()
    first, second = gaussian_pair(degraded, deviation, normal(2), alpha=0.5)
    assert abs(correlation(first, second)) < BOUND
    assert float(second.mean()) == pytest.approx(clean, abs=5 * float(second.std()) / DRAWS**0.5)


def test_the_loss_of_a_pair_is_the_true_error_plus_what_no_restorer_changes() -> None:
    """E (f(y₁) − y₂)² − σ²(1 + 1/α²) = E (f(y₁) − x)², for any f: here a strongly nonlinear one."""
    clean, sigma, alpha = 0.4, 0.1, 0.5
    degraded = clean + sigma * normal(1)
    first, second = gaussian_pair(degraded, torch.tensor(sigma), normal(2), alpha=alpha)
    estimate = first.clamp(0.3, 0.45) ** 2 / 0.4
    found = (estimate - second).square() - sigma**2 * (1 + 1 / alpha**2)
    difference = found - (estimate - clean).square()
    assert abs(float(difference.mean())) < 4 * float(difference.std()) / DRAWS**0.5


@pytest.mark.parametrize(("stretched", "whole"), [(1.0, True), (1.07, False)])
def test_only_whole_counts_are_counts(stretched: float, whole: bool) -> None:
    counts = torch.poisson(torch.full((1, 1, 64, 64), 20.0), generator=seeded())
    gain, offset = torch.tensor([0.02]), torch.tensor([0.05])
    values = 0.02 * counts * stretched + 0.05
    assert are_counts(values, gain, offset) is whole
    assert are_counts((255 * values).round() / 255, gain, offset) is False, "8 bit lose counts that are so small"
    assert are_counts(values, gain, offset + 0.5) is False, "none is negative"
