"""The two filters of BM3D on groups of similar blocks, and the weighted average of all estimates of a pixel."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from burnish_classical.block_transforms import Matrix, haar, separable

AT_ONCE = 8192
"""Blocks that are filtered at a time: what is computed of them stays in the processor's cache."""

KAISER_BETA = 2.0
"""Shape of the window by which the pixels of a block count, most in its middle."""


@dataclass(frozen=True)
class BlockTransform:
    """An invertible transform of the rows and columns of square blocks."""

    matrix: Matrix
    """Side × side."""

    @property
    def side(self) -> int:
        """Side of the blocks in pixels."""
        return len(self.matrix)

    def spectra(self, plane: NDArray[np.float32]) -> Tensor:
        """The coefficients of the block at each position of H,W: positions × side², float32."""
        side = self.side
        blocks = torch.from_numpy(plane).unfold(0, side, 1).unfold(1, side, 1).reshape(-1, side * side)
        return blocks @ torch.from_numpy(separable(self.matrix).T.astype(np.float32))

    def windowed_blocks(self, spectra: Tensor) -> Tensor:
        """Back from positions × side² to pixels, times the Kaiser window: side² × positions."""
        inverse = separable(np.linalg.inv(self.matrix).astype(np.float64)) * kaiser_window(self.side).reshape(-1, 1)
        return torch.from_numpy(inverse.astype(np.float32)) @ spectra.T


class Aggregation:
    """Weighted sums of filtered groups, kept in the transform domain: each position is transformed back only once."""

    def __init__(self, transform: BlockTransform, height: int, width: int) -> None:
        self.transform = transform
        self.positions = (height - transform.side + 1, width - transform.side + 1)
        self.total = torch.zeros(self.positions[0] * self.positions[1], transform.side**2)
        self.weights = torch.zeros(len(self.total))

    def add(self, places: Tensor, spectra: Tensor, weights: Tensor) -> None:
        """Add groups: places (size × groups), spectra (size × groups × side²), weight of each group."""
        size = len(places)
        self.total.index_add_(0, places.flatten(), (spectra * weights[:, None]).flatten(0, 1))
        self.weights.index_add_(0, places.flatten(), weights.expand(size, -1).flatten())

    def add_to(self, total: NDArray[np.float32], weights: NDArray[np.float32]) -> None:
        """Add the collected sums to H,W of weighted pixels and H,W of weights."""
        side, (rows, columns) = self.transform.side, self.positions
        blocks = self.transform.windowed_blocks(self.total).numpy().reshape(side, side, rows, columns)
        given = self.weights.numpy().reshape(rows, columns)
        window = kaiser_window(side).astype(np.float32)
        for down in range(side):
            for right in range(side):
                where = (slice(down, down + rows), slice(right, right + columns))
                total[where] += blocks[down, right]
                weights[where] += window[down, right] * given


def hard_thresholding(noisy: Tensor, groups: Sequence[Tensor], threshold: float, into: Aggregation) -> None:
    """Filter groups by setting coefficients below ``threshold`` to 0; weight: 1/number of the remaining ones.

    Args:
        noisy: Spectra of all blocks, positions × side².
        groups: Places, size × groups each.
        threshold: In units of the picture's values.
        into: Where the filtered groups are added.
    """
    for places in _parts(groups):
        transform = _along_group(len(places))
        spectra = _grouped(noisy, places)
        kept = torch.nn.functional.hardshrink(transform @ spectra, threshold).view(*places.shape, -1)
        remaining = (kept != 0).float().sum(dim=2).sum(dim=0)
        estimate = (transform.T @ kept.view(len(places), -1)).view_as(kept)
        into.add(places, estimate, 1.0 / remaining.clamp_(min=1.0))


def wiener_filtering(
    noisy: Tensor, basic: Tensor, groups: Sequence[Tensor], variance: float, into: Aggregation
) -> None:
    """Filter groups by the Wiener gains W = B²/(B² + σ²) of a basic estimate B; weight: 1/‖W‖².

    Args:
        noisy: Spectra of all blocks, positions × side².
        basic: Those of the basic estimate.
        groups: Places, size × groups each.
        variance: σ².
        into: Where the filtered groups are added.
    """
    for places in _parts(groups):
        transform = _along_group(len(places))
        gain = (transform @ _grouped(basic, places)).square_()
        gain.div_(gain + variance)
        kept = (transform @ _grouped(noisy, places)).mul_(gain)
        estimate = (transform.T @ kept).view(*places.shape, -1)
        energy = gain.square_().view(*places.shape, -1).sum(dim=2).sum(dim=0)
        into.add(places, estimate, 1.0 / energy.clamp_(min=1e-3))


def kaiser_window(side: int) -> Matrix:
    """Side × side, the outer product of two Kaiser windows."""
    return np.outer(np.kaiser(side, KAISER_BETA), np.kaiser(side, KAISER_BETA))


def _parts(groups: Sequence[Tensor]) -> Iterator[Tensor]:
    """Groups of one size, places of size × groups, a few at a time."""
    for places in groups:
        yield from torch.split(places, max(1, AT_ONCE // len(places)), dim=1)


@cache
def _along_group(size: int) -> Tensor:
    return torch.from_numpy(haar(size).astype(np.float32))


def _grouped(spectra: Tensor, places: Tensor) -> Tensor:
    """The spectra of the blocks at size × groups places: size × (groups · side²)."""
    return spectra.index_select(0, places.flatten()).view(len(places), -1)
