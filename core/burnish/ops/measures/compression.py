"""Traces of JPEG compression: the quality of the file, and the grid of 8×8 blocks in the picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import JpegImagePlugin

Plane = NDArray[np.float32]

MARK = b"\xff\xd8\xff"
GRID = 8
"""Side in pixels of JPEG's blocks."""

# fmt: off
LUMA = np.array([
    16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56,
    14, 17, 22, 29, 51, 87, 80, 62, 18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92,
    49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99,
])
CHROMA = np.array([
    17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99, 24, 26, 56, 99, 99, 99, 99, 99, 47, 66,
] + [99] * 38)
# fmt: on
"""The tables of ITU-T T.81, annex K, which the Independent JPEG Group's quality scales; row by row."""


def jpeg_quality(path: Path) -> int | None:
    """The quality 1..100, on the Independent JPEG Group's scale, of a JPEG file; None if it is not a JPEG.

    The group's library scales the tables of ITU-T T.81, annex K, by ``s = 5000/q`` below 50 and ``200 − 2q`` from there
    on: ``T = ⌊(s B + 50)/100⌋`` in 1..255. The q is returned whose tables are nearest to the file's (sum of absolute
    differences); the encoders that use other tables are answered with the nearest, too.
    """
    with path.open("rb") as file:
        if file.read(len(MARK)) != MARK:
            return None
        file.seek(0)
        tables: Mapping[int, Sequence[int]] = JpegImagePlugin.JpegImageFile(file).quantization
    return quality_of(tables) if tables else None


def quality_of(tables: Mapping[int, Sequence[int]]) -> int:
    """The quality 1..100 with the tables nearest to these: 64 numbers each, row by row; table 0 is luma's."""
    given = [(base, np.asarray(tables[key])) for key, base in ((0, LUMA), (1, CHROMA)) if key in tables]
    if not given:
        given = [(LUMA, np.asarray(next(iter(tables.values()))))]
    distances = [sum(int(np.abs(scaled(base, q) - table).sum()) for base, table in given) for q in range(1, 101)]
    return 1 + int(np.argmin(distances))


def scaled(base: NDArray[np.int64], quality: int) -> NDArray[np.int64]:
    """A table of annex K of the standard at a quality of 1..100."""
    scale = 5000 // quality if quality < 50 else 200 - 2 * quality
    return np.clip((base * scale + 50) // 100, 1, 255)


def blockiness(luma: Plane) -> float | None:
    """The excess of steps at 8×8 block borders: ``mean|d| at the grid / mean|d| elsewhere − 1``.

    The mean of both directions. About 0 without compression, growing as quality falls; seen in the pixels whatever file
    holds them, as long as the picture was neither shifted nor scaled since. Source: Wang, Sheikh, Bovik, "No-reference
    perceptual quality assessment of JPEG compressed images", doi:10.1109/ICIP.2002.1038064 (its first feature, taken
    relative to the second).

    Args:
        luma: H,W in [0, 1], cut from the file at a multiple of 8 pixels.

    Returns:
        Above −1; None where the picture is smaller than two blocks, or flat.
    """
    if min(luma.shape) < 2 * GRID:
        return None
    ratios = []
    for steps in (np.abs(np.diff(luma, axis=1)).mean(axis=0), np.abs(np.diff(luma, axis=0)).mean(axis=1)):
        at_grid = np.arange(len(steps)) % GRID == GRID - 1
        elsewhere = float(steps[~at_grid].mean())
        if elsewhere <= 0.0:
            return None
        ratios.append(float(steps[at_grid].mean()) / elsewhere)
    return float(np.mean(ratios)) - 1.0
