"""The faint noise of real photographs is told from texture."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from burnish.io import read_picture
from burnish.ops.measures.blocks import blocks, without_plane
from burnish.ops.measures.faint_noise import FaintNoise, faint_noise
from burnish.ops.measures.pixels import central, luma_of
from numpy.typing import NDArray


def lumas(folder: Path) -> Iterator[NDArray[np.float32]]:
    for path in sorted(folder.iterdir()):
        yield luma_of(central(read_picture(path).pixels.astype(np.float32) / 255, 1024))


def test_more_than_half_of_polyu_s_noisy_photographs_are_found(shared_data: Path) -> None:
    found = [faint_noise(luma) for luma in lumas(shared_data / "pairs/polyu/test/noisy")]
    assert sum(one is not None for one in found) >= 11


def test_the_level_is_that_of_the_difference_to_the_clean_photograph(shared_data: Path) -> None:
    folder = shared_data / "pairs/polyu/test"
    within = []
    for noisy, clean in zip(lumas(folder / "noisy"), lumas(folder / "clean"), strict=True):
        if (found := faint_noise(noisy)) is not None:
            true = without_plane(blocks(noisy - clean, 16)).std()
            within.append(found.low <= true <= found.high)
    assert np.mean(within) >= 0.7


@pytest.mark.parametrize(("name", "most"), [("test/CBSD68", 1), ("test/Kodak", 0)])
def test_clean_photographs_have_none(name: str, most: int, shared_data: Path) -> None:
    assert sum(faint_noise(luma) is not None for luma in lumas(shared_data / name)) <= most


def test_white_noise_flat_and_small_pictures_have_none() -> None:
    rng = np.random.default_rng(0)
    assert faint_noise((0.5 + 0.01 * rng.standard_normal((256, 256))).astype(np.float32)) is None
    assert faint_noise(np.full((256, 256), 0.5, np.float32)) is None
    assert faint_noise(np.zeros((4, 4), np.float32)) is None


def test_correlated_noise_on_a_gradient_is_measured() -> None:
    rng = np.random.default_rng(0)
    white = rng.standard_normal((514, 514))
    noise = sum(white[y : y + 512, x : x + 512] for y in range(3) for x in range(3)) / 3.0
    picture = np.linspace(0.2, 0.8, 512)[:, None] + 2.5 / 255 * noise
    found = faint_noise(picture.astype(np.float32))
    assert isinstance(found, FaintNoise)
    assert found.low <= 1.4 * 2.5 / 255 <= found.high
    assert found.neighbours == pytest.approx(2 / 3, abs=0.15)
