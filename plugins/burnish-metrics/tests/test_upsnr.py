"""uPSNR against the true PSNR, and against the paper's formula term by term."""

from __future__ import annotations

import math
from itertools import permutations
from typing import Any

import pytest
import torch
from burnish.errors import EvaluationError
from burnish_metrics.fidelity.psnr import Psnr
from burnish_metrics.without_clean.upsnr import Upsnr


def scene(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def shots_of(clean: torch.Tensor, count: int, seed: int) -> torch.Tensor:
    """N,S,C,H,W with photon noise, which is neither Gaussian nor the same everywhere; mean zero."""
    generator = torch.Generator().manual_seed(seed)
    rate = clean[:, None].expand(-1, count, -1, -1, -1) * 20
    return torch.poisson(rate, generator=generator) / 20


def error(score: torch.Tensor) -> torch.Tensor:
    return 10.0 ** (-score / 10.0)


@pytest.mark.parametrize("count", [2, 3, 5])
def test_the_mean_over_many_draws_is_the_true_squared_error(count: int) -> None:
    clean = scene(1, 1, 24, 24)
    estimate = clean + 0.3 * (scene(1, 1, 24, 24, seed=1) - 0.4)
    true = float((estimate - clean).square().mean())
    found = torch.cat([error(Upsnr(rounding="none")(estimate, shots_of(clean, count, seed))) for seed in range(400)])
    assert float(found.mean()) == pytest.approx(true, abs=4 * float(found.std()) / 20)
    assert float(found.std()) / 20 < 0.02 * true


def test_three_shots_give_the_papers_formula_averaged_over_the_roles() -> None:
    clean = scene(1, 3, 16, 16)
    estimate, shots = clean + 0.2, shots_of(clean, 3, 9)
    terms = [
        (a - estimate[0]).square().mean() - (b - c).square().mean() / 2 for a, b, c in permutations(shots[0].unbind())
    ]
    expected = -10 * math.log10(float(torch.stack(terms).mean()))
    assert Upsnr(rounding="none")(estimate, shots).item() == pytest.approx(expected, abs=1e-9)


def test_without_noise_it_is_the_psnr() -> None:
    clean = scene(2, 3, 16, 16)
    estimate = clean + 0.05 * torch.randn(clean.shape, generator=torch.Generator().manual_seed(3), dtype=torch.float64)
    shots = clean[:, None].expand(-1, 3, -1, -1, -1)
    expected = Psnr(rounding="none")(estimate, clean)
    torch.testing.assert_close(Upsnr(rounding="none")(estimate, shots), expected, atol=1e-9, rtol=0)


def test_with_ever_more_shots_it_goes_to_the_psnr() -> None:
    clean = scene(1, 1, 32, 32)
    estimate = clean + 0.1 * torch.randn(clean.shape, generator=torch.Generator().manual_seed(3), dtype=torch.float64)
    true = Psnr(rounding="none")(estimate, clean).item()
    off = [abs(Upsnr(rounding="none")(estimate, shots_of(clean, count, 5)).item() - true) for count in (4, 64, 1024)]
    assert off[2] < off[0]
    assert off[2] < 0.05


def test_an_error_that_cannot_be_told_from_zero_scores_as_the_uncertainty_of_the_estimate() -> None:
    clean = scene(1, 1, 32, 32)
    shots = shots_of(clean, 3, 1)
    squares = (shots.mean(dim=1) - clean).square() - shots.var(dim=1) / 3
    uncertain = float(squares.std(correction=0)) / 32
    assert float(squares.mean()) < uncertain
    assert Upsnr(rounding="none")(clean, shots).item() == pytest.approx(-10 * math.log10(uncertain), abs=1e-9)


def test_equal_pictures_without_noise_have_infinite_upsnr() -> None:
    clean = scene(1, 1, 8, 8)
    assert Upsnr(rounding="none")(clean, clean[:, None].expand(-1, 2, -1, -1, -1)).item() == math.inf


def test_the_estimate_is_rounded_like_its_file_and_the_shots_are_left_alone() -> None:
    shots = torch.tensor([-0.1, 1.1]).reshape(1, 2, 1, 1, 1).expand(1, 2, 1, 4, 4)
    estimate = torch.full((1, 1, 4, 4), 100.4 / 255)
    expected = (0.5 - 100 / 255) ** 2 - 0.72 / 2
    assert expected < 0  # the estimated error is negative and constant, so its uncertainty is 0
    assert Upsnr()(estimate, shots).item() == math.inf
    lone = torch.tensor([0.9, 1.1]).reshape(1, 2, 1, 1, 1).expand(1, 2, 1, 4, 4)
    found = error(Upsnr()(estimate, lone)).item()
    assert found == pytest.approx((1.0 - 100 / 255) ** 2 - 0.02 / 2, rel=1e-5)


def test_a_smaller_range_and_a_border_count_as_in_psnr() -> None:
    clean = scene(1, 1, 20, 20) / 4
    estimate = clean + 0.01
    estimate[..., 0, :] = 0.9
    shots = clean[:, None].expand(-1, 2, -1, -1, -1)
    settings: dict[str, Any] = {"border": 1, "rounding": "none", "data_range": 0.25}
    expected = Psnr(**settings)(estimate, clean).item()
    assert Upsnr(**settings)(estimate, shots).item() == pytest.approx(expected, abs=1e-9)


def test_neighbours_in_place_of_shots_are_unbiased_where_the_scene_is_flat_and_favour_smoothing_at_detail() -> None:
    """What the protocol says of its bias: neighbours of a chequered scene differ by more than their noise."""
    noise = 0.1 * torch.randn((1, 1, 200, 200), generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    flat = torch.full((1, 1, 200, 200), 0.5, dtype=torch.float64)
    chequered = flat + 0.2 * (-1.0) ** torch.arange(200)

    def of_neighbours(scene: torch.Tensor) -> tuple[float, float]:
        noisy = scene + noise
        shots = torch.stack([noisy[..., y::2, x::2] for y, x in ((0, 1), (1, 0), (1, 1))], dim=1)
        smooth = torch.full((1, 1, 100, 100), 0.45, dtype=torch.float64)
        true = float((smooth - scene[..., ::2, ::2]).square().mean())
        return float(error(Upsnr(rounding="none")(smooth, shots))), true

    found, true = of_neighbours(flat)
    assert found == pytest.approx(true, abs=5e-4)
    found, true = of_neighbours(chequered)
    assert found < 0.5 * true


@pytest.mark.parametrize(
    ("reference", "fact"),
    [
        (None, "it received nothing"),
        (torch.zeros(1, 1, 8, 8), "1×1×8×8"),
        (torch.zeros(1, 1, 1, 8, 8), "S ≥ 2: other shots"),
        (torch.zeros(1, 2, 1, 8, 9), "1×2×1×8×9"),
        (torch.full((1, 2, 1, 8, 8), math.nan), "NaN"),
    ],
)
def test_what_are_no_shots_is_refused_with_the_fact(reference: Any, fact: str) -> None:
    with pytest.raises(EvaluationError, match=fact):
        Upsnr()(torch.zeros(1, 1, 8, 8), reference)
