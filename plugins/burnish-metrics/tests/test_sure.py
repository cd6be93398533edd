"""Stein's estimate against its closed form for a linear restorer, and against the true squared error."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
from burnish.errors import EvaluationError
from burnish.ops.noise import NoiseModel
from burnish_metrics.without_clean.sure import Sure
from torch import Tensor
from torch.nn import functional

Restorer = Callable[[Tensor], Tensor]
SIZE = 64


def drawn(seed: int, size: int = SIZE) -> Tensor:
    return torch.randn((1, 1, size, size), generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def probed(restorer: Restorer, noisy: Tensor, variance: Tensor, seed: int = 7) -> tuple[Tensor, Tensor]:
    changed = noisy + 1e-4 * drawn(seed, noisy.shape[-1])
    return restorer(noisy), torch.stack((noisy, variance, changed, restorer(changed)), dim=1)


def error(score: Tensor) -> float:
    return float(10.0 ** (-score.item() / 10.0))


def blurred(picture: Tensor) -> Tensor:
    kernel = torch.tensor([1.0, 2.0, 1.0], dtype=torch.float64)
    kernel = torch.outer(kernel, kernel)[None, None] / 16
    return functional.conv2d(functional.pad(picture, (1, 1, 1, 1), mode="circular"), kernel)


def softened(picture: Tensor) -> Tensor:
    """A smooth restorer that is not linear: small deviations from the local mean shrink more."""
    mean = blurred(picture)
    off = picture - mean
    return mean + off * off.square() / (off.square() + 0.02)


def test_for_a_linear_restorer_it_is_the_closed_form_of_the_trace() -> None:
    noisy, variance = 0.5 + 0.1 * drawn(1, 400), torch.full((1, 1, 400, 400), 0.01, dtype=torch.float64)
    expected = float((blurred(noisy) - noisy).square().mean()) - 0.01 + 2 * 0.01 * 4 / 16
    assert error(Sure()(*probed(blurred, noisy, variance))) == pytest.approx(
        expected, abs=1e-4
    )  # the divergence is 5e-3


def test_a_restorer_that_does_nothing_has_the_error_of_the_noise() -> None:
    noisy, variance = 0.5 + 0.1 * drawn(1), torch.full((1, 1, SIZE, SIZE), 0.01, dtype=torch.float64)
    assert Sure()(*probed(lambda picture: picture, noisy, variance)).item() == pytest.approx(20.0, abs=1e-6)


@pytest.mark.parametrize("restorer", [blurred, softened])
def test_the_mean_over_many_draws_is_the_true_squared_error(restorer: Restorer) -> None:
    clean = 0.5 + 0.2 * torch.sin(torch.linspace(0, 40, SIZE, dtype=torch.float64)).expand(1, 1, SIZE, SIZE)
    sigma = torch.linspace(0.02, 0.2, SIZE, dtype=torch.float64).expand(1, 1, SIZE, SIZE)
    off, true = [], []
    for seed in range(100):
        noisy = clean + sigma * drawn(seed)
        estimate, probe = probed(restorer, noisy, sigma**2, seed=1000 + seed)
        true.append(float((estimate - clean).square().mean()))
        off.append(error(Sure()(estimate, probe)) - true[-1])
    spread = torch.tensor(off).std().item() / 10
    assert sum(off) / 100 == pytest.approx(0.0, abs=4 * spread)
    assert spread < 0.02 * sum(true) / 100


def test_the_variance_of_a_poisson_gaussian_model_at_the_noisy_picture_serves() -> None:
    model = NoiseModel(gain=0.01, read_noise=0.02)
    clean = torch.linspace(0.1, 0.9, SIZE, dtype=torch.float64).expand(1, 1, SIZE, SIZE)
    off, true = [], []
    for seed in range(60):
        generator = torch.Generator().manual_seed(seed)
        noisy = torch.poisson(clean / 0.01, generator=generator) * 0.01 + 0.02 * drawn(5000 + seed)
        estimate, probe = probed(blurred, noisy, model.variance(noisy), seed=1000 + seed)
        true.append(float((estimate - clean).square().mean()))
        off.append(error(Sure()(estimate, probe)) - true[-1])
    assert sum(off) / 60 == pytest.approx(0.0, abs=0.02 * sum(true) / 60)


def test_an_error_below_its_uncertainty_scores_as_the_uncertainty() -> None:
    clean = torch.full((1, 1, SIZE, SIZE), 0.5, dtype=torch.float64)
    noisy, variance = clean + 0.1 * drawn(2), torch.full((1, 1, SIZE, SIZE), 0.01, dtype=torch.float64)
    squares = (clean - noisy).square() - 0.01
    uncertain = float(squares.std(correction=0)) / SIZE
    assert float(squares.mean()) < uncertain
    found = Sure()(*probed(lambda _: clean, noisy, variance)).item()
    assert found == pytest.approx(-10 * math.log10(uncertain), abs=1e-6)


def test_values_outside_of_the_range_count_as_they_are() -> None:
    noisy, variance = 1.0 + 0.1 * drawn(3), torch.full((1, 1, SIZE, SIZE), 0.01, dtype=torch.float64)
    assert Sure()(*probed(lambda picture: picture, noisy, variance)).item() == pytest.approx(20.0, abs=1e-6)
    half = Sure(data_range=0.5)(*probed(lambda picture: picture, noisy, variance)).item()
    assert half == pytest.approx(20.0 - 20 * math.log10(2), abs=1e-6)


@pytest.mark.parametrize(
    ("reference", "fact"),
    [
        (None, "it received nothing"),
        (torch.rand(1, 3, 1, 8, 8), "S = 4: the noisy picture"),
        (torch.zeros(1, 4, 1, 8, 8), "the changed picture equals the noisy one"),
        (-torch.rand(1, 4, 1, 8, 8), "variance of the noise is negative"),
        (torch.full((1, 4, 1, 8, 8), math.inf), "infinite"),
    ],
)
def test_what_is_no_probe_is_refused_with_the_fact(reference: Any, fact: str) -> None:
    with pytest.raises(EvaluationError, match=fact):
        Sure()(torch.zeros(1, 1, 8, 8), reference)
