"""How alike the noise of neighbouring pixels and of channels is: what assumes independent noise fails where it is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from burnish.ops.measures.blocks import blocks, without_plane

Plane = NDArray[np.float32]

BLOCK = 16
"""Side in pixels of the blocks that are looked at."""
QUIET = 0.1
"""The part of the blocks that is taken for free of texture: those with the least structure of 4 pixels and more."""
SATURATED = 0.05
"""A block with a larger part of its pixels at 0 or 1 is left out."""
FEWEST = 8
"""Blocks that are looked at, at least."""
CORRELATED = 0.2
"""Median over a set, from differences of two pictures, from which noise is correlated."""
CORRELATED_ALONE = 0.45
"""The same from single pictures, where fine texture counts, too."""
LEAST = 0.5 / 255
"""Standard deviation below which there is no noise to speak of, only rounding."""


@dataclass(frozen=True, kw_only=True)
class Correlation:
    """Of the noise of a pixel with that of its neighbour, −1..1; 0: independent."""

    across: float
    down: float
    noise: float
    """Standard deviation in [0, 1] of what was looked at."""

    @property
    def largest(self) -> float:
        """Of the two directions."""
        return max(self.across, self.down)


def noise_correlation(noise: Plane, guide: Plane | None = None) -> Correlation | None:
    """The correlation of neighbours in the blocks of 16×16 that have least structure, after a plane is taken off each.

    Structure is what remains of a block in cells of 4×4 pixels, where independent noise averages out. Measured as the
    median over a set of pictures, of the larger direction. From single pictures: 0.65 on PolyU (demosaicked, JPEG),
    −0.03 on W2S (microscopy); BSD400 with independent noise of σ 50, 25, 15, 10, 5: 0.02, 0.04, 0.08, 0.13, 0.30 of
    255, since fine texture is alike in neighbours and looks like such noise in one picture. From differences to clean
    pictures or other shots there is no such limit. Where one direction is correlated, the other reads down to 0.1 too
    small, since blocks are chosen that happen to be flat.

    Args:
        noise: H,W: a noisy picture, or the difference of two, which is noise alone.
        guide: H,W: where the structure is, for a difference; None: in ``noise`` itself.

    Returns:
        None: smaller than one block, or no noise.
    """
    quiet = _quiet(noise if guide is None else guide)
    chosen = without_plane(blocks(noise, BLOCK)[quiet]).astype(np.float64)
    variance = float(np.square(chosen).mean()) if len(chosen) else 0.0
    if variance <= LEAST**2:
        return None
    across = float((chosen[:, :, 1:] * chosen[:, :, :-1]).mean()) / variance
    down = float((chosen[:, 1:] * chosen[:, :-1]).mean()) / variance
    return Correlation(across=across, down=down, noise=math.sqrt(variance))


def channel_correlation(noise: Plane, guide: Plane | None = None) -> float | None:
    """The correlation of the noise of two channels at one pixel, −1..1, of the two that are most alike.

    Looked at are the blocks of ``noise_correlation``, chosen by the mean over channels. From single pictures, whose
    fine texture is alike in all channels, medians over sets: 0.95 on PolyU; every third picture of CBSD68 with
    independent noise of σ 50, 25, 15, 10, 5: 0.02, 0.04, 0.06, 0.12, 0.32 of 255.

    Args:
        noise: C,H,W: a noisy picture, or the difference of two, which is noise alone.
        guide: C,H,W: where the structure is, for a difference; None: in ``noise`` itself.

    Returns:
        None: one channel, smaller than one block, or no noise.
    """
    quiet = _quiet((noise if guide is None else guide).mean(axis=0))
    chosen = np.stack([without_plane(blocks(plane, BLOCK)[quiet]).ravel() for plane in noise]).astype(np.float64)
    if len(noise) < 2 or not chosen.size or (np.square(chosen).mean(axis=1) <= LEAST**2).any():
        return None
    table = np.asarray(np.corrcoef(chosen))
    return float(table[np.triu_indices(len(noise), 1)].max())


def quiet_levels(plane: Plane, parts: Sequence[float]) -> tuple[float, ...]:
    """Standard deviation in the given parts of the blocks with least structure; nearly equal where it is noise.

    Texture differs from block to block, noise does not: so equal levels tell correlated noise from fine texture.

    Args:
        plane: H,W.
        parts: Of all blocks, in (0, 1].

    Returns:
        One for each part; empty: smaller than one block.
    """
    quiet = without_plane(blocks(plane, BLOCK)[_quiet(plane, max(parts))])
    if not len(quiet):
        return ()
    squares = np.square(quiet).mean(axis=(1, 2), dtype=np.float64)
    counts = [max(FEWEST // 2, round(part / max(parts) * len(squares))) for part in parts]
    return tuple(float(np.sqrt(squares[:count].mean())) for count in counts)


def _quiet(seen: Plane, part: float = QUIET) -> NDArray[np.intp]:
    """Which blocks have least structure, beginning with the least."""
    values = blocks(seen, BLOCK)
    if not len(values):
        return np.arange(0)
    cells = without_plane(values).reshape(-1, BLOCK // 4, 4, BLOCK // 4, 4).mean(axis=(2, 4), dtype=np.float64)
    structure = np.square(cells).mean(axis=(1, 2))
    open_blocks = np.flatnonzero(((values <= 0.0) | (values >= 1.0)).mean(axis=(1, 2)) <= SATURATED)
    if len(open_blocks) < FEWEST:
        open_blocks = np.arange(len(values))
    count = max(FEWEST, round(part * len(open_blocks)))
    chosen: NDArray[np.intp] = open_blocks[np.argsort(structure[open_blocks], kind="stable")[:count]]
    return chosen
