"""Good datasets of each form, made of real photographs; tests spoil copies of them."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from picture_files import noise, save

Pixels = NDArray[np.float32]
SIDE = 128
COUNTS = {"train": 12, "validation": 3, "test": 3}


@pytest.fixture(scope="session")
def tiles(photographs: list[Pixels]) -> list[Pixels]:
    """Eighteen parts of photographs that show something and share nothing, H,W,3 in [0.1, 0.9]."""
    found = []
    for picture in photographs:
        for top in range(0, picture.shape[0] - SIDE + 1, SIDE):
            for left in range(0, picture.shape[1] - SIDE + 1, SIDE):
                found.append(0.1 + 0.8 * picture[top : top + SIDE, left : left + SIDE])
    found.sort(key=lambda tile: -float(cv2.GaussianBlur(tile, (0, 0), 4).std()))
    return found[: sum(COUNTS.values())]


@pytest.fixture(scope="session")
def good(tmp_path_factory: pytest.TempPathFactory, tiles: list[Pixels]) -> Path:
    """A folder with a good dataset of each form."""
    root = tmp_path_factory.mktemp("good")
    names = [(split, number) for split, count in COUNTS.items() for number in range(count)]
    for seed, ((split, number), tile) in enumerate(zip(names, tiles, strict=True)):
        name = f"image{number:02d}.png"
        save(root / "clean" / split / name, tile)
        save(root / "pairs" / split / "clean" / name, tile)
        save(root / "pairs" / split / "noisy" / name, noise(tile, 10, seed))
        save(root / "noisy" / split / "noisy" / name, noise(tile, 25, seed))
        for shot in range(3):
            place = root / "shots" / split / "noisy" / f"scene{split}{number}" / f"{shot}.png"
            save(place, noise(tile, 20, 1000 * shot + seed))
    return root


@pytest.fixture
def dataset(good: Path, tmp_path: Path) -> Callable[[str], Path]:
    """A copy of the good dataset of a form."""

    def copy(form: str) -> Path:
        return Path(shutil.copytree(good / form, tmp_path / form))

    return copy
