"""One picture file as a check sees it: what its pixels are, and what is wrong with it alone."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from burnish.data.checking.analysis.fingerprints import Fingerprint, fingerprint
from burnish.data.checking.findings import Finding, found
from burnish.errors import ImagingError
from burnish.io.files import read_picture
from burnish.io.formats import lookup
from burnish.io.orientation import upright
from burnish.io.picture import Picture
from burnish.ops.measures.compression import jpeg_quality
from burnish.ops.measures.pixels import SIDE, central, luma_of, measure_pixels

Plane = NDArray[np.float32]

PATCH = 32
"""Pixels of a side that a picture to train on should have at least."""
CLIPPED = 0.25
"""The part of the samples at the ends of the range above which a picture is clipped."""
BLACK = 0.01
"""Of white: a picture whose 99.9 % quantile is below is black."""
FAINT = 1 / 16
"""Of the range of 16 bits or of float: a picture whose largest value is below fills little of it."""
BLURRED = 0.4
"""Pixels by which a degraded picture is wider blurred than its clean one, where a pair is of blur."""
ROUGH = 5 / 255
"""Noise that doubles that margin: edges under noise are judged roughly."""
LOSSY = 75
"""JPEG quality below which a clean picture is not clean."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Look:
    """What was seen of one file; its pixels are not kept."""

    path: Path
    width: int
    height: int
    channels: int
    depth: str
    """``uint8``, ``uint16`` or ``float32``."""
    pixels_hash: str
    """Equal for equal pixels."""
    fingerprint: Fingerprint | None = None
    """None: not wanted, or there is no structure."""
    figures: dict[str, float] = field(default_factory=dict)
    """Noise, blur, JPEG quality and so on, where measured."""
    usable: bool = True
    """Whether its pixels can be compared with its partner's."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        return self.width, self.height

    def is_blur_of(self, clean: Look) -> bool:
        """Whether it is the more blurred picture of a pair: then their difference is structure, not noise alone."""
        margin = BLURRED * (1.0 + self.figures.get("noise", 0.0) / ROUGH)
        return self.figures.get("blur", 0.0) > clean.figures.get("blur", 0.0) + margin

    @property
    def kind(self) -> str:
        """Depth and channels in words."""
        bits = {"uint8": "8 bit", "uint16": "16 bit", "float32": "float"}[self.depth]
        return f"{bits} {'grey' if self.channels == 1 else 'colour'}"


@dataclass(frozen=True, kw_only=True, eq=False)
class Seen:
    """A decoded file, for as long as it is compared with its partners."""

    look: Look | None
    """None: it cannot be read."""
    luma: Plane
    """H,W in [0, 1], upright."""
    findings: tuple[Finding, ...]


def look_at(path: Path, name: str, *, clean: bool, measured: bool, hashed: bool) -> Seen:
    """Decode one file.

    Args:
        path: The file.
        name: What findings call it.
        clean: Whether it is to be a clean picture.
        measured: Measure noise, blur and the like, too.
        hashed: Make its fingerprint, too.
    """
    nothing = np.zeros((0, 0), np.float32)
    try:
        stored = read_picture(path)
    except ImagingError as error:
        fact, _, mend = str(error).removeprefix(f"{path}: ").partition("; ")
        return Seen(look=None, luma=nothing, findings=(found("damaged", name, fact, mend=mend),))
    picture = upright(stored)
    findings = list(_of_file(stored, path, name))
    invalid = int(picture.invalid.sum())
    if invalid:
        total = picture.invalid.size
        findings.append(found("no-data", name, f"{invalid:,} of its {total:,} pixels hold no data (NaN or infinite)"))
    values = np.nan_to_num(picture.pixels.astype(np.float32) / np.float32(picture.peak))
    wrong = list(_of_values(values, picture, name))
    findings += wrong
    luma = luma_of(values)
    usable = not invalid and not any(one.kind in ("constant", "black") for one in wrong)
    figures = {}
    if measured and usable:
        figures = _figures(values, path)
        findings += _of_figures(figures, name, clean=clean)
    look = Look(
        path=path,
        width=picture.width,
        height=picture.height,
        channels=picture.channels,
        depth=picture.pixels.dtype.name,
        pixels_hash=_hash(picture.pixels),
        fingerprint=fingerprint(luma) if hashed and usable else None,
        figures=figures,
        usable=usable,
    )
    return Seen(look=look, luma=luma, findings=tuple(findings))


def _hash(pixels: NDArray[np.uint8 | np.uint16 | np.float32]) -> str:
    shape = f"{pixels.shape}{pixels.dtype.name}".encode()
    return hashlib.sha256(shape + np.ascontiguousarray(pixels).tobytes()).hexdigest()


def _figures(values: Plane, path: Path) -> dict[str, float]:
    figures = measure_pixels(central(values, SIDE))
    quality = jpeg_quality(path)
    every = {**figures, "jpeg_quality": None if quality is None else float(quality)}
    return {name: float(value) for name, value in every.items() if value is not None}


def _of_file(picture: Picture, path: Path, name: str) -> list[Finding]:
    found_here = []
    kind, said = picture.metadata.format, lookup.of_name(path)
    if kind and said is not None and kind != said.called:
        lossy = "; its pixels went through JPEG" if kind == "JPEG" else ""
        fact = f"is a {kind} file by its content{lossy}"
        found_here.append(found("wrong-suffix", name, fact, mend=f"rename it to {_suffix(kind)}"))
    if picture.alpha is not None and bool((picture.alpha < picture.peak).any()):
        part = float((picture.alpha < picture.peak).mean())
        found_here.append(found("transparent", name, f"{part:.0%} of its pixels are transparent", part=part))
    if min(picture.width, picture.height) < PATCH:
        fact = f"is {picture.width}×{picture.height} pixels; a side below {PATCH} is filled up by mirroring"
        found_here.append(found("tiny", name, fact))
    return found_here


def _of_values(values: Plane, picture: Picture, name: str) -> list[Finding]:
    low, high = float(values.min()), float(values.max())
    if low == high:
        return [found("constant", name, f"all its pixels are {_level(low, picture)}", value=low)]
    bright = float(np.quantile(values, 0.999))
    if bright < BLACK and picture.peak == 255.0:
        return [found("black", name, f"99.9 % of its samples are at most {_level(bright, picture)}", value=bright)]
    if picture.peak != 255.0 and high < FAINT:
        fact = f"its largest value is {_level(high, picture)} of {picture.peak:g}: it fills {high:.2%} of its range"
        return [found("faint", name, fact, largest=high)]
    if picture.peak == 1.0:
        return []
    dark, white = float((values <= 0.0).mean()), float((values >= 1.0).mean())
    if dark + white > CLIPPED:
        fact = f"{dark:.0%} of its samples are 0 and {white:.0%} are {picture.peak:g}"
        return [found("clipped", name, fact, black=dark, white=white)]
    return []


def _of_figures(figures: dict[str, float], name: str, *, clean: bool) -> list[Finding]:
    if not clean:
        return []
    if (quality := figures.get("jpeg_quality", 100.0)) >= LOSSY:
        return []
    return [found("lossy-clean", name, f"is a JPEG of quality {quality:.0f}", quality=quality)]


def _level(value: float, picture: Picture) -> str:
    return f"{value * picture.peak:.4g}"


def _suffix(called: str) -> str:
    """That of the files of a format."""
    return next(one.suffix for one in lookup.every() if one.called == called)
