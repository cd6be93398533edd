"""The positions of tiles: with overlap, aligned to the restorer's grid, exact at the picture's border.

A piece *keeps* a part of the estimate and *receives* that part and ``halo`` pixels around it. Where the picture ends
before the halo does, the piece ends with the picture, so that whatever a restorer does at a border (zero padding,
mirroring) it does at the picture's border alone. Starts are multiples of ``multiple``: strided networks see the same
grid as in the whole picture.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True, kw_only=True)
class Span:
    """One piece along one axis, in pixels of the padded input: half-open ranges."""

    start: int
    """First pixel that the restorer receives."""
    stop: int
    """One past the last pixel that it receives."""
    keep_start: int
    """First pixel whose estimate is kept."""
    keep_stop: int
    """One past the last pixel whose estimate is kept."""


@dataclass(frozen=True, kw_only=True)
class Tile:
    """One piece of a picture."""

    rows: Span
    columns: Span

    @property
    def pixels(self) -> int:
        """Number of pixels that the restorer receives."""
        return (self.rows.stop - self.rows.start) * (self.columns.stop - self.columns.start)


def spans(length: int, *, keep: int, halo: int, multiple: int = 1, least: int = 1) -> list[Span]:
    """Cut an axis into pieces of about equal length.

    Args:
        length: Pixels of the axis, a multiple of ``multiple``.
        keep: Most pixels that a piece keeps; rounded up to ``multiple``.
        halo: Pixels that it needs on either side.
        multiple: Grid of starts and stops.
        least: Least number of pixels that a piece receives.
    """
    keep = _up(max(keep, 1), multiple)
    pieces = -(-length // keep)
    even = _up(-(-length // pieces), multiple)
    margin = _up(halo, multiple)
    found = []
    for first in range(0, length, even):
        last = min(first + even, length)
        start, stop = max(0, first - margin), min(length, last + margin)
        if stop - start < least:
            stop = min(length, _up(start + least, multiple))
            start = max(0, (stop - least) // multiple * multiple)
        found.append(Span(start=start, stop=stop, keep_start=first, keep_stop=last))
    return found


def tiles(height: int, width: int, *, keep: int, halo: int, multiple: int = 1, least: int = 1) -> list[Tile]:
    """Cut a padded picture; row by row from the top left. Arguments as for ``spans``."""
    vertical = spans(height, keep=keep, halo=halo, multiple=multiple, least=least)
    horizontal = spans(width, keep=keep, halo=halo, multiple=multiple, least=least)
    return [Tile(rows=rows, columns=columns) for rows in vertical for columns in horizontal]


def shares(axis: Iterable[Span], scale: int) -> dict[Span, Tensor]:
    """For each piece of an axis, the weights of its output pixels in a feathered estimate; they sum to 1 at each pixel.

    A share rises linearly over twice the halo, where two neighbours overlap. Float32 of (stop − start)·scale.
    """
    distinct = list(dict.fromkeys(axis))
    total = torch.zeros(max(span.stop for span in distinct) * scale, dtype=torch.float64)
    for span in distinct:
        total[span.start * scale : span.stop * scale] += _ramp(span, scale)
    return {span: (_ramp(span, scale) / total[span.start * scale : span.stop * scale]).float() for span in distinct}


def _ramp(span: Span, scale: int) -> Tensor:
    position = torch.arange((span.stop - span.start) * scale, dtype=torch.float64) + 0.5
    share = torch.ones_like(position)
    if before := 2 * scale * (span.keep_start - span.start):
        share = torch.minimum(share, position / before)
    if after := 2 * scale * (span.stop - span.keep_stop):
        share = torch.minimum(share, (len(position) - position) / after)
    return share


def _up(value: int, multiple: int) -> int:
    return -(-value // multiple) * multiple
