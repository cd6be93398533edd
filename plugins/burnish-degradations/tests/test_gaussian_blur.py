"""Gaussian kernels are SciPy's where they are round, and have the declared covariance where they are not."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from burnish_degradations.blur.gaussian_blur import GaussianBlur, gaussian_kernel
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage


def _covariance(kernel: np.ndarray) -> np.ndarray:
    place = np.arange(len(kernel)) - len(kernel) // 2
    x, y = np.meshgrid(place, -place)
    points = np.stack([x, y])
    return np.einsum("ihw,jhw,hw->ij", points, points, kernel)


@pytest.mark.parametrize("width", [0.7, 1.6, 3.0])
def test_round_blur_equals_scipy_gaussian_filter(width: float) -> None:
    clean = torch.rand(1, 1, 40, 37, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    ours = GaussianBlur(width=width)(clean, torch.Generator().manual_seed(0)).degraded[0, 0].numpy()
    oracle = ndimage.gaussian_filter(clean[0, 0].numpy(), width, mode="mirror", truncate=4.0)
    assert np.abs(ours - oracle).max() < 1e-12


@given(width=st.floats(1.0, 4.0), ratio=st.floats(0.5, 1.0), angle=st.floats(0, 180))
def test_elongated_kernels_have_the_declared_covariance(width: float, ratio: float, angle: float) -> None:
    kernel = gaussian_kernel(20, width, max(ratio, 0.8 / width), angle)
    shorter = width * max(ratio, 0.8 / width)
    turn = math.radians(angle)
    axes = np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])
    declared = axes @ np.diag([width**2, shorter**2]) @ axes.T
    assert np.abs(_covariance(kernel) - declared).max() < 0.02 * width**2


@given(width=st.floats(0, 5), ratio=st.floats(0, 1), angle=st.floats(-360, 360))
def test_kernels_are_non_negative_sum_to_one_and_are_symmetric(width: float, ratio: float, angle: float) -> None:
    kernel = gaussian_kernel(20, width, ratio, angle)
    assert kernel.min() >= 0
    assert kernel.sum() == pytest.approx(1, abs=1e-12)
    assert np.allclose(kernel, kernel[::-1, ::-1], atol=1e-12)


def test_no_width_is_no_blur() -> None:
    clean = torch.rand(1, 3, 9, 9, generator=torch.Generator().manual_seed(0))
    made = GaussianBlur(width=0)(clean, torch.Generator().manual_seed(0))
    assert torch.allclose(made.degraded, clean, atol=1e-7)
