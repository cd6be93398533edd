"""The farthest window from the noise, against a search with NumPy; contradictions score worse than the truth."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from burnish.errors import EvaluationError
from burnish.evaluation import Benchmark, evaluate
from burnish.inference import load_restorer
from burnish.io import Picture, write_picture
from burnish_metrics.without_clean.consistency import Consistency
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.lib.stride_tricks import sliding_window_view
from torch import Tensor

SIGMA = 0.05


def drawn(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def smooth(side: int = 96) -> Tensor:
    places = torch.linspace(0, 6, side, dtype=torch.float64)
    return (0.5 + 0.2 * torch.sin(places[:, None] + 2 * places)).expand(1, 3, side, side).clone()


def score(estimate: Tensor, observed: Tensor, sigma: float = SIGMA, **settings: float) -> float:
    told = torch.stack([observed, torch.full_like(observed, sigma)], dim=1)
    return float(Consistency(**settings)(estimate, told))  # type: ignore[arg-type]


@settings(max_examples=20, deadline=None)
@given(window=st.sampled_from([2, 5, 8]), seed=st.integers(0, 99), shift=st.floats(-0.2, 0.2))
def test_it_is_the_largest_of_all_windows_by_numpy(window: int, seed: int, shift: float) -> None:
    estimate = smooth(20)
    observed = estimate + SIGMA * drawn(*estimate.shape, seed=seed)
    estimate = estimate + shift
    rest = (observed.clamp(0, 1) - estimate.clamp(0, 1)).numpy()[0] / math.hypot(SIGMA, 0.5 / 255)
    windows = sliding_window_view(rest, (window, window), axis=(1, 2))
    means, squares = windows.mean(axis=(-2, -1)), np.square(windows).mean(axis=(-2, -1))
    wanted = max(window * np.abs(means).max(), math.sqrt(2) * window * (np.sqrt(squares).max() - 1))
    assert score(estimate, observed, window=window) == pytest.approx(wanted, rel=1e-9)


def test_the_truth_scores_about_five_whatever_the_noise() -> None:
    clean = smooth(256)
    for sigma in (0.01, 0.05, 0.1):
        assert 3.0 < score(clean, clean + sigma * drawn(*clean.shape), sigma) < 6.5


def test_the_input_itself_agrees_with_itself() -> None:
    observed = smooth() + SIGMA * drawn(1, 3, 96, 96)
    assert score(observed, observed) <= 0.0 + 1e-9


@pytest.mark.parametrize("tampered", ["object", "shift", "brightness", "texture"])
def test_an_estimate_that_contradicts_its_input_is_worse_than_the_truth(tampered: str) -> None:
    clean = smooth()
    clean[..., 30:34, :] += 0.3  # an edge, without which a shift is none
    checker = (torch.arange(96)[:, None] + torch.arange(96)) % 2 - 0.5
    disc = ((torch.arange(96)[:, None] - 60) ** 2 + (torch.arange(96) - 20) ** 2 <= 16).double()
    estimates = {
        "object": clean + 0.12 * disc,
        "shift": clean.roll(1, -2),
        "brightness": clean + 0.05,
        "texture": clean + 0.12 * checker * (torch.arange(96) < 24),
    }
    observed = clean + SIGMA * drawn(*clean.shape)
    assert score(estimates[tampered], observed) > 1.5 * score(clean, observed)


def test_each_value_is_judged_by_its_own_noise() -> None:
    clean = smooth()
    sigma = torch.linspace(0.01, 0.15, 96, dtype=torch.float64).expand(1, 3, 96, 96)
    told = torch.stack([clean + sigma * drawn(*clean.shape), sigma], dim=1)
    assert float(Consistency()(clean, told)) < 6.5


def test_a_picture_smaller_than_a_window_is_refused() -> None:
    with pytest.raises(EvaluationError, match="nothing is left of 6 pixels for a window of 8"):
        score(smooth(6), smooth(6))


@pytest.mark.parametrize("degrader", ["gaussian-noise", "camera-shake", "bicubic"])
def test_a_benchmark_ranks_a_restorer_that_contradicts_its_input_as_worse(degrader: str, tmp_path: Path) -> None:
    from dataclasses import replace

    rng = np.random.default_rng(3)
    small = torch.from_numpy(rng.random((1, 3, 14, 14)))
    pixels = torch.nn.functional.interpolate(small, size=(112, 112), mode="bicubic").clamp(0.1, 0.9)
    (tmp_path / "clean").mkdir()
    picture = Picture(pixels=(255 * pixels[0].permute(1, 2, 0).numpy()).astype(np.uint8))
    write_picture(tmp_path / "clean" / "a.png", picture)
    config = {
        "gaussian-noise": {"sigma": 0.05},
        "camera-shake": {"length": 8.0, "noise": 0.01},
        "bicubic": {"scale": 2},
    }
    name = {"gaussian-noise": "classical/bm3d", "camera-shake": "deconvolution/wiener", "bicubic": "classical/bicubic"}
    sound = load_restorer(name[degrader], {"scale": 2} if degrader == "bicubic" else {}, device="cpu")

    def tampered(degraded: Tensor, **told: object) -> Tensor:
        estimate: Tensor = sound.restorer(degraded, **told).clone()  # type: ignore[operator]
        estimate[..., 50:66, 50:66] += 0.3
        return estimate

    asked = Benchmark(
        name="n",
        clean=tmp_path / "clean",
        degrader=degrader,
        degrader_config=config[degrader],
        metrics=("consistency",),
    )
    scores = [
        evaluate(one, asked, quiet=True).scores["metrics/consistency"].mean
        for one in (sound, replace(sound, restorer=tampered))
    ]
    assert scores[1] > 2 * scores[0]
