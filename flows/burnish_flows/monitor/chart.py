"""The series as a picture: a panel for each measure, its medians look by look over the training's bands."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

WIDTH, HEIGHT = 520, 210
"""Of a panel, in pixels before enlarging."""
SCALE = 2
"""Drawn so much larger, for fine screens."""
COLUMNS = 2
GAP = 14
LEFT, RIGHT, TOP, BOTTOM = 62, 14, 40, 30
"""Of the plot within its panel."""
INK, FAINT, LINE, PAPER = (32, 33, 36), (95, 99, 104), (223, 226, 230), (255, 255, 255)
BAND, WIDE, TRAINED = (196, 219, 247), (228, 239, 252), (31, 95, 191)
BAD = (192, 38, 38)


@dataclass(frozen=True, kw_only=True)
class Point:
    """One look at one measure."""

    when: float
    """Unix time in seconds."""
    median: float
    outside: bool


@dataclass(frozen=True, kw_only=True)
class Track:
    """One measure's series."""

    title: str
    unit: str
    digits: int
    """After the point."""
    points: Sequence[Point]
    """Oldest first."""
    wide: tuple[float, float] | None
    """The training's 1 and 99 % quantiles; None: no training picture told the measure."""
    band: tuple[float, float] | None
    """The training's 5 and 95 % quantiles."""
    middle: float | None
    """The training's median."""
    limits: tuple[float | None, float | None]
    """Beyond these a median is outside."""

    def figure(self, value: float) -> str:
        """A value as it is printed."""
        return f"{value:.{self.digits}f}"


def draw(tracks: Sequence[Track]) -> NDArray[np.uint8]:
    """All panels, H,W,3."""
    rows = -(-len(tracks) // COLUMNS)
    size = (COLUMNS * (WIDTH + GAP) + GAP, rows * (HEIGHT + GAP) + GAP)
    canvas = Image.new("RGB", (size[0] * SCALE, size[1] * SCALE), PAPER)
    pen = _Pen(ImageDraw.Draw(canvas))
    for index, track in enumerate(tracks):
        row, column = divmod(index, COLUMNS)
        _panel(pen, track, GAP + column * (WIDTH + GAP), GAP + row * (HEIGHT + GAP))
    return np.asarray(canvas)


class _Pen:
    """Draws in pixels before enlarging."""

    def __init__(self, pen: ImageDraw.ImageDraw) -> None:
        self._pen = pen

    def box(self, x0: float, y0: float, x1: float, y1: float, fill: tuple[int, int, int]) -> None:
        self._pen.rectangle([x0 * SCALE, y0 * SCALE, x1 * SCALE, max(y1 * SCALE, y0 * SCALE + 1)], fill=fill)

    def line(self, points: Sequence[tuple[float, float]], fill: tuple[int, int, int], width: float = 1.0) -> None:
        scaled = [(x * SCALE, y * SCALE) for x, y in points]
        self._pen.line(scaled, fill=fill, width=max(1, round(width * SCALE)), joint="curve")

    def dashes(self, x0: float, x1: float, y: float, fill: tuple[int, int, int]) -> None:
        for start in np.arange(x0, x1, 9.0):
            self.line([(start, y), (min(start + 5.0, x1), y)], fill, 0.75)

    def dot(self, x: float, y: float, radius: float, fill: tuple[int, int, int]) -> None:
        x, y, radius = x * SCALE, y * SCALE, radius * SCALE
        self._pen.ellipse([x - radius, y - radius, x + radius, y + radius], fill=fill, outline=PAPER, width=SCALE)

    def text(self, x: float, y: float, text: str, fill: tuple[int, int, int], size: int, anchor: str) -> None:
        font = ImageFont.load_default(size * SCALE)
        self._pen.text((x * SCALE, y * SCALE), text, fill=fill, font=font, anchor=anchor)


def _panel(pen: _Pen, track: Track, left: float, top: float) -> None:
    x0, x1, y0, y1 = left + LEFT, left + WIDTH - RIGHT, top + TOP, top + HEIGHT - BOTTOM
    low, high = _range(track)

    def height(value: float) -> float:
        return y1 - (value - low) / (high - low) * (y1 - y0)

    for bounds, fill in ((track.wide, WIDE), (track.band, BAND)):
        if bounds is not None:
            pen.box(x0, height(bounds[1]), x1, height(bounds[0]), fill)
    for tick in _ticks(low, high):
        pen.line([(x0, height(tick)), (x1, height(tick))], LINE, 0.5)
        pen.text(x0 - 6, height(tick), f"{tick:.6g}", FAINT, 11, "rm")
    for limit in track.limits:
        if limit is not None:
            pen.dashes(x0, x1, height(limit), BAD)
    if track.middle is not None:
        pen.line([(x0, height(track.middle)), (x1, height(track.middle))], TRAINED, 0.75)
    pen.line([(x0, y0), (x0, y1), (x1, y1)], FAINT, 0.75)
    count = len(track.points)
    places = [x0 + (index + 0.5) / max(count, 1) * (x1 - x0) for index in range(count)]
    marks = [(x, height(point.median)) for x, point in zip(places, track.points, strict=True)]
    if count > 1:
        pen.line(marks, INK, 1.5)
    for (x, y), point in zip(marks, track.points, strict=True):
        pen.dot(x, y, 4.0 if point.outside else 3.0, BAD if point.outside else INK)
    _words(pen, track, left, top)


def _words(pen: _Pen, track: Track, left: float, top: float) -> None:
    """Title, the last figure, and when the first and last looks were."""
    unit = f", {track.unit}" if track.unit else ""
    pen.text(left, top + 4, f"{track.title}{unit}", INK, 15, "lt")
    if not track.points:
        pen.text(left + WIDTH - RIGHT, top + 4, "not told", FAINT, 13, "rt")
        return
    last = track.points[-1]
    state = "outside" if last.outside else "inside" if track.band else "no band"
    pen.text(left + WIDTH - RIGHT, top + 4, f"{track.figure(last.median)}  {state}", BAD if last.outside else FAINT, 13,
             "rt")  # fmt: skip
    y = top + HEIGHT - BOTTOM + 8
    pen.text(left + LEFT, y, _time(track.points[0].when), FAINT, 11, "lt")
    if len(track.points) > 1:
        pen.text(left + WIDTH - RIGHT, y, _time(last.when), FAINT, 11, "rt")


def _range(track: Track) -> tuple[float, float]:
    """What the panel shows, a little more than all that is in it."""
    values = [point.median for point in track.points]
    values += [*(track.wide or ()), *(track.band or ()), *(limit for limit in track.limits if limit is not None)]
    low, high = (min(values), max(values)) if values else (0.0, 1.0)
    least = max(2.0 * 10.0**-track.digits, abs(high) * 0.02)
    room = max((high - low) * 0.12, least)
    return low - room, high + room


def _ticks(low: float, high: float) -> list[float]:
    """Two to five round numbers in between."""
    power = 10.0 ** math.floor(math.log10((high - low) / 2.0))
    step = next(part * power for part in (5.0, 2.0, 1.0) if (high - low) / (part * power) >= 2.0)
    first = math.ceil(low / step)
    return [round(number * step, 12) for number in range(first, math.floor(high / step) + 1)]


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M")
