"""Drawings of calibrated intervals for the report: promised and measured coverage, width and error, maps of widths."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from burnish.evaluation.scorecard import Intervals, Scorecard, WidthClass
from burnish.io import Picture, read_picture, write_picture

SIDE = 220
"""Side of a drawing's field, in its own units."""
FULL = 99.5
"""Percentage of the widths that a map tells apart."""
LEAST = 0.4
"""Coverage at the left and the bottom."""

Line = list[tuple[float, float]]
"""Points in a drawing's units, from its left and top."""


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """The intervals of a restorer on one benchmark, and those of the champion."""

    benchmark: str
    own: Intervals
    reliability: Mapping[str, Line]
    """Label → measured coverage by promise."""
    errors: Line
    """Mean error by width, a point for each class; the field ends at the widest."""
    widest: float
    """Width at its right."""
    largest: float
    """Error at its top."""
    evenness: list[tuple[float, float, WidthClass]]
    """Left and top of a bar for each class, from the narrowest."""

    @property
    def bar(self) -> float:
        """Width of a bar."""
        return SIDE / len(self.evenness) - 2


def drawn(challenger: Scorecard, champion: Scorecard | None) -> Iterator[Drawn]:
    """One for each benchmark with intervals."""
    for name, result in challenger.results.items():
        if result.intervals is None:
            continue
        own, lines = result.intervals, {}
        other = champion.results.get(name) if champion is not None else None
        if other is not None and other.intervals is not None and other.digest == result.digest:
            lines["champion"] = _reliability(other.intervals)
        lines["challenger" if champion is not None else "this version"] = _reliability(own)
        widest = max(one.width for one in own.classes) or 1.0
        largest = max(one.error for one in own.classes) or 1.0
        yield Drawn(
            benchmark=name,
            own=own,
            reliability=lines,
            errors=[(SIDE * one.width / widest, SIDE * (1.0 - one.error / largest)) for one in own.classes],
            widest=widest,
            largest=largest,
            evenness=[
                (SIDE * index / len(own.classes) + 1, _down(one.coverage), one) for index, one in enumerate(own.classes)
            ],
        )


def write_width_map(width: Path, out: Path) -> float:
    """Write a map of the widths of intervals in colours, from black over red to yellow.

    Args:
        width: A picture of the widths; of colours the widest counts.
        out: Where.

    Returns:
        The width that is shown in yellow, in [0, 1]: at least ``FULL`` percent are narrower.
    """
    picture = read_picture(width)
    wide = picture.pixels.max(axis=2).astype(np.float32) / picture.peak
    widest = float(np.percentile(wide, FULL)) or float(wide.max()) or 1.0
    levels = np.round(255.0 * np.clip(wide / widest, 0.0, 1.0)).astype(np.uint8)
    colours = np.ascontiguousarray(np.asarray(cv2.applyColorMap(levels, cv2.COLORMAP_INFERNO))[:, :, ::-1])
    out.parent.mkdir(parents=True, exist_ok=True)
    write_picture(out, Picture(pixels=colours.astype(np.uint8)))
    return widest


def _reliability(found: Intervals) -> Line:
    return [(SIDE - _down(level.asked), _down(level.mean_coverage)) for level in found.levels]


def _down(coverage: float) -> float:
    """Units from the top."""
    return SIDE * (1.0 - max(0.0, coverage - LEAST) / (1.0 - LEAST))
