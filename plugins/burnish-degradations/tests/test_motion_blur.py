"""Kernels of linear motion have the mean, variance and direction of a line."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from burnish_degradations.blur.motion_blur import MotionBlur, line_kernel
from hypothesis import given
from hypothesis import strategies as st


def _moments(kernel: np.ndarray) -> tuple[float, float, float, float, float]:
    place = np.arange(len(kernel)) - len(kernel) // 2
    x, y = np.meshgrid(place, -place)
    mean_x, mean_y = (kernel * x).sum(), (kernel * y).sum()
    return mean_x, mean_y, (kernel * x * x).sum(), (kernel * y * y).sum(), (kernel * x * y).sum()


@given(length=st.floats(0, 31), angle=st.floats(0, 360))
def test_kernels_are_centred_non_negative_and_sum_to_one(length: float, angle: float) -> None:
    kernel = line_kernel(35, length, angle)
    mean_x, mean_y, *_ = _moments(kernel)
    assert kernel.min() >= 0
    assert kernel.sum() == pytest.approx(1, abs=1e-12)
    assert (mean_x, mean_y) == pytest.approx((0, 0), abs=1e-9)
    assert np.allclose(kernel, kernel[::-1, ::-1], atol=1e-9)


@given(length=st.floats(0, 31), angle=st.floats(0, 360))
def test_variance_is_that_of_a_line_plus_that_of_the_interpolation(length: float, angle: float) -> None:
    turn = math.radians(angle)
    *_, var_x, var_y, covariance = _moments(line_kernel(35, length, angle))
    for variance, extent in ((var_x, length * math.cos(turn)), (var_y, length * math.sin(turn))):
        t = (np.arange(20000) + 0.5) / 20000 - 0.5
        share = np.mod(t * extent, 1.0)
        assert variance == pytest.approx(extent**2 / 12 + np.mean(share * (1 - share)), abs=2e-4)
    assert covariance == pytest.approx(length**2 / 12 * math.cos(turn) * math.sin(turn), abs=1e-6)


def test_horizontal_motion_over_a_whole_number_of_pixels_has_its_closed_form() -> None:
    kernel = line_kernel(9, 4.0, 0.0)
    assert kernel[4].tolist() == pytest.approx([0, 0, 1 / 8, 1 / 4, 1 / 4, 1 / 4, 1 / 8, 0, 0], abs=1e-12)
    assert np.delete(kernel, 4, axis=0).max() == pytest.approx(0, abs=1e-15)


def test_angles_turn_counter_clockwise() -> None:
    kernel = line_kernel(15, 10.0, 45.0)
    assert kernel[4, 10] > 0.05
    assert kernel[10, 4] > 0.05
    assert kernel[4, 4] == 0
    assert np.allclose(line_kernel(15, 10.0, 90.0), line_kernel(15, 10.0, 0.0).T, atol=1e-12)


def test_rasterised_lines_equal_a_fine_numerical_integration() -> None:
    dx, dy = 11.3 * math.cos(math.radians(27)), -11.3 * math.sin(math.radians(27))
    t = (np.arange(200_000) + 0.5) / 200_000 - 0.5
    place = np.arange(15) - 7.0
    near_x = np.maximum(1 - np.abs(t[:, None] * dx - place), 0)
    near_y = np.maximum(1 - np.abs(t[:, None] * dy - place), 0)
    oracle = near_y.T @ near_x / len(t)
    assert np.abs(line_kernel(15, 11.3, 27.0) - oracle).max() < 1e-7


def test_length_and_angle_are_drawn_from_their_ranges_and_fit_the_kernel() -> None:
    made = MotionBlur(length=[4, 12], angle=[10, 20])(torch.zeros(64, 1, 4, 4), torch.Generator().manual_seed(0))
    assert made.conditions["kernel"].shape == (64, 15, 15)
    assert 4 <= min(made.parameters["kernel"]["length"]) < 5
    assert 11 < max(made.parameters["kernel"]["length"]) <= 12
    assert all(10 <= angle <= 20 for angle in made.parameters["kernel"]["angle"])
