"""The small transforms are orthonormal where they say so, invertible, and those of the papers."""

from __future__ import annotations

import numpy as np
import pytest
from burnish_classical.block_transforms import SPLINE_LOWPASS, dct, haar, separable, spline_wavelet
from scipy.fft import dct as scipy_dct
from scipy.fft import dctn


@pytest.mark.parametrize("length", [1, 2, 5, 8, 12])
def test_the_cosine_transform_is_that_of_scipy(length: int) -> None:
    assert np.allclose(dct(length), scipy_dct(np.eye(length), axis=0, norm="ortho"), atol=1e-12)


@pytest.mark.parametrize("length", [1, 2, 4, 8, 16, 32])
def test_the_haar_transform_is_orthonormal_and_its_first_row_the_mean(length: int) -> None:
    assert np.allclose(haar(length) @ haar(length).T, np.eye(length), atol=1e-12)
    assert np.allclose(haar(length)[0], 1 / np.sqrt(length))


def test_haar_coefficients_of_a_step_in_the_middle_are_two() -> None:
    assert np.count_nonzero(np.abs(haar(8) @ [1, 1, 1, 1, 3, 3, 3, 3]) > 1e-12) == 2


def test_the_spline_filter_is_the_published_one() -> None:
    published = [
        0.01657281518405971,
        -0.01657281518405971,
        -0.12153397801643787,
        0.12153397801643787,
        0.7071067811865476,
    ]
    assert np.allclose(SPLINE_LOWPASS, published + published[::-1], atol=1e-15)


@pytest.mark.parametrize("length", [2, 4, 8])
def test_the_wavelet_is_invertible_with_rows_of_length_1(length: int) -> None:
    matrix = spline_wavelet(length)
    assert np.allclose(np.linalg.norm(matrix, axis=1), 1)
    assert np.linalg.cond(matrix) < 3


def test_fine_wavelet_coefficients_are_differences_of_pairs_and_coarse_ones_vanish_on_what_is_even() -> None:
    matrix = spline_wavelet(8)
    assert np.allclose(matrix[4:] @ np.arange(8.0), -np.sqrt(0.5))
    assert np.allclose(matrix @ np.ones(8), np.eye(8)[0] * matrix[0].sum(), atol=1e-12)


def test_the_separable_transform_acts_along_both_axes() -> None:
    block = np.random.default_rng(0).random((8, 8))
    assert np.allclose(separable(dct(8)) @ block.ravel(), dctn(block, norm="ortho").ravel(), atol=1e-12)
