"""GMSD against a derivation with SciPy's convolutions, and closed forms."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from burnish.errors import EvaluationError
from burnish_metrics.fidelity.gmsd import Gmsd
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import convolve2d


def _pictures(seed: int, channels: int = 3, size: tuple[int, int] = (31, 42)) -> torch.Tensor:
    values = np.random.default_rng(seed).integers(0, 256, (1, channels, *size))
    return torch.from_numpy(values / 255).float()


def _derived(x: torch.Tensor, y: torch.Tensor) -> float:
    """The authors' steps by full convolutions, cut as MATLAB's ``same`` cuts them."""

    def gradient(picture: torch.Tensor) -> np.ndarray:
        levels = np.round(picture[0].double().numpy() * 255)
        luma = levels[0] if len(levels) == 1 else np.tensordot([0.299, 0.587, 0.114], levels, 1)
        mean = convolve2d(luma, np.full((2, 2), 0.25), mode="full")[1:, 1:][::2, ::2]
        across = np.array([[1, 0, -1]] * 3) / 3
        return np.hypot(*(convolve2d(mean, kernel, mode="full")[1:-1, 1:-1] for kernel in (across, across.T)))

    one, other = gradient(x), gradient(y)
    quality = (2 * one * other + 170) / (one**2 + other**2 + 170)
    return float(np.sqrt(np.square(quality - quality.mean()).sum() / (quality.size - 1)))


@given(seed=st.integers(0, 2**16), channels=st.sampled_from([1, 3]), odd=st.integers(0, 1))
@settings(max_examples=20)
def test_it_agrees_with_the_derivation(seed: int, channels: int, odd: int) -> None:
    size = (20 + odd, 31 - odd)
    x, y = _pictures(seed, channels, size), _pictures(seed + 1, channels, size)
    assert Gmsd()(x, y).item() == pytest.approx(_derived(x, y), abs=1e-12)


def test_equal_pictures_and_pictures_that_differ_by_a_constant_inside_score_zero_or_nearly() -> None:
    x = _pictures(0)
    assert Gmsd()(x, x).item() == 0.0
    dark, bright = torch.full((1, 1, 400, 400), 0.3), torch.full((1, 1, 400, 400), 0.5)
    assert Gmsd()(dark, bright).item() < 0.02


def test_it_is_symmetric_and_a_mirror_image_scores_the_same() -> None:
    x, y = _pictures(1, size=(32, 40)), _pictures(2, size=(32, 40))
    assert Gmsd()(x, y).item() == pytest.approx(Gmsd()(y, x).item(), abs=1e-14)
    assert Gmsd()(x.transpose(2, 3), y.transpose(2, 3)).item() == pytest.approx(Gmsd()(x, y).item(), abs=1e-12)


def test_more_blur_scores_worse() -> None:
    x = _pictures(3, 1, (64, 64))
    blurred = [torch.nn.functional.avg_pool2d(x, side, 1, side // 2, count_include_pad=False) for side in (1, 3, 5, 9)]
    scores = [Gmsd()(each, x).item() for each in blurred]
    assert scores == sorted(scores)
    assert len(set(scores)) == 4


def test_a_picture_without_a_gradient_is_refused() -> None:
    with pytest.raises(EvaluationError, match="2×9 is too small"):
        Gmsd()(torch.zeros(1, 1, 2, 9), torch.zeros(1, 1, 2, 9))
