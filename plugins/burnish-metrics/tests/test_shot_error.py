"""Squared differences to other shots: their differences against those of the true squared errors."""

from __future__ import annotations

import pytest
import torch
from burnish.errors import EvaluationError
from burnish_metrics.without_clean.shot_error import ShotError

METRIC = ShotError(rounding="none")


def drawn(*shape: int, seed: int) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.mark.parametrize("count", [1, 3])
def test_the_difference_of_two_restorers_is_that_of_their_true_errors_on_average(count: int) -> None:
    clean = drawn(1, 1, 24, 24, seed=0).mul(0.1).add(0.5)
    differences = []
    for seed in range(1, 401):
        shots = clean[:, None] + 0.2 * drawn(1, count, 1, 24, 24, seed=seed)
        seen = clean + 0.2 * drawn(1, 1, 24, 24, seed=10_000 + seed)  # both restore the same other shot
        much, little = 0.5 * seen + 0.25, 0.9 * seen + 0.05
        true = (much - clean).square().mean() - (little - clean).square().mean()
        differences.append(METRIC(much, shots) / 255**2 - METRIC(little, shots) / 255**2 - true)
    off = torch.cat(differences)
    assert float(off.mean()) == pytest.approx(0.0, abs=4 * float(off.std()) / 20)
    assert float(off.std()) / 20 < 0.001  # the true difference is about 0.024


def test_it_is_the_mean_over_shots_of_the_mean_squared_error_in_levels() -> None:
    estimate, shots = drawn(2, 3, 8, 8, seed=1), drawn(2, 4, 3, 8, 8, seed=2)
    expected = torch.stack([(255 * (shots[:, i] - estimate)).square().mean(dim=(1, 2, 3)) for i in range(4)]).mean(0)
    torch.testing.assert_close(METRIC(estimate, shots), expected)


def test_the_variance_of_the_noise_is_contained() -> None:
    clean = torch.full((1, 1, 200, 200), 0.5, dtype=torch.float64)
    shots = clean[:, None] + 10 / 255 * drawn(1, 2, 1, 200, 200, seed=3)
    assert METRIC(clean, shots).item() == pytest.approx(100.0, rel=0.02)


def test_the_border_the_rounding_of_the_estimate_and_a_smaller_range_count() -> None:
    estimate = torch.full((1, 1, 6, 6), 10.4 / 255)
    estimate[..., 0] = 5.0
    shots = torch.full((1, 1, 1, 6, 6), 12 / 255)
    assert ShotError(border=1)(estimate, shots).item() == pytest.approx(4.0, abs=1e-4)
    assert ShotError(border=1, rounding="none")(estimate, shots).item() == pytest.approx(2.56, abs=1e-4)
    assert ShotError(border=1, data_range=0.5)(estimate, shots).item() == pytest.approx(16.0, abs=1e-3)


def test_a_picture_instead_of_shots_is_refused() -> None:
    with pytest.raises(EvaluationError, match="S ≥ 1: other shots"):
        METRIC(torch.zeros(1, 1, 8, 8), torch.zeros(1, 1, 8, 8))
