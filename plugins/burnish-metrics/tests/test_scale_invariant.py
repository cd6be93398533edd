"""PSNR and SSIM after a fit of brightness and contrast, against NumPy's least squares and scikit-image."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from burnish.errors import EvaluationError
from burnish_metrics.fidelity.psnr import Psnr
from burnish_metrics.fidelity.scale_invariant import fit, psnr, ssim
from burnish_metrics.fidelity.ssim import Ssim
from hypothesis import given
from hypothesis import strategies as st

SEEDS = st.integers(0, 2**16)


def scene(seed: int, channels: int = 1, count: int = 1) -> torch.Tensor:
    """A ramp with texture, count×channels×24×20, float64 in [0.1, 0.9]."""
    values = np.random.default_rng(seed).uniform(0.1, 0.5, (count, channels, 24, 20))
    return torch.from_numpy(values + np.linspace(0.0, 0.4, 20))


def noisy(clean: torch.Tensor, seed: int, sigma: float = 0.05) -> torch.Tensor:
    return clean + sigma * torch.from_numpy(np.random.default_rng(seed + 1).standard_normal(clean.shape))


def fitted_by_numpy(estimate: torch.Tensor, reference: torch.Tensor) -> Any:
    x, y = estimate.double().numpy().ravel(), reference.double().numpy().ravel()
    slope, shift = np.linalg.lstsq(np.stack([x, np.ones_like(x)], axis=1), y, rcond=None)[0]
    return slope * estimate.double().numpy() + shift


@given(seed=SEEDS, channels=st.sampled_from([1, 3]))
def test_the_fit_is_numpys_least_squares_over_all_channels(seed: int, channels: int) -> None:
    clean = scene(seed, channels)
    estimate = 0.3 * noisy(clean, seed) - 0.05
    assert np.allclose(fit("m", estimate, clean).numpy(), fitted_by_numpy(estimate, clean), atol=1e-12)


@given(seed=SEEDS, a=st.floats(0.01, 100.0), b=st.floats(-10.0, 10.0), make=st.sampled_from([psnr, ssim]))
def test_brightness_and_contrast_of_the_estimate_change_nothing_but_the_last_bits(
    seed: int, a: float, b: float, make: Any
) -> None:
    clean = scene(seed)
    estimate = noisy(clean, seed)
    metric = make(rounding="none")
    assert metric(a * estimate + b, clean).item() == pytest.approx(metric(estimate, clean).item(), rel=1e-9)


@given(seed=SEEDS, power=st.integers(-4, 4))
def test_a_power_of_two_as_contrast_changes_not_a_single_bit(seed: int, power: int) -> None:
    clean, estimate = scene(seed), noisy(scene(seed), seed)
    for metric in (psnr(), ssim(), psnr(range="extremes")):
        assert torch.equal(metric(estimate * 2.0**power, clean), metric(estimate, clean))


def test_an_estimate_that_differs_by_brightness_and_contrast_only_is_perfect() -> None:
    levels = torch.from_numpy(np.random.default_rng(0).integers(0, 256, (1, 1, 24, 20)) / 255)
    assert psnr()(0.25 * levels + 0.5, levels).item() == math.inf
    assert ssim()(0.25 * levels + 0.5, levels).item() == pytest.approx(1.0, abs=1e-12)


@given(seed=SEEDS)
def test_peak_is_the_psnr_of_the_fitted_estimate_rounded_as_metrics_psnr_rounds(seed: int) -> None:
    clean = scene(seed)
    estimate = 0.4 * noisy(clean, seed) + 0.2
    fitted = torch.from_numpy(fitted_by_numpy(estimate, clean))
    assert psnr()(estimate, clean).item() == pytest.approx(Psnr()(fitted, clean).item(), abs=0.02)
    exact = Psnr(rounding="none")(fitted, clean).item()
    assert psnr(rounding="none")(estimate, clean).item() == pytest.approx(exact, abs=1e-9)


@given(seed=SEEDS)
def test_no_brightness_and_contrast_scores_better_than_the_fitted_one(seed: int) -> None:
    clean, estimate = scene(seed), noisy(scene(seed), seed, 0.2)
    plain = Psnr(rounding="none")(estimate, clean)
    assert bool(psnr(rounding="none")(estimate, clean) >= plain - 1e-9)


@pytest.mark.parametrize("kind", ["extremes", "percentiles"])
@given(seed=SEEDS)
def test_other_ranges_are_those_of_the_reference_as_scikit_image_scores_them(kind: Any, seed: int) -> None:
    from skimage.metrics import peak_signal_noise_ratio, structural_similarity

    clean = scene(seed)
    estimate = noisy(clean, seed)
    x, y = fitted_by_numpy(estimate, clean)[0, 0], clean[0, 0].numpy()
    low, high = np.percentile(y, (0.1, 99.9)) if kind == "percentiles" else (y.min(), y.max())
    expected = peak_signal_noise_ratio(y, x, data_range=high - low)
    assert psnr(range=kind, rounding="none")(estimate, clean).item() == pytest.approx(expected, abs=1e-9)
    similar = structural_similarity(
        y, x, data_range=high - low, gaussian_weights=True, sigma=1.5, use_sample_covariance=False
    )
    full = structural_similarity(
        y, x, data_range=high - low, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, full=True
    )[1]
    assert similar == pytest.approx(full[5:-5, 5:-5].mean(), abs=1e-12)
    assert ssim(range=kind, rounding="none")(estimate, clean).item() == pytest.approx(similar, abs=1e-9)


def test_the_range_of_the_reference_lowers_the_figure_by_what_the_picture_does_not_fill() -> None:
    clean = 0.1 * scene(3) + 0.2
    estimate = noisy(clean, 3, 0.01)
    lower = 20 * math.log10(float(clean.max() - clean.min()))
    found = psnr(range="extremes", rounding="none")(estimate, clean) - psnr(rounding="none")(estimate, clean)
    assert found.item() == pytest.approx(lower, abs=1e-9)


def test_the_border_is_cut_before_the_fit() -> None:
    clean = scene(4)
    estimate = noisy(clean, 4)
    spoiled = estimate.clone()
    spoiled[..., :3, :] = 50.0
    assert torch.equal(psnr(border=3)(spoiled, clean), psnr(border=3)(estimate, clean))
    assert torch.equal(psnr(border=3)(estimate, clean), psnr()(estimate[..., 3:-3, 3:-3], clean[..., 3:-3, 3:-3]))


def test_a_constant_estimate_scores_as_the_mean_of_the_reference() -> None:
    clean = scene(5)
    expected = -10 * math.log10(float(clean.var(correction=0)))
    assert psnr(rounding="none")(torch.full_like(clean, 0.7), clean).item() == pytest.approx(expected, abs=1e-9)


def test_each_image_has_its_own_fit() -> None:
    clean = scene(6, count=3)
    estimate = noisy(clean, 6) * torch.tensor([0.5, 1.0, 2.0]).reshape(3, 1, 1, 1)
    for metric in (psnr(), ssim()):
        alone = torch.cat([metric(estimate[i : i + 1], clean[i : i + 1]) for i in range(3)])
        assert torch.equal(metric(estimate, clean), alone)


def test_ssim_of_a_perfectly_bright_estimate_is_that_of_metrics_ssim() -> None:
    clean, estimate = scene(7), noisy(scene(7), 7)
    fitted = fit("m", estimate, clean)
    assert ssim(rounding="none")(estimate, clean).item() == pytest.approx(
        Ssim(rounding="none")(fitted, clean).item(), abs=1e-12
    )


@pytest.mark.parametrize(
    ("settings", "estimate", "reference", "fact"),
    [
        ({}, torch.zeros(1, 1, 24, 20), None, "there is no reference"),
        ({}, torch.zeros(1, 1, 24, 20), torch.zeros(1, 1, 24, 21), "1×1×24×21"),
        ({}, torch.full((1, 1, 24, 20), math.nan), torch.zeros(1, 1, 24, 20), "the estimate contains NaN"),
        ({}, torch.zeros(1, 1, 24, 20), torch.full((1, 1, 24, 20), math.inf), "the reference contains NaN or inf"),
        ({"border": 10}, torch.zeros(1, 1, 24, 20), torch.zeros(1, 1, 24, 20), "nothing is left of 24×20"),
        ({"range": "extremes"}, torch.zeros(1, 1, 24, 20), torch.zeros(1, 1, 24, 20), "set range=peak"),
    ],
)
def test_what_cannot_be_scored_is_refused_with_the_fact(
    settings: Any, estimate: Any, reference: Any, fact: str
) -> None:
    with pytest.raises(EvaluationError, match=fact):
        psnr(**settings)(estimate, reference)
