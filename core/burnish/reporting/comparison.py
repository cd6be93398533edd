"""Before and after: a page with a line to drag over each picture, or one picture with both side by side."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2

from burnish.console.templating import render
from burnish.errors import UsageError
from burnish.io import is_picture, write_whole
from burnish.reporting.strip import Panel, Pixels, data_uri, fitted, upright_pixels, write_strip
from burnish.version import __version__

WIDEST = 1600
"""Pixels of the longer side of a picture on a page."""
PAGES = (".html", ".htm")

SCRIPT = (
    "for (const one of document.querySelectorAll('.pair input')) "
    "one.addEventListener('input', () => one.parentElement.style.setProperty('--at', one.value + '%'));"
)
"""Moves the line; the page allows no other script, by its hash."""


@dataclass(frozen=True, kw_only=True)
class BeforeAfter:
    """One picture before and after."""

    name: str
    before: Path
    after: Path
    words: str
    """What was done; on pages only."""


def write_comparison(path: Path, compared: Sequence[BeforeAfter]) -> Path:
    """Write a page (``.html``), which holds its pictures itself; or of one picture, a picture.

    Raises:
        UsageError: The suffix is neither, or several pictures should become one.
        ImagingError: A picture cannot be read.
    """
    refuse_comparison(path, len(compared))
    if path.suffix.lower() not in PAGES:
        (one,) = compared
        panels = [Panel(label="before", path=one.before), Panel(label="restored", path=one.after)]
        return write_strip(path, panels, width=640)
    title = compared[0].name if len(compared) == 1 else f"{len(compared)} pictures, before and after"
    text = render(
        "burnish.reporting/comparison.html",
        title=title,
        pairs=[_pair(one) for one in compared],
        script=_Script(SCRIPT),
        script_hash=base64.b64encode(hashlib.sha256(SCRIPT.encode()).digest()).decode(),
        version=__version__,
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, text.encode())
    return path


def refuse_comparison(path: Path, pictures: int) -> None:
    """Refuse a comparison that cannot be written, before any work.

    Raises:
        UsageError: As ``write_comparison``.
    """
    suffix = path.suffix.lower()
    if suffix not in PAGES and not is_picture(path):
        raise UsageError(f"{path}: a comparison is a page or a picture; give a name that ends with .html or .png")
    if suffix not in PAGES and pictures != 1:
        raise UsageError(f"{path}: a picture shows one comparison, and there are {pictures}; give a name with .html")


class _Script(str):
    """Our own text, which templates leave as it is."""

    __slots__ = ()

    def __html__(self) -> str:
        return str(self)


def _pair(one: BeforeAfter) -> dict[str, object]:
    after = _shown(upright_pixels(one.after))
    height, width = after.shape[:2]
    before = fitted(upright_pixels(one.before), width, height)
    return {
        "name": one.name, "words": one.words, "width": width, "height": height,
        "before": _coded(before), "after": _coded(after),
    }  # fmt: skip


def _shown(pixels: Pixels) -> Pixels:
    height, width = pixels.shape[:2]
    ratio = WIDEST / max(height, width)
    return pixels if ratio >= 1 else fitted(pixels, max(1, round(width * ratio)), max(1, round(height * ratio)))


def _coded(pixels: Pixels) -> str:
    return data_uri(pixels, "webp", [cv2.IMWRITE_WEBP_QUALITY, 101])
