"""The noise of a photograph is found within a few percent, and nearer than by the median of wavelet coefficients."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from burnish.ops.measures.noise import gradient_noise, noise_sigma
from numpy.typing import NDArray

Pixels = NDArray[np.float32]
DB2 = np.array([-0.12940952255092145, -0.22414386804185735, 0.836516303737469, -0.48296291314469025])
"""Daubechies' high pass with two vanishing moments."""


def wavelet_mad(plane: Pixels) -> float:
    """Donoho and Johnstone, doi:10.1093/biomet/81.3.425: what scikit-image's ``estimate_sigma`` computes."""
    from scipy.ndimage import convolve1d

    diagonal = convolve1d(convolve1d(plane.astype(np.float64), DB2, axis=0), DB2, axis=1)[::2, ::2]
    return float(np.median(np.abs(diagonal)) / 0.6744897501960817)


@pytest.mark.parametrize("sigma", [0.01, 0.05, 0.1, 0.2])
def test_pure_noise_is_read_within_two_percent(sigma: float) -> None:
    pixels = np.random.default_rng(1).normal(0.5, sigma, (256, 256, 1)).astype(np.float32)
    assert noise_sigma(pixels) == pytest.approx(sigma, rel=0.03)


@pytest.mark.parametrize("level", [5, 10, 25, 50])
def test_noise_of_photographs_is_read_nearer_than_by_wavelets(
    photographs: list[Pixels], noisy: Callable[[Pixels, float], Pixels], level: int
) -> None:
    sigma = level / 255
    made = [noisy(picture, sigma) for picture in photographs]
    own = np.abs([noise_sigma(picture) / sigma - 1 for picture in made])
    wavelets = np.abs([np.mean([wavelet_mad(p[:, :, c]) for c in range(3)]) / sigma - 1 for p in made])
    assert np.median(own) < 0.12 if level == 5 else np.median(own) < 0.05
    assert own.mean() < wavelets.mean() + 0.005


def test_more_noise_reads_as_more(photographs: list[Pixels], noisy: Callable[[Pixels, float], Pixels]) -> None:
    for picture in photographs:
        read = [noise_sigma(noisy(picture, level / 255)) for level in (0, 2, 5, 10, 20, 40)]
        assert read == sorted(read)


def test_clipped_areas_do_not_hide_the_noise(noisy: Callable[[Pixels, float], Pixels]) -> None:
    half_black = np.zeros((256, 256, 1), np.float32)
    half_black[:, 128:] = 0.5
    assert noise_sigma(noisy(half_black, 0.05)) == pytest.approx(0.05, rel=0.06)


def test_a_picture_without_noise_or_smaller_than_a_block_has_none() -> None:
    ramp = np.linspace(0, 1, 64, dtype=np.float32)[None, :, None].repeat(64, axis=0)
    assert noise_sigma(ramp) == pytest.approx(0.0, abs=1e-6)
    assert noise_sigma(np.random.default_rng(0).random((9, 9, 3), dtype=np.float32)) == 0.0


def test_noise_adds_to_squared_gradients_what_the_formula_says() -> None:
    from scipy.ndimage import gaussian_filter

    noise = np.random.default_rng(0).normal(0, 0.1, (512, 512))
    down, across = np.gradient(gaussian_filter(noise, 3.0))
    assert np.mean(down**2 + across**2) == pytest.approx(gradient_noise(0.1, 3.0), rel=0.1)
