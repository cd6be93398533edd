"""The page of an explanation: the place, the maps over the input, the layers, the receptive field."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from burnish.console.templating import render
from burnish.errors import UsageError
from burnish.explaining.attribution import Attribution
from burnish.explaining.explaining import BLUR, Explanation
from burnish.explaining.subject import Box
from burnish.io import refuse_same, write_whole
from burnish.reporting.strip import Pixels, Shown, data_uri
from burnish.version import __version__

PAGES = (".html", ".htm")
SIDE = 448
"""Pixels of the longer side of a picture on the page, about."""
FULL = 99.5
"""Percentile of |values| that is shown at full strength."""
RED = (225, 40, 40)


def refuse_page(out: Path, source: Path) -> None:
    """Refuse a place for the page, before any work.

    Raises:
        UsageError: It has another suffix, or is what is read.
    """
    if out.suffix.lower() not in PAGES:
        raise UsageError(f"{out}: an explanation is a page; give a name that ends with .html")
    refuse_same(source, out)


def write_page(out: Path, made: Explanation, name: str) -> Path:
    """Write the page, whole or not at all; it holds its pictures itself.

    Args:
        out: The HTML file.
        made: The explanation.
        name: Of the picture.
    """
    text = render(
        "burnish.explaining/explanation.html", title=f"What {name} was restored from", made=made, name=name,
        place=_place(made), maps=_maps(made), layers=sorted(made.layers, key=lambda layer: -layer.dead)[:12],
        blur=BLUR, version=__version__,
    )  # fmt: skip
    out.parent.mkdir(parents=True, exist_ok=True)
    write_whole(out, text.encode())
    return out


def attributed(made: Explanation) -> list[Shown]:
    """For other pages: the part that was looked at, its estimate, and each map."""
    return [*_place(made)[1:], *(shown for _, _, overlays in _maps(made) for shown in overlays)]


def _place(made: Explanation) -> list[Shown]:
    """Input and estimate of the region, with the box."""
    inner, below = _boxes(made)
    middle = _frames(made.picture)[made.frame or 0]
    ratio = made.overview.shape[1] / made.whole[0]
    there = Box(*(round(ratio * side) for side in made.region))
    return [
        Shown(uri=_png(_boxed(_levels(made.overview), there)), title="Input", words="The box was looked at."),
        Shown(uri=_png(_boxed(_levels(middle), below)), title="Input, the part that was looked at"),
        Shown(uri=_png(_boxed(_levels(made.estimate), inner)), title="Estimate", words="The box is explained."),
    ]


def _maps(made: Explanation) -> list[tuple[str, Attribution, list[Shown]]]:
    kinds = (
        ("Local attribution", made.lam),
        ("Integrated gradients", made.integrated_gradients),
        ("Occlusion", made.occlusion),
    )
    return [(name, one, _overlays(made, one)) for name, one in kinds if one is not None]


def _overlays(made: Explanation, one: Attribution) -> list[Shown]:
    """The map over the input, frame by frame, all on one scale."""
    strength = np.abs(one.values)
    full = float(np.percentile(strength, FULL)) or float(strength.max()) or 1.0
    shares = [f"{share:.1%}" for share in one.frames] or [""]
    _, below = _boxes(made)
    frames = strength[None] if strength.ndim == 2 else strength
    return [
        Shown(
            uri=_png(_boxed(_over(picture, values / full), below)),
            title=f"frame {index}" if one.frames else "",
            words=share,
        )
        for index, (picture, values, share) in enumerate(zip(_frames(made.picture), frames, shares, strict=True))
    ]


def _boxes(made: Explanation) -> tuple[Box, Box]:
    """The box in the region's estimate, and about the same in the region's input."""
    inner = made.box._replace(x=made.box.x - made.scale * made.region.x, y=made.box.y - made.scale * made.region.y)
    return inner, Box(*(side // made.scale for side in inner[:2]), *(-(-side // made.scale) for side in inner[2:]))


def _frames(picture: NDArray[np.float32]) -> NDArray[np.float32]:
    return picture[None] if picture.ndim == 3 else picture


def _over(picture: NDArray[np.float32], strength: NDArray[np.float32]) -> Pixels:
    """A map in colours over the picture in grey: black to yellow as the contribution grows."""
    shown = np.sqrt(np.clip(strength, 0.0, 1.0))[:, :, None]  # a root, so that weak contributions are seen
    levels = np.round(255.0 * shown[:, :, 0]).astype(np.uint8)
    colours = np.asarray(cv2.applyColorMap(levels, cv2.COLORMAP_INFERNO))[:, :, ::-1]
    grey = _levels(picture).mean(axis=2, keepdims=True)
    part = np.clip(0.25 + shown, 0.0, 1.0)
    mixed: Pixels = np.round((1.0 - part) * grey + part * colours).astype(np.uint8)
    return mixed


def _levels(picture: NDArray[np.float32]) -> Pixels:
    """H,W,C as 8-bit RGB."""
    shown = picture if picture.shape[2] == 3 else np.repeat(picture[:, :, :1], 3, axis=2)
    levels: Pixels = np.floor(np.clip(shown, 0.0, 1.0) * 255.0 + 0.5).astype(np.uint8)
    return levels


def _boxed(pixels: Pixels, box: Box) -> Pixels:
    """The picture enlarged without interpolation, with a frame about the box."""
    factor = _factor(pixels)
    large = np.repeat(np.repeat(pixels, factor, axis=0), factor, axis=1)
    corner, end = (box.x * factor, box.y * factor), ((box.x + box.width) * factor, (box.y + box.height) * factor)
    return np.asarray(cv2.rectangle(np.ascontiguousarray(large), corner, end, RED, 2), dtype=np.uint8)


def _png(pixels: Pixels) -> str:
    factor = _factor(pixels)
    large = np.repeat(np.repeat(pixels, factor, axis=0), factor, axis=1)
    return data_uri(np.ascontiguousarray(large), "png", [])


def _factor(pixels: Pixels) -> int:
    return max(1, SIDE // int(max(pixels.shape)))
