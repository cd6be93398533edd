"""Strips: the same scene by several restorers side by side, with figures, as one PNG or as parts of a report."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from burnish.errors import EvaluationError
from burnish.io import Picture, read_picture, upright, write_picture
from burnish.reporting.figures import shown_figure

Pixels: TypeAlias = NDArray[np.uint8]

WIDTH = 360
"""Width in pixels of a panel."""
DETAIL = 4
"""The detail below a panel shows this part of the picture's shorter side."""
GAP = 12
INK, FAINT, PAPER = (32, 33, 36), (95, 99, 104), (255, 255, 255)


@dataclass(frozen=True, kw_only=True)
class Panel:
    """One picture of a strip."""

    label: str
    """``degraded``, a restorer's id, ``clean``."""
    path: Path
    figures: Mapping[str, float | str] = field(default_factory=dict)
    """What to print below: name (``PSNR``) → figure."""


@dataclass(frozen=True, kw_only=True)
class Strip:
    """One scene; the last panel is the reference (the clean picture)."""

    image: str
    """The image's name in the scorecards."""
    benchmark: str
    panels: Sequence[Panel]


@dataclass(frozen=True, kw_only=True)
class Views:
    """The views of one panel: the whole picture and a detail of it, H,W,3 each."""

    whole: Pixels
    detail: Pixels


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A picture of a page, with what is said of it."""

    uri: str
    """Its data."""
    title: str
    words: str = ""


def views(panels: Sequence[Panel], *, width: int = WIDTH) -> list[Views]:
    """Whole picture and detail of each panel: the whole in the shape of the last panel, ``width`` wide.

    The detail is the square with the strongest edges of the last panel, in every panel the same place, in its own
    pixels. Whoever shows it enlarges it without interpolation, so that every pixel can be judged.
    """
    if not panels:
        raise EvaluationError("a strip needs at least one panel")
    pictures = [upright_pixels(panel.path) for panel in panels]
    last = pictures[-1]
    height = max(1, round(last.shape[0] * width / last.shape[1]))
    top, left, side = _box(last)
    shown = []
    for picture in pictures:
        ratio = picture.shape[0] / last.shape[0]
        y, x, edge = (max(0, round(value * ratio)) for value in (top, left, side))
        part = picture[y : y + max(edge, 1), x : x + max(edge, 1)]
        shown.append(Views(whole=fitted(picture, width, height), detail=np.ascontiguousarray(part)))
    return shown


def write_strip(path: Path, panels: Sequence[Panel], *, width: int = WIDTH) -> Path:
    """Write one PNG: the panels in a row, a detail of each below, with label and figures under them.

    Args:
        path: Where; written whole or not at all.
        panels: From the degraded to the clean picture.
        width: Of a panel, in pixels.
    """
    shown = views(panels, width=width)
    lines = max(len(panel.figures) for panel in panels)
    size = max(13, width // 22)
    height = shown[0].whole.shape[0] + GAP // 2 + width
    canvas = Image.new(
        "RGB", (len(panels) * (width + GAP) + GAP, GAP + height + GAP + int((lines + 1) * size * 1.45) + GAP), PAPER
    )
    draw = ImageDraw.Draw(canvas)
    for index, (panel, view) in enumerate(zip(panels, shown, strict=True)):
        left = GAP + index * (width + GAP)
        canvas.paste(Image.fromarray(view.whole), (left, GAP))
        canvas.paste(Image.fromarray(fitted(view.detail, width, width)), (left, GAP + view.whole.shape[0] + GAP // 2))
        figures = [f"{name} {shown_figure(value)}" for name, value in panel.figures.items()]
        for row, text in enumerate([panel.label, *figures]):
            at = (left, GAP + height + GAP + int(row * size * 1.45))
            draw.text(at, _fitting(text, width, size), fill=FAINT if row else INK, font=ImageFont.load_default(size))
    path.parent.mkdir(parents=True, exist_ok=True)
    write_picture(path, Picture(pixels=np.asarray(canvas)))
    return path


def upright_pixels(path: Path) -> Pixels:
    """A picture as upright 8-bit RGB, H,W,3."""
    picture = upright(read_picture(path))
    scaled = picture.pixels.astype(np.float64) * (255.0 / picture.peak)
    pixels = np.floor(np.clip(scaled, 0, 255) + 0.5).astype(np.uint8)
    return np.ascontiguousarray(np.repeat(pixels, 3, axis=2) if picture.channels == 1 else pixels)


def fitted(picture: Pixels, width: int, height: int) -> Pixels:
    """H,W,3 at another size: area interpolation when it shrinks, nearest neighbour when it grows."""
    how = cv2.INTER_AREA if picture.shape[1] > width else cv2.INTER_NEAREST
    made: Pixels = np.asarray(cv2.resize(picture, (width, height), interpolation=how), dtype=np.uint8)
    return made


def data_uri(pixels: Pixels, kind: str, options: list[int]) -> str:
    """H,W,3 as a data URI."""
    done, coded = cv2.imencode(f".{kind}", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), options)
    if not done:
        size = f"{pixels.shape[1]}×{pixels.shape[0]}"
        raise EvaluationError(f"OpenCV could not encode a picture of {size} for the report")
    return f"data:image/{kind};base64,{base64.b64encode(coded.tobytes()).decode()}"


def _box(picture: Pixels) -> tuple[int, int, int]:
    """Top, left and side of the square with the strongest edges."""
    side = max(1, min(picture.shape[:2]) // DETAIL)
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.float64)
    edges = np.zeros_like(grey)
    edges[:, 1:] += np.abs(np.diff(grey, axis=1))
    edges[1:] += np.abs(np.diff(grey, axis=0))
    sums = cv2.integral(np.minimum(edges, 64.0))  # a single hard edge shows less than texture
    boxes = sums[side:, side:] - sums[:-side, side:] - sums[side:, :-side] + sums[:-side, :-side]
    top, left = np.unravel_index(int(np.argmax(boxes)), boxes.shape)
    return int(top), int(left), side


def _fitting(text: str, width: int, size: int) -> str:
    """``text``, shortened to ``width`` pixels."""
    font = ImageFont.load_default(size)
    if font.getlength(text) <= width:
        return text
    while text and font.getlength(text + "…") > width:
        text = text[:-1]
    return text + "…"
