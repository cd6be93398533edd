"""The noise of finished photographs: faint, correlated between neighbours, and of another level at every brightness."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from burnish.ops.measures.blocks import Plane, blocks, without_plane

BLOCK = 16
"""Side in pixels of the blocks that are looked at."""
BINS = 6
"""Groups of blocks of about the same brightness; half of them, the most even, count."""
FEWEST = 60
"""Blocks of a picture, at least."""
INSIDE = (0.06, 0.94)
"""Mean brightness of a block; beyond, noise is clipped."""
PARTS = (0.05, 0.2, 0.5)
"""Parts of a group's blocks, those with least variance: noise has nearly the same level in all, texture has not."""
EVEN = (0.75, 0.65)
"""Least ratio of the first level to the second, and of the second to the third; medians over the groups."""
LEVEL = (1.4 / 255, 4.0 / 255)
"""Of noise that is told apart like this; above, texture is even as well."""
NEIGHBOURS, FAR = 0.5, 0.1
"""Noise is correlated by this at least with the next pixel, and by no more than this with the fourth."""
SIGMA, LOW, HIGH = 1.4, 1.2, 1.8
"""The noise of the whole picture in units of the level in quiet blocks: 1.19 to 1.72 in 30 pictures of PolyU's training
set, where the clean pictures tell it; 1.41 to 1.85 in 12 of its test set."""


@dataclass(frozen=True, kw_only=True)
class FaintNoise:
    """Standard deviation in [0, 1], and where it lies in 8 of 10 photographs."""

    sigma: float
    low: float
    high: float
    neighbours: float
    """Correlation with the next pixel, −1..1."""


def faint_noise(luma: Plane) -> FaintNoise | None:
    """The correlated noise of a photograph, where it can be told from texture; None: there is none, or it cannot.

    The noise of a camera's finished picture has one level at each brightness, and texture has not: among blocks of
    about the same brightness, the quietest differ little. The settings were chosen on 47 noisy photographs of PolyU's
    training set (30 found) and 159 clean ones (CBSD68, Kodak, 85 others: 1 found); of PolyU's 21 for test 12 are found.

    Args:
        luma: H,W in [0, 1].
    """
    raw = blocks(luma, BLOCK)
    means = raw.mean(axis=(1, 2)) if len(raw) else np.zeros(0)
    order = np.argsort(means, kind="stable")
    order = order[(means[order] > INSIDE[0]) & (means[order] < INSIDE[1])]
    if len(order) < FEWEST:
        return None
    flat = without_plane(raw).astype(np.float64)
    variances = np.square(flat).mean(axis=(1, 2))
    groups = [part[np.argsort(variances[part], kind="stable")] for part in np.array_split(order, BINS)]
    levels = np.array([[np.sqrt(variances[_quietest(group, part)].mean()) for part in PARTS] for group in groups])
    ratios = levels[:, :2] / np.maximum(levels[:, 1:], 1e-9)
    best = np.argsort(-ratios[:, 0], kind="stable")[: BINS // 2]
    level = float(np.median(levels[best, 0]))
    if not LEVEL[0] < level < LEVEL[1] or (np.median(ratios, axis=0) <= EVEN).any():
        return None
    quiet = np.concatenate([_quietest(groups[index], PARTS[0]) for index in best])
    near, far = _correlations(flat[quiet] / np.sqrt(variances[quiet])[:, None, None])
    if near < NEIGHBOURS or far > FAR:
        return None
    return FaintNoise(sigma=SIGMA * level, low=LOW * level, high=HIGH * level, neighbours=near)


def _quietest(group: NDArray[np.intp], part: float) -> NDArray[np.intp]:
    """The first part of a group that is sorted by variance."""
    return group[: max(3, int(len(group) * part))]


def _correlations(flat: NDArray[np.float64]) -> tuple[float, float]:
    """With the next pixel, across or down, whichever is less; and with the fourth across."""
    across, down = (flat[:, :, 1:] * flat[:, :, :-1]).mean(), (flat[:, 1:] * flat[:, :-1]).mean()
    return float(min(across, down)), float((flat[:, :, 4:] * flat[:, :, :-4]).mean())
