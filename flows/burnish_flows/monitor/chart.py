"""The coordinates for ``templates/panel.svg`` of one measure: its medians by look, the training's bands, the axes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import ClassVar


@dataclass(frozen=True, kw_only=True)
class Point:
    """One look at one measure."""

    look: int
    when: float
    """Unix time in seconds."""
    median: float
    outside: bool

    @property
    def time(self) -> str:
        """The time in UTC, to the minute."""
        return datetime.fromtimestamp(self.when, UTC).strftime("%Y-%m-%d %H:%M")


@dataclass(frozen=True, kw_only=True)
class Track:
    """One measure's series with its coordinates in a panel, in user units of the SVG, y downwards."""

    width: ClassVar[int] = 520
    height: ClassVar[int] = 210
    left: ClassVar[int] = 62
    right: ClassVar[int] = 506
    top: ClassVar[int] = 40
    bottom: ClassVar[int] = 180
    """The borders of the plot."""

    title: str
    unit: str
    digits: int
    """Printed decimals."""
    points: Sequence[Point]
    """Oldest first."""
    wide: tuple[float, float] | None
    """The training's 1 and 99 % quantiles; None: no training picture gave the measure."""
    band: tuple[float, float] | None
    """The training's 5 and 95 % quantiles."""
    middle: float | None
    """The training's median."""
    limits: tuple[float | None, float | None]
    """Limits beyond which a median is outside."""

    def figure(self, value: float | None) -> str:
        """A value as printed."""
        return "–" if value is None else f"{value:.{self.digits}f}"

    @cached_property
    def range(self) -> tuple[float, float]:
        """The least and largest value of the plot, with a small margin around all that is shown."""
        values = [point.median for point in self.points]
        values += [*(self.wide or ()), *(self.band or ()), *(limit for limit in self.limits if limit is not None)]
        low, high = (min(values), max(values)) if values else (0.0, 1.0)
        least = max(2.0 * 10.0**-self.digits, abs(high) * 0.02)
        room = max((high - low) * 0.12, least)
        return low - room, high + room

    def x(self, index: int) -> float:
        """The coordinate of a look; looks are evenly spaced."""
        return round(self.left + (index + 0.5) / len(self.points) * (self.right - self.left), 1)

    def y(self, value: float) -> float:
        """The coordinate of a value."""
        low, high = self.range
        return round(self.bottom - (value - low) / (high - low) * (self.bottom - self.top), 1)

    @property
    def ticks(self) -> list[float]:
        """Two to five round numbers in the range."""
        low, high = self.range
        power = 10.0 ** math.floor(math.log10((high - low) / 2.0))
        step = next(part * power for part in (5.0, 2.0, 1.0) if (high - low) / (part * power) >= 2.0)
        return [round(number * step, 12) for number in range(math.ceil(low / step), math.floor(high / step) + 1)]

    @property
    def dates(self) -> list[int]:
        """The looks with a printed time: the first, the last, and one in between."""
        count = len(self.points)
        return sorted({0, count // 2, count - 1} if count > 2 else range(count))
