"""SSIM against scikit-image and SciPy."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from burnish.errors import EvaluationError
from burnish_metrics.fidelity.ssim import LumaSsim, MatlabSsim, Ssim
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter


def pair(seed: int, channels: int = 3, level: float = 20.0) -> tuple[torch.Tensor, torch.Tensor]:
    """A smooth picture and a noisy version of it, both 8 bit, 1×channels×33×29 in [0, 1]."""
    rng = np.random.default_rng(seed)
    clean = gaussian_filter(rng.uniform(-900, 1100, (channels, 33, 29)), (0, 2, 2))
    noisy = clean + rng.normal(0, level, clean.shape)
    return tuple(torch.from_numpy(np.round(np.clip(p, 0, 255))[None]).float() / 255 for p in (noisy, clean))  # type: ignore[return-value]


def levels(picture: torch.Tensor) -> np.ndarray:
    """H,W,C in 0..255 of 1,C,H,W."""
    return np.round(picture[0].permute(1, 2, 0).double().numpy() * 255)


def scikit_image(x: np.ndarray, y: np.ndarray) -> float:
    from skimage.metrics import structural_similarity

    _, full = structural_similarity(
        x, y, channel_axis=2, data_range=255, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, full=True
    )
    return float(full[5:-5, 5:-5].mean())


@given(seed=st.integers(0, 2**16), channels=st.sampled_from([1, 3]), level=st.floats(0.5, 80))
@settings(max_examples=30)
def test_ssim_agrees_with_scikit_image_to_ten_digits(seed: int, channels: int, level: float) -> None:
    x, y = pair(seed, channels, level)
    assert Ssim()(x, y).item() == pytest.approx(scikit_image(levels(x), levels(y)), abs=1e-10)


def test_ssim_of_a_picture_of_several_tiles_agrees_with_scikit_image() -> None:
    clean = torch.from_numpy(np.random.default_rng(0).integers(0, 256, (1, 1, 150, 700))).float() / 255
    noisy = (clean + 0.2 * torch.linspace(0, 1, 700)).clamp(0, 1).mul(255).round() / 255
    assert Ssim()(noisy, clean).item() == pytest.approx(scikit_image(levels(noisy), levels(clean)), abs=1e-10)


@pytest.mark.parametrize("offset", [0, 250])
def test_ssim_stays_exact_on_very_dark_and_very_bright_pictures(offset: int) -> None:
    rng = np.random.default_rng(offset)
    x, y = (torch.from_numpy(rng.integers(0, 6, (1, 3, 40, 40)) + offset).float() / 255 for _ in range(2))
    assert Ssim()(x, y).item() == pytest.approx(scikit_image(levels(x), levels(y)), abs=1e-10)


@given(seed=st.integers(0, 2**16))
@settings(max_examples=20)
def test_luma_ssim_is_that_of_the_unrounded_studio_luma(seed: int) -> None:
    x, y = pair(seed)
    weights = np.array([65.481, 128.553, 24.966]) / 255
    luma = [(16 + levels(p) @ weights)[..., None] for p in (x, y)]
    assert LumaSsim()(x, y).item() == pytest.approx(scikit_image(*luma), abs=1e-10)


def test_luma_ssim_of_a_part_of_the_range_is_that_of_the_whole_range_also_beyond_it() -> None:
    x, y = pair(3)
    x = 1.5 * x
    whole = LumaSsim(rounding="none")(x, y).item()
    part = LumaSsim(rounding="none", data_range=0.0625)(x / 16, y / 16).item()
    assert part == pytest.approx(whole, abs=1e-10)


@given(seed=st.integers(0, 2**16), channels=st.sampled_from([1, 3]))
@settings(max_examples=20)
def test_matlab_ssim_agrees_with_scipys_gaussian_over_the_volume(seed: int, channels: int) -> None:
    x, y = pair(seed, channels)
    a, b = levels(x), levels(y)

    def mean(volume: np.ndarray) -> np.ndarray:
        return gaussian_filter(volume, 1.5, mode="nearest", radius=5)

    ma, mb = mean(a), mean(b)
    va, vb, cov = mean(a * a) - ma**2, mean(b * b) - mb**2, mean(a * b) - ma * mb
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    expected = ((2 * ma * mb + c1) * (2 * cov + c2) / ((ma**2 + mb**2 + c1) * (va + vb + c2))).mean()
    assert MatlabSsim()(x, y).item() == pytest.approx(expected, abs=1e-10)


@pytest.mark.parametrize("metric", [Ssim(), LumaSsim(), MatlabSsim()])
def test_every_ssim_is_one_for_equal_pictures_symmetric_and_falls_with_noise(metric: Ssim) -> None:
    noisy, clean = pair(7)
    assert metric(clean, clean).item() == pytest.approx(1.0, abs=1e-12)
    assert metric(noisy, clean).item() == pytest.approx(metric(clean, noisy).item(), abs=1e-12)
    assert metric(noisy.flip(2), clean.flip(2)).item() == pytest.approx(metric(noisy, clean).item(), abs=1e-12)
    scores = [metric(*pair(7, level=level)).item() for level in (1, 3, 9, 27, 81)]
    assert scores == sorted(scores, reverse=True)


@pytest.mark.parametrize("factory", [Ssim, LumaSsim, MatlabSsim])
def test_the_border_is_cut_before_the_window_runs(factory: Callable[..., Ssim]) -> None:
    x, y = pair(11)
    inner = (..., slice(2, -2), slice(2, -2))
    assert factory(border=2)(x, y).item() == pytest.approx(factory(border=0)(x[inner], y[inner]).item(), abs=1e-12)


def test_each_image_of_a_batch_is_scored_as_if_alone() -> None:
    pairs = [pair(seed) for seed in range(3)]
    x, y = torch.cat([p[0] for p in pairs]), torch.cat([p[1] for p in pairs])
    for metric in (Ssim(), MatlabSsim()):
        assert metric(x, y).tolist() == [metric(*p).item() for p in pairs]


def test_a_picture_smaller_than_the_window_is_refused() -> None:
    with pytest.raises(EvaluationError, match="10×12 is smaller"):
        Ssim()(torch.zeros(1, 3, 10, 12), torch.zeros(1, 3, 10, 12))


def test_nan_is_refused() -> None:
    broken = torch.full((1, 3, 20, 20), float("nan"))
    with pytest.raises(EvaluationError, match="NaN"):
        MatlabSsim()(broken, torch.zeros(1, 3, 20, 20))


def test_matlabs_volume_ssim_lies_far_above_the_per_channel_one_on_a_gopro_frame(shared_data) -> None:
    import cv2

    folder = shared_data / "deblur/gopro_pair"
    blur, sharp = (cv2.imread(str(next((folder / part).glob("*.png"))))[..., ::-1] for part in ("blur", "sharp"))
    x, y = (torch.from_numpy(p.copy()).permute(2, 0, 1)[None].float() / 255 for p in (blur, sharp))
    assert Ssim()(x, y).item() == pytest.approx(scikit_image(blur, sharp), abs=1e-10)
    assert Ssim()(x, y).item() == pytest.approx(0.7170, abs=5e-5)
    assert MatlabSsim()(x, y).item() == pytest.approx(0.7963, abs=5e-5)
