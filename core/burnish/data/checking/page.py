"""The page of a check: the findings with thumbnails of the pictures, and what is in each folder."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from burnish.console.templating import render
from burnish.data.checking.findings import Finding, Measures, Report
from burnish.errors import ImagingError
from burnish.io.files import read_picture
from burnish.io.formats.lookup import is_picture
from burnish.io.orientation import upright

SHOWN = 6
"""Findings of each kind that are shown with pictures."""
LISTED = 200
"""Findings of each kind that are listed."""
WIDTH = 240
"""Pixels of a thumbnail's longer side."""
DETAIL = 64
"""Pixels of the side of the middle that is shown enlarged."""

COLUMNS = {
    "noise": ("Noise σ (of 255)", 255.0, 1),
    "blur": ("Blur (px)", 1.0, 1),
    "jpeg_quality": ("JPEG quality", 1.0, 0),
    "blockiness": ("Blockiness", 1.0, 2),
    "brightness": ("Brightness (of 255)", 255.0, 0),
    "shift": ("Shift (px)", 1.0, 2),
    "factor": ("Gain to the clean one", 1.0, 2),
    "correlation": ("Noise of neighbours", 1.0, 2),
}
"""Measure → heading, unit and digits."""


@dataclass(frozen=True, kw_only=True)
class Thumbnail:
    """A picture on the page."""

    name: str
    whole: str
    """Address of the whole picture, reduced."""
    detail: str
    """Address of the middle, to be enlarged."""


def page(report: Report) -> str:
    """One HTML file, which holds its pictures itself and needs no script and no network."""
    groups = [
        {
            "id": id,
            "kind": kind,
            "findings": findings[:LISTED],
            "more": max(0, len(findings) - LISTED),
            "count": len(findings),
            "shown": [(one, list(_thumbnails(one, report))) for one in findings[:SHOWN]],
        }
        for id, kind, findings in report.by_kind()
    ]
    return render(
        "burnish.data.checking/check.html",
        title=f"{report.root.resolve().name}: check of the data",
        report=report,
        groups=groups,
        columns=columns(report),
        cell=cell,
    )


def columns(report: Report) -> list[tuple[str, str]]:
    """The measures that any folder has, with their headings."""
    return [(name, shown[0]) for name, shown in COLUMNS.items() if any(name in one.figures for one in report.measures)]


def cell(measures: Measures, name: str) -> str:
    """Median, and the range where it is one: ``11.3 (3.4–27.8)``."""
    if name not in measures.figures:
        return "–"
    _, factor, digits = COLUMNS[name]
    low, middle, high = (f"{value * factor:.{digits}f}" for value in measures.figures[name])
    return middle if low == high else f"{middle} ({low}–{high})"


def _thumbnails(finding: Finding, report: Report) -> Iterator[Thumbnail]:
    paths = [report.root / name for name in (finding.path, *finding.others[:2])]
    paths[1:1] = _partner(paths[0], report)
    for path in dict.fromkeys(paths):
        if is_picture(path) and path.is_file():
            try:
                pixels = _shown(path)
            except ImagingError:
                continue
            name = path.relative_to(report.root).as_posix()
            yield Thumbnail(name=name, whole=_uri(_reduced(pixels), ".jpg"), detail=_uri(_middle(pixels), ".png"))


def _partner(path: Path, report: Report) -> list[Path]:
    """The other picture of the pair that a file is of."""
    layout, (split, *rest) = report.layout, path.relative_to(report.root).parts
    if layout.form != "pairs" or len(rest) < 2 or rest[0] not in layout.inner:
        return []
    other = layout.clean if rest[0] == layout.degraded else layout.degraded
    place = report.root.joinpath(split, other, *rest[1:])
    return sorted(one for one in place.parent.glob(f"{_escaped(place.stem)}.*") if is_picture(one))[:1]


def _escaped(name: str) -> str:
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in name)


def _shown(path: Path) -> NDArray[np.uint8]:
    """H,W,3 of 8 bit."""
    picture = upright(read_picture(path))
    values = np.nan_to_num(picture.pixels.astype(np.float32) * np.float32(255 / picture.peak))
    levels: NDArray[np.uint8] = np.clip(values + 0.5, 0, 255).astype(np.uint8)
    return np.repeat(levels, 3, axis=2) if picture.channels == 1 else levels


def _reduced(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    factor = WIDTH / max(pixels.shape[:2])
    if factor >= 1:
        return pixels
    size = (max(1, round(pixels.shape[1] * factor)), max(1, round(pixels.shape[0] * factor)))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _middle(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    side = min(DETAIL, *pixels.shape[:2])
    top, left = (pixels.shape[0] - side) // 2, (pixels.shape[1] - side) // 2
    return pixels[top : top + side, left : left + side]


def _uri(pixels: NDArray[np.uint8], kind: str) -> str:
    options = [cv2.IMWRITE_JPEG_QUALITY, 85] if kind == ".jpg" else [cv2.IMWRITE_PNG_COMPRESSION, 9]
    coded = cv2.imencode(kind, cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), options)[1]
    name = "jpeg" if kind == ".jpg" else "png"
    return f"data:image/{name};base64,{base64.b64encode(coded.tobytes()).decode()}"
