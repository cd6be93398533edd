"""Pairs brought into register: the clean picture is moved by the shift, both are cut to what they have in common."""

from __future__ import annotations

import math
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from burnish.console.progress import track
from burnish.data.checking.analysis.registration import REACH, Shift, find_shift
from burnish.data.checking.findings import Report
from burnish.data.checking.listing import Image, list_images
from burnish.data.checking.looking import Seen, look_at
from burnish.data.checking.pairs import ALIKE, alike, overlap, scale_of
from burnish.data.checking.sidecars import sidecars_of
from burnish.data.items import kernel_of
from burnish.errors import UsageError
from burnish.io import atomic
from burnish.io.files import read_picture, write_picture
from burnish.io.orientation import upright
from burnish.io.picture import Picture
from burnish.ops.measures.pixels import SIDE, central

Plane = NDArray[np.float32]

LEAST = 0.05
"""Pixels of a shift below which a pair is copied as it is."""
TAPS = 8
"""Pixels on each side that the moved picture is interpolated from."""


@dataclass(frozen=True, kw_only=True)
class Aligned:
    """What was written."""

    moved: dict[str, float]
    """Degraded pictures of the pairs that were moved → pixels."""
    kept: int
    """Pairs that were in register, and copied byte by byte."""
    left_out: tuple[str, ...]
    """Pairs that do not fit together, or cannot be read."""


def write_aligned(report: Report, out: Path, *, quiet: bool = True) -> Aligned:
    """Write all pairs of a dataset, in register, into a new folder of the same layout; whole or not at all.

    The degraded picture keeps its pixels, so that its noise stays as it is. The clean one is interpolated by a sinc of
    16 pixels under a Lanczos window (Duchon 1979), with a constant continuation at the border, which is cut off. JPEG
    becomes PNG, since a second compression would add errors. Known facts are copied.

    Args:
        report: Of a full check; names the dataset and its layout.
        out: The folder; must not exist or be empty.
        quiet: No progress.

    Raises:
        UsageError: The data are no pairs, or the folder is not empty.
        OSError: It cannot be written.
    """
    if report.layout.form != "pairs":
        raise UsageError(f"{report.root}: holds {report.layout.words()}; --align is for pairs")
    if out.resolve().is_relative_to(report.root.resolve()):
        raise UsageError(f"{out}: is inside the dataset; give a folder elsewhere")
    listing = list_images(report.root, report.layout, tuple(report.pictures))
    refused = {one.path for one in report.errors if one.kind != "shifted"}
    moved: dict[str, float] = {}
    kept, left_out = 0, []
    with atomic.new_folder(out) as fresh:
        for image in track(listing.images, description="Aligning", unit="pair", quiet=quiet):
            names = [listing.name(path) for path in image.files]
            shift = None if refused & set(names) else _shift(image)
            if shift is None:
                left_out.append(names[0])
            elif shift.length < LEAST:
                kept += 1
                _copy([*image.files, *sidecars_of(image.known_of)], report.root, fresh)
            else:
                moved[names[0]] = shift.length
                for path, picture in _cut(image, shift):
                    _write(picture, fresh / path.relative_to(report.root))
                _copy(list(sidecars_of(image.known_of)), report.root, fresh)
    return Aligned(moved=moved, kept=kept, left_out=tuple(left_out))


def moved_by(picture: Plane, right: float, down: float) -> Plane:
    """H,W,C with its content moved by a part of a pixel to the right and down, or back."""
    across, below = _sinc(right), _sinc(down)
    made: Plane = cv2.sepFilter2D(picture, cv2.CV_32F, across, below, borderType=cv2.BORDER_REPLICATE)
    return made.reshape(picture.shape)


def _sinc(shift: float) -> Plane:
    places = np.arange(-TAPS, TAPS + 1) + shift
    weights = np.sinc(places) * np.where(np.abs(places) < TAPS, np.sinc(places / TAPS), 0.0)
    line: Plane = (weights / weights.sum()).astype(np.float32)
    return line


def _shift(image: Image) -> Shift | None:
    """By what the pair is out of register, 0 where that is not certain; None: it does not fit together."""
    still = Shift(right=0.0, down=0.0, deviation=0.0)
    if image.degraded is not None and kernel_of(image.degraded) is not None:
        return still  # the kernel says where the blur has moved the picture
    degraded, clean = (_seen(path) for path in image.files)
    if degraded.look is None or clean.look is None or not scale_of(degraded.look, clean.look):
        return None
    x, y = clean.luma, degraded.luma
    if x.shape != y.shape:
        x = cv2.resize(x, (y.shape[1], y.shape[0]), interpolation=cv2.INTER_AREA)
    x, y = (np.ascontiguousarray(central(one[:, :, None], SIDE)[:, :, 0]) for one in (x, y))
    shift = find_shift(x, y)
    if shift is None or not shift.certain or shift.length > 1.5 * REACH:
        shift = still
    match = alike(*overlap(x, y, shift))
    if match is None:
        return still
    return shift if match >= ALIKE else None


def _seen(path: Path) -> Seen:
    return look_at(path, path.name, clean=True, measured=False, hashed=False)


def _cut(image: Image, shift: Shift) -> Iterator[tuple[Path, Picture]]:
    """The two pictures of a pair: the clean one moved, both without the border."""
    assert image.degraded is not None
    assert image.clean is not None
    degraded, clean = (upright(read_picture(path)) for path in (image.degraded, image.clean))
    scale = clean.width // degraded.width
    margin = math.ceil(max(abs(shift.right), abs(shift.down))) + math.ceil(TAPS / scale)
    if 2 * margin >= min(degraded.width, degraded.height):
        margin = math.ceil(max(abs(shift.right), abs(shift.down)))
    yield image.degraded, _bordered(degraded, degraded.pixels, margin)
    across, below = round(scale * shift.right), round(scale * shift.down)
    whole = np.roll(clean.pixels.astype(np.float32), (below, across), axis=(0, 1))
    fine = moved_by(whole, scale * shift.right - across, scale * shift.down - below)
    if clean.peak > 1.0:
        fine = np.floor(np.clip(fine, 0.0, clean.peak) + 0.5)
    yield image.clean, _bordered(clean, fine.astype(clean.pixels.dtype), scale * margin)


def _bordered(picture: Picture, pixels: NDArray[np.uint8 | np.uint16 | np.float32], margin: int) -> Picture:
    inner = slice(margin, -margin)
    metadata = replace(picture.metadata, exif=None, xmp=None, tiff_tags=())  # they state another size and place
    return Picture(pixels=np.ascontiguousarray(pixels[inner, inner]), metadata=metadata)


def _write(picture: Picture, path: Path) -> None:
    path = path.with_suffix(".png") if path.suffix.lower() in (".jpg", ".jpeg", ".webp") else path
    path.parent.mkdir(parents=True, exist_ok=True)
    write_picture(path, picture)


def _copy(paths: list[Path], root: Path, out: Path) -> None:
    for path in paths:
        target = out / path.relative_to(root)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
