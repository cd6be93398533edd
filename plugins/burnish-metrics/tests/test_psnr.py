"""PSNR against closed forms and scikit-image."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from burnish.errors import EvaluationError
from burnish_metrics.fidelity.psnr import LumaPsnr, Psnr
from hypothesis import given
from hypothesis import strategies as st


def pictures(seed: int, channels: int = 3, count: int = 2) -> torch.Tensor:
    """Random 8-bit pictures, count×channels×24×20 in [0, 1]."""
    values = np.random.default_rng(seed).integers(0, 256, (count, channels, 24, 20))
    return torch.from_numpy(values.astype(np.float32) / 255)


def test_equal_pictures_have_infinite_psnr() -> None:
    same = pictures(0)
    assert Psnr()(same, same.clone()).tolist() == [math.inf, math.inf]


@given(level=st.integers(1, 100), channels=st.sampled_from([1, 3]))
def test_a_uniform_error_of_k_levels_gives_the_closed_form(level: int, channels: int) -> None:
    reference = torch.full((1, channels, 12, 12), 100 / 255)
    score = Psnr()(reference + level / 255, reference)
    assert score.dtype == torch.float64
    assert score.item() == pytest.approx(20 * math.log10(255 / level), abs=1e-12)


@given(seed=st.integers(0, 2**16), border=st.integers(0, 9))
def test_rgb_psnr_agrees_with_scikit_image(seed: int, border: int) -> None:
    from skimage.metrics import peak_signal_noise_ratio

    x, y = pictures(seed, count=1), pictures(seed + 1, count=1)
    cut = (slice(None), slice(border, 24 - border), slice(border, 20 - border))
    expected = peak_signal_noise_ratio(x[0][cut].numpy(), y[0][cut].numpy(), data_range=1.0)
    assert Psnr(border=border)(x, y).item() == pytest.approx(expected, abs=1e-5)


@given(seed=st.integers(0, 2**16))
def test_luma_psnr_agrees_with_scikit_images_studio_luma(seed: int) -> None:
    from skimage.color import rgb2ycbcr
    from skimage.metrics import peak_signal_noise_ratio

    x, y = pictures(seed, count=1), pictures(seed + 1, count=1)
    luma = [rgb2ycbcr(p[0].permute(1, 2, 0).double().numpy())[..., 0] for p in (x, y)]
    expected = peak_signal_noise_ratio(*luma, data_range=255)
    assert LumaPsnr()(x, y).item() == pytest.approx(expected, abs=1e-4)


def test_a_single_channel_is_taken_as_luma_with_peak_255() -> None:
    reference = torch.full((1, 1, 12, 12), 120 / 255)
    score = LumaPsnr()(reference + 2 / 255, reference).item()
    assert score == pytest.approx(20 * math.log10(255 / 2), abs=1e-12)


def test_the_largest_error_on_a_large_picture_is_summed_without_overflow() -> None:
    black, white = torch.zeros(1, 3, 1500, 1500), torch.ones(1, 3, 1500, 1500)
    assert Psnr()(black, white).item() == pytest.approx(0.0, abs=1e-12)


def test_the_estimate_is_clipped_and_rounded_half_up_before_it_is_compared() -> None:
    reference = torch.tensor([0.0, 255.0, 3.0, 3.0]).reshape(1, 1, 2, 2) / 255
    estimate = torch.tensor([-9.0, 300.0, 2.5, 3.4]).reshape(1, 1, 2, 2) / 255
    assert Psnr()(estimate, reference).item() == math.inf
    clipped = 10 * math.log10(255**2 / ((0.5**2 + 0.4**2) / 4))
    assert Psnr(rounding="clip")(estimate, reference).item() == pytest.approx(clipped, abs=1e-4)
    error = (9**2 + 45**2 + 0.5**2 + 0.4**2) / 4
    assert Psnr(rounding="none")(estimate, reference).item() == pytest.approx(10 * math.log10(255**2 / error), abs=1e-4)


def test_all_of_a_large_picture_is_clipped_and_rounded_as_numpy_does() -> None:
    reference = pictures(5, count=1).repeat(1, 1, 12, 12)
    estimate = reference + 0.3 * torch.randn(reference.shape, generator=torch.Generator().manual_seed(0))
    rounded = np.floor(np.clip(estimate.numpy(), 0, 1) * np.float32(255) + np.float32(0.5))
    error = np.square(rounded.astype(np.float64) - np.round(reference.numpy() * 255)).mean()
    assert Psnr()(estimate, reference).item() == pytest.approx(10 * math.log10(255**2 / error), abs=1e-12)


def test_unclipped_noise_has_the_psnr_of_its_standard_deviation() -> None:
    reference = pictures(3, channels=1, count=1).repeat(1, 1, 20, 20)
    noisy = reference + 25 / 255 * torch.randn(reference.shape, generator=torch.Generator().manual_seed(0))
    assert Psnr(rounding="none")(noisy, reference).item() == pytest.approx(20 * math.log10(255 / 25), abs=0.05)


@given(seed=st.integers(0, 2**16))
def test_psnr_is_symmetric_and_blind_to_mirroring_and_to_the_order_of_channels(seed: int) -> None:
    x, y = pictures(seed), pictures(seed + 1)
    score = Psnr()(x, y)
    for transform in (lambda p: p.flip(3), lambda p: p.transpose(2, 3), lambda p: p[:, [2, 0, 1]]):
        torch.testing.assert_close(Psnr()(transform(x), transform(y)), score, atol=1e-12, rtol=0)
    torch.testing.assert_close(Psnr()(y, x), score, atol=0, rtol=0)


@given(seed=st.integers(0, 2**16))
def test_each_image_of_a_batch_is_scored_as_if_alone(seed: int) -> None:
    x, y = pictures(seed, count=3), pictures(seed + 1, count=3)
    alone = torch.cat([Psnr()(x[i : i + 1], y[i : i + 1]) for i in range(3)])
    torch.testing.assert_close(Psnr()(x, y), alone, atol=0, rtol=0)


def test_more_noise_scores_lower() -> None:
    reference, noise = pictures(5, count=1), torch.randn(1, 3, 24, 20, generator=torch.Generator().manual_seed(1))
    scores = [Psnr()(reference + level / 255 * noise, reference).item() for level in (1, 2, 5, 10, 20, 50)]
    assert scores == sorted(scores, reverse=True)
    assert len(set(scores)) == len(scores)


@pytest.mark.parametrize(
    ("estimate", "reference", "fact"),
    [
        (torch.full((1, 3, 8, 8), math.nan), torch.zeros(1, 3, 8, 8), "NaN"),
        (torch.full((1, 3, 8, 8), math.inf), torch.zeros(1, 3, 8, 8), "infinite"),
        (torch.zeros(1, 3, 8, 8), torch.zeros(1, 3, 8, 9), "1×3×8×8"),
        (torch.zeros(1, 2, 8, 8), torch.zeros(1, 2, 8, 8), "1 or 3 channels"),
        (torch.zeros(1, 3, 8, 8), None, "clean picture"),
    ],
)
def test_what_is_no_picture_is_refused_with_the_fact(estimate: Any, reference: Any, fact: str) -> None:
    with pytest.raises(EvaluationError, match=fact):
        Psnr()(estimate, reference)


def test_a_border_that_leaves_nothing_is_refused() -> None:
    with pytest.raises(EvaluationError, match="border of 4"):
        Psnr(border=4)(torch.zeros(1, 3, 8, 8), torch.zeros(1, 3, 8, 8))
