"""Real noise: the fit of single noisy pictures against that of their differences to clean ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from burnish.ops.noise import NoiseModel
from burnish_degradations.calibration.fitting import fit, variance_of
from burnish_degradations.calibration.flat_areas import CORRELATED, FARTHEST, correlation, flat_levels
from burnish_degradations.calibration.levels import Levels, joined
from burnish_degradations.calibration.measuring import read

STEP = 1 / 255


@pytest.fixture
def pairs(shared_data: Path) -> Path:
    if not (shared_data / "pairs").is_dir():
        pytest.skip(f"no pairs of real pictures at {shared_data / 'pairs'}")
    return shared_data / "pairs"


def of_residuals(noisy: Any, clean: Any) -> NoiseModel:
    """From what a noisy picture has more than its clean one, brought to its brightness and contrast."""
    slope, shift = np.polyfit(clean.ravel(), noisy.ravel(), 1)
    truth = slope * clean + shift
    order = np.argsort(truth.ravel())
    parts = np.array_split(order, 40)
    off = (noisy - truth).ravel()
    levels = Levels(
        brightness=np.array([truth.ravel()[part].mean() for part in parts]),
        variance=np.array([off[part].var() for part in parts]),
        count=np.array([float(len(part)) for part in parts]),
        clipped=np.array([(noisy.ravel()[part] <= 0).mean() for part in parts]),
    )
    return fit(levels, STEP, "residuals").model


def test_white_noise_of_a_microscope_is_found_from_single_noisy_pictures_to_a_few_hundredths(pairs: Path) -> None:
    found = []
    for file in sorted((pairs / "w2s" / "test" / "noisy").iterdir()):
        noisy, clean = (read(file.parents[1] / which / file.name)[0] for which in ("noisy", "clean"))
        x = np.quantile(noisy, (0.5, 0.75, 0.9, 0.99))
        alone, true = fit(flat_levels(noisy, STEP), STEP, file.name).model, of_residuals(noisy, clean)
        found.append(np.sqrt(variance_of(alone, x) / variance_of(true, x)))
    ratios = np.array(found)
    assert ratios.shape == (36, 4)
    assert np.median(ratios) == pytest.approx(1.0, abs=0.02)
    assert np.mean(np.abs(ratios - 1.0) < 0.1) > 0.9


def test_the_noise_of_cameras_files_is_seen_to_be_correlated_and_a_microscopes_is_not(pairs: Path) -> None:
    for name, correlated in (("w2s", False), ("polyu", True)):
        pictures = [read(file)[0] for file in sorted((pairs / name / "test" / "noisy").iterdir())[:6]]
        near, far = (joined([flat_levels(one, STEP, spacing) for one in pictures]) for spacing in (1, FARTHEST))
        assert (correlation(near, far) > CORRELATED) == correlated
