"""Generalised Gaussians are recovered from samples; local contrast is normalised as SciPy would."""

from __future__ import annotations

import numpy as np
import pytest
from burnish_metrics.natural_scene_statistics import asymmetric_gaussian, contrast_normalised, features
from scipy import ndimage, stats


@pytest.mark.parametrize("shape", [0.7, 1.0, 2.0, 4.0])
@pytest.mark.parametrize("scale", [0.3, 2.0])
def test_a_symmetric_generalised_gaussian_of_scipy_is_recovered(shape: float, scale: float) -> None:
    values = stats.gennorm(shape, scale=scale).rvs(200_000, random_state=np.random.default_rng(0))
    found = asymmetric_gaussian(values[None])
    assert float(found[0][0]) == pytest.approx(shape, rel=0.05)
    assert float(found[1][0]) == pytest.approx(scale, rel=0.06)
    assert float(found[2][0]) == pytest.approx(scale, rel=0.06)


def test_both_sides_of_an_asymmetric_one_are_recovered() -> None:
    rng = np.random.default_rng(1)
    left, right = 0.5, 2.0
    side = rng.random(400_000) < left / (left + right)
    size = np.abs(stats.gennorm(1.5).rvs(400_000, random_state=rng))
    found = asymmetric_gaussian(np.where(side, -left * size, right * size)[None])
    assert [float(each[0]) for each in found] == pytest.approx([1.5, left, right], rel=0.05)


def test_each_row_is_fitted_by_itself_and_flat_ones_are_finite() -> None:
    values = np.random.default_rng(2).standard_normal((3, 5000)) * [[1.0], [3.0], [0.0]]
    together = np.stack(asymmetric_gaussian(values))
    for row in range(3):
        assert np.array_equal(together[:, row], np.stack(asymmetric_gaussian(values[row : row + 1]))[:, 0])
    assert np.isfinite(together).all()


def test_local_mean_and_deviation_are_those_of_scipys_gaussian_window() -> None:
    luma = np.random.default_rng(3).uniform(0, 255, (40, 50))
    mean = ndimage.gaussian_filter(luma, 7 / 6, radius=3, mode="nearest")
    square = ndimage.gaussian_filter(luma**2, 7 / 6, radius=3, mode="nearest")
    deviation = np.sqrt(np.abs(square - mean**2))
    found = contrast_normalised(luma)
    assert np.allclose(found[1], deviation, atol=1e-8)
    assert np.allclose(found[0], (luma - mean) / (deviation + 1), atol=1e-8)


def test_there_are_36_features_of_every_block_and_leftovers_do_not_count() -> None:
    luma = np.random.default_rng(4).uniform(0, 255, (131, 99))
    described, sharpness = features(luma, 32)
    assert described.shape == (4 * 3, 36)
    assert sharpness.shape == (12,)
    assert np.allclose(described, features(luma[:128, :96], 32)[0])
    assert features(luma, 32, 16)[0].shape == (7 * 5, 36)
