"""Traces that JPEG left in a picture's values, whatever file holds them now: quality, and where its blocks begin."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from burnish.ops.measures.blocks import blocks, cosine_basis
from burnish.ops.measures.compression import GRID, LUMA, scaled

Plane = NDArray[np.float32]
Numbers = NDArray[np.float64]

FREQUENCIES = (
    (0, 1), (1, 0), (1, 1), (0, 2), (2, 0), (1, 2), (2, 1), (0, 3), (3, 0), (2, 2), (1, 3), (3, 1), (0, 4), (4, 0)
)  # fmt: skip
"""Down and across, of the cosine transform of a block: low ones, which are rarely rounded to zero."""
QUALITIES = np.array([5, 8, *range(10, 97)])
"""Qualities that are tried; above, nothing can be told."""
COARSE = 6
"""Every so many of them are enough to find the grid."""
SOME, MANY = 256, 4096
"""Blocks that are looked at for the grid, and for the quality."""
FEWEST = 16
"""Blocks needed at all."""
ERROR = 0.45
"""Standard deviation in levels that rounding to 8 bit and from RGB to luma add to a coefficient."""
OTHERWISE = 0.02
"""Part of the coefficients that may be anywhere: clipped blocks, painted over, wrong grid."""
ZERO = 1.5
"""Coefficients below this many levels fit every coarser table, too, and do not tell the quality."""
TOLD = 50
"""Larger coefficients that are needed to tell it."""
HINT = 10
"""Larger coefficients without which nothing is said."""
FOUND = 0.1
"""Mean logarithm of the likelihood ratio from which a picture is said to have been a JPEG."""
COARSER = 1.6
"""An earlier compression is told apart where its steps are larger than the last one's by this factor."""


@dataclass(frozen=True, kw_only=True)
class JpegTraces:
    """What the last compression left, and perhaps an earlier one."""

    quality: int
    """1..96 by the Independent JPEG Group's tables."""
    offset: tuple[int, int]
    """Rows and columns from the picture's corner to the first whole block, 0..7: other than 0 after cropping."""
    evidence: float
    """Mean logarithm of the likelihood ratio against values that were never rounded, for each coefficient."""
    first_quality: int | None = None
    """Of an earlier, stronger compression on the same grid; None: no sign of one."""


def jpeg_traces(luma: Plane) -> JpegTraces | None:
    """Find the table of steps whose multiples the coefficients of 8×8 blocks are.

    For each grid and quality the likelihood ratio of every coefficient c is ``(1 − e) q N(c − q·round(c/q); s) + e``
    with the step q of that quality's table, against a density without preferred values. The grid is found first, then
    the quality, from coefficients that are not zero. Quantisation as a trace of JPEG: Fan, de Queiroz 2003,
    doi:10.1109/TIP.2002.807361. Other encoders' tables give the nearest quality. Slight changes of the values (a
    brightness, a filter, noise of more than one level) remove the trace, as they remove the exact multiples.

    Args:
        luma: H,W in [0, 1], BT.601 as JPEG has it, not resized since.

    Returns:
        None: no JPEG, one of very high quality, or too small or flat to say.
    """
    levels = luma.astype(np.float32) * np.float32(255.0)
    coarse = np.arange(0, len(QUALITIES), COARSE)
    grids = [(y, x) for y in range(GRID) for x in range(GRID)]
    scores = [_evidence(_coefficients(levels, grid, SOME), _steps()[coarse], least=-1.0).max() for grid in grids]
    grid = grids[int(np.argmax(scores))]
    found = _coefficients(levels, grid, MANY)
    if (np.abs(found) > ZERO).sum() < HINT:
        return None
    evidence = _evidence(found, _steps(), least=ZERO)
    best = _last_best(evidence)
    if not math.isfinite(float(evidence[best])):  # nearly all are zero: a strong compression of a plain picture
        evidence = _evidence(found, _steps(), least=-1.0)
        best = _last_best(evidence)
    if evidence[best] < FOUND:
        return None
    return JpegTraces(
        quality=int(QUALITIES[best]),
        offset=grid,
        evidence=float(evidence[best]),
        first_quality=_first(found, best),
    )


def _last_best(evidence: Numbers) -> int:
    """Neighbouring qualities may have the same steps at these frequencies; then the highest is said."""
    return len(evidence) - 1 - int(np.argmax(evidence[::-1]))


def _first(coefficients: Plane, last: int) -> int | None:
    """The quality of an earlier compression: its multiples, each rounded to one of the last table."""
    steps = _steps()
    errors = np.sqrt(ERROR**2 + np.square(steps[last]) / 12.0)
    candidates = np.flatnonzero((steps >= COARSER * steps[last]).all(axis=1))
    if not len(candidates):
        return None
    evidence = _evidence(coefficients, steps[candidates], least=float(steps[last].max()) / 2.0, errors=errors)
    best = int(np.argmax(evidence))
    return int(QUALITIES[candidates[best]]) if evidence[best] > FOUND else None


def _coefficients(levels: Plane, grid: tuple[int, int], most: int) -> Plane:
    """blocks,frequencies of evenly chosen whole blocks of a grid that touch neither black nor white."""
    flat = blocks(levels[grid[0] :, grid[1] :], GRID).reshape(-1, GRID * GRID)
    inside = np.flatnonzero((flat.min(axis=1) > 0.5) & (flat.max(axis=1) < 254.5)) if len(flat) else np.arange(0)
    chosen = inside[np.linspace(0, len(inside) - 1, min(most, len(inside))).astype(int)]
    found: Plane = flat[chosen] @ _basis()
    return found


def _evidence(coefficients: Plane, steps: Plane, *, least: float, errors: Plane | float = ERROR) -> Numbers:
    """Mean log ratio of each table (tables,frequencies) over coefficients larger than ``least``; −inf: too few."""
    used = np.abs(coefficients) > least
    if len(coefficients) < FEWEST or used.sum() < TOLD:
        return np.full(len(steps), -np.inf)
    return np.array([float(_ratios(coefficients, table, errors)[used].mean()) for table in steps])


def _ratios(coefficients: Plane, table: Plane, errors: Plane | float) -> Plane:
    rest = (coefficients - table * np.round(coefficients / table)) / errors
    density = table / (errors * math.sqrt(2.0 * math.pi)) * np.exp(-0.5 * np.square(rest))
    ratios: Plane = np.log((1.0 - OTHERWISE) * density + OTHERWISE)
    return ratios


@cache
def _basis() -> Plane:
    """64,frequencies: the columns of ``cosine_basis`` for ``FREQUENCIES``."""
    return cosine_basis(GRID)[:, [GRID * down + across for down, across in FREQUENCIES]]


@cache
def _steps() -> Plane:
    """qualities,frequencies: the steps of luma's table."""
    tables = np.stack([scaled(LUMA, int(quality)).reshape(GRID, GRID) for quality in QUALITIES])
    down, across = (list(axis) for axis in zip(*FREQUENCIES, strict=True))
    chosen: Plane = tables[:, down, across].astype(np.float32)
    return chosen
