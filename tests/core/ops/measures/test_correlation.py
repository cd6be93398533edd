"""The correlation of noise between neighbouring pixels is that of the filter which made it."""

from __future__ import annotations

import math
from pathlib import Path

import cv2
import numpy as np
import pytest
from burnish.ops.measures.correlation import CORRELATED_ALONE, channel_correlation, noise_correlation
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

Pixels = NDArray[np.float32]


def white(sigma: float, side: int = 256) -> Pixels:
    return np.random.default_rng(5).normal(0.5, sigma / 255, (side, side)).astype(np.float32)


def median_of(folder: Path, sigma: float = 0.0, *, step: int = 1) -> float:
    """Over the pictures of a folder, each with white noise of its own, as a file of 8 bit has it."""
    values = []
    for seed, path in enumerate(sorted(folder.iterdir())[::step]):
        grey = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE).astype(np.float32)
        grey += np.random.default_rng(seed).normal(0, sigma, grey.shape).astype(np.float32)
        found = noise_correlation(np.round(grey.clip(0, 255)) / np.float32(255))
        assert found is not None
        values.append(found.largest)
    return float(np.median(values))


@pytest.mark.parametrize("sigma", [2, 10, 50])
def test_independent_noise_has_none(sigma: float) -> None:
    found = noise_correlation(white(sigma))
    assert found is not None
    assert abs(found.across) < 0.06
    assert abs(found.down) < 0.06
    assert found.noise == pytest.approx(sigma / 255, rel=0.1)


@pytest.mark.parametrize("width", [0.6, 0.8, 1.0])
def test_a_gaussian_filter_of_width_s_gives_the_correlation_exp_of_minus_one_over_4_s_squared(width: float) -> None:
    noise = gaussian_filter1d(white(25, 512), width, axis=1)
    weights = np.exp(-0.5 * (np.arange(-6, 7) / width) ** 2)
    exact = float(weights[1:] @ weights[:-1] / (weights @ weights))
    assert exact == pytest.approx(math.exp(-1 / (4 * width**2)), abs=0.06)  # the formula is of a continuous filter
    found = noise_correlation(noise.astype(np.float32))
    assert found is not None
    assert found.across == pytest.approx(exact, abs=0.12)
    assert -0.12 < found.down < 0.06  # blocks are chosen that happen to be flat


def test_without_noise_or_room_there_is_nothing_to_say() -> None:
    assert noise_correlation(np.full((64, 64), 0.5, np.float32)) is None
    assert noise_correlation(white(25, 15)) is None


def test_photographs_of_cameras_are_told_from_independent_noise(shared_data: Path) -> None:
    pairs = shared_data / "pairs"
    if not pairs.is_dir():
        pytest.skip(f"no pairs at {pairs}")
    assert median_of(pairs / "polyu" / "test" / "noisy") > CORRELATED_ALONE
    assert abs(median_of(pairs / "w2s" / "test" / "noisy")) < 0.1
    for sigma in (10, 25, 50):
        assert median_of(shared_data / "train" / "BSD400", sigma, step=8) < CORRELATED_ALONE / 2


@pytest.mark.parametrize("shared", [0.0, 0.5, 0.9])
def test_channels_that_share_a_part_of_their_noise_are_correlated_by_that_part(shared: float) -> None:
    draw = np.random.default_rng(2)
    own, common = draw.normal(0, 0.1, (3, 256, 256)), draw.normal(0, 0.1, (256, 256))
    noise = (math.sqrt(1 - shared) * own + math.sqrt(shared) * common).astype(np.float32)
    for guide in (None, np.full_like(noise, 0.5)):
        found = channel_correlation(noise + np.float32(0.5) if guide is None else noise, guide)
        assert found == pytest.approx(shared, abs=0.08)
    assert channel_correlation(noise[:1]) is None
    assert channel_correlation(np.full((3, 64, 64), 0.5, np.float32)) is None
    assert channel_correlation(np.zeros((3, 8, 8), np.float32)) is None


def test_colour_photographs_of_cameras_are_told_from_independent_noise_of_channels(shared_data: Path) -> None:
    folder = shared_data / "pairs" / "polyu" / "test" / "noisy"
    if not folder.is_dir():
        pytest.skip(f"no pairs at {folder}")

    def median(paths: list[Path], sigma: float) -> float:
        values = []
        for seed, path in enumerate(paths):
            colours = cv2.imread(str(path)).astype(np.float32)
            colours += np.random.default_rng(seed).normal(0, sigma, colours.shape).astype(np.float32)
            values.append(channel_correlation(np.round(colours.clip(0, 255)).transpose(2, 0, 1) / np.float32(255)))
        return float(np.median([value for value in values if value is not None]))

    assert median(sorted(folder.iterdir())[::3], 0) > CORRELATED_ALONE
    assert median(sorted((shared_data / "test" / "CBSD68").iterdir())[::9], 10) < CORRELATED_ALONE / 2
