"""Intervals of arrays and lists of frames have the kind of what was given."""

from __future__ import annotations

from pathlib import Path

import burnish
import numpy as np
import pytest
import torch
from burnish.errors import UsageError

pytest.importorskip("burnish_classical")
pytest.importorskip("burnish_degradations")


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("memory")
    draw = np.random.default_rng(0)
    (place / "clean").mkdir()
    for index in range(12):
        burnish.write(place / "clean" / f"{index}.png", draw.integers(60, 190, (20, 24, 3), dtype=np.uint8))
    return burnish.calibrate(
        "classical/median", place / "bundle", clean=place / "clean", degrader="degradations/gaussian-noise",
        degrader_settings={"sigma": 0.05}, width="constant", confidence=0, quiet=True,
    )  # fmt: skip


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float64"])
def test_bounds_of_an_array_are_arrays_of_its_type_about_the_estimate(bundle: Path, dtype: str) -> None:
    restorer = burnish.load(bundle)
    peak = {"uint8": 255, "uint16": 65535, "float64": 1.0}[dtype]
    array = (np.random.default_rng(1).random((20, 24, 3)) * peak).astype(dtype)
    found = burnish.interval(restorer, array, 0.8)
    assert {part.dtype for part in vars(found).values()} == {np.dtype(dtype)}
    assert (found.low <= found.estimate).all()
    assert (found.estimate <= found.high).all()
    assert np.allclose(found.width, found.high - found.low, atol=1e-6)
    np.testing.assert_array_equal(found.estimate, restorer(array))
    assert (burnish.interval(restorer, array, 0.5).width <= found.width).all(), "less is promised of a narrower one"


def test_frames_that_are_restored_one_by_one_have_an_interval_each(bundle: Path) -> None:
    restorer = burnish.load(bundle)
    frames = [np.full((20, 24), 40 * index, np.uint8) for index in range(3)]
    found = burnish.interval(restorer, frames, 0.8)
    assert isinstance(found, list)
    for frame, one in zip(frames, found, strict=True):
        np.testing.assert_array_equal(one.low, burnish.interval(restorer, frame, 0.8).low)


def test_a_tensor_and_a_restorer_without_intervals_are_refused(bundle: Path) -> None:
    with pytest.raises(UsageError, match="a tensor has no depth to round intervals to"):
        burnish.interval(burnish.load(bundle), torch.zeros(1, 3, 8, 8))
    with pytest.raises(UsageError, match="has no calibrated intervals"):
        burnish.interval(burnish.load("classical/median"), np.zeros((8, 8), np.uint8))
