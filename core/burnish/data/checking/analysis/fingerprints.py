"""A perceptual hash, by which the same picture is found again under noise, other brightness and small crops."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
import scipy.fft
from numpy.typing import NDArray

Plane = NDArray[np.float32]
Bits = NDArray[np.bool_]

SIDE = 32
"""Cells of the reduced picture in each direction."""
KEPT = 12
"""Frequencies in each direction whose signs are kept, without the mean: 143 bits."""
_CORNERS = [(0.5, 0.5), (0.0, 0.0), (0.0, 1.0), (1.0, 0.0), (1.0, 1.0)]
_SIDES = [(0.0, 0.5), (0.5, 0.0), (0.5, 1.0), (1.0, 0.5)]
CROPS = tuple((0.95, *place) for place in _CORNERS) + tuple((0.9, *place) for place in (*_CORNERS, *_SIDES))
"""Part of the sides, and where it lies (0: top or left, 1: bottom or right): what else of a picture is hashed."""
NEAR = 0.2
"""Part of the bits that differ at most between two files of one picture."""
AT_ONCE = 1024
"""Pictures that are compared with all others together, in bounded memory."""
STRUCTURE = 0.004
"""Standard deviation of the reduced picture, in [0, 1], below which a picture shows nothing to know it by."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Fingerprint:
    """The hashes of one picture."""

    whole: Bits
    """143 bits."""
    crops: Bits
    """One row for each of ``CROPS``."""


def fingerprint(luma: Plane) -> Fingerprint | None:
    """The signs of the 143 lowest frequencies (DCT) of the picture reduced to 32×32 cells, of it and of 14 crops.

    Brightness and contrast do not change them, noise hardly: a cell is the mean of many pixels. Source: the DCT hash of
    Zauner (2010, "Implementation and benchmarking of perceptual image hash functions"), here with more frequencies, and
    crops on one side for what was cut off on the other.

    Measured with ``NEAR`` on BSD400, BSD68 and six of Kodak, which share no picture (112,101 pairs): none is taken for
    the same; the nearest differ in 23.8 % of the bits. Found again (237 pictures): all with noise of σ 25, JPEG quality
    10, gamma 1.6 or 5 % cut off anywhere; 99 % with noise of σ 50, with 10 % cut off anywhere, or with 5 % cut off,
    noise of σ 50 and JPEG quality 30 together; 62 % with 15 % cut off. Mirrored or turned pictures are not found.

    Args:
        luma: H,W.

    Returns:
        None: the picture is smaller than 32 pixels, or shows no structure.
    """
    if min(luma.shape) < SIDE:
        return None
    small = cv2.resize(luma, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    if float(small.std()) < STRUCTURE:
        return None
    return Fingerprint(whole=_bits(luma), crops=np.stack([_bits(_crop(luma, *crop)) for crop in CROPS]))


def near_pairs(fingerprints: list[Fingerprint]) -> Iterator[tuple[int, int, float]]:
    """Every two that are of one picture: their places in the list, and the part of the bits that differ."""
    if not fingerprints:
        return
    whole = _signs(np.stack([one.whole for one in fingerprints]))
    count, bits = whole.shape
    every = [_signs(np.stack([one.crops[k] for one in fingerprints])) for k in range(len(CROPS))]
    for start in range(0, count, AT_ONCE):
        part = slice(start, start + AT_ONCE)
        match = whole[part] @ whole.T
        for crops in every:
            np.maximum(match, whole[part] @ crops.T, out=match)
            np.maximum(match, crops[part] @ whole.T, out=match)
        differ = (bits - match) / (2 * bits)
        for row, column in zip(*np.nonzero(differ <= NEAR), strict=True):
            if start + row < column:
                yield int(start + row), int(column), float(differ[row, column])


def _bits(luma: Plane) -> Bits:
    small = cv2.resize(luma, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    found: Bits = scipy.fft.dctn(small, norm="ortho")[:KEPT, :KEPT].ravel()[1:] > 0
    return found


def _crop(luma: Plane, part: float, down: float, right: float) -> Plane:
    height, width = (max(1, round(part * side)) for side in luma.shape)
    top, left = round(down * (luma.shape[0] - height)), round(right * (luma.shape[1] - width))
    return luma[top : top + height, left : left + width]


def _signs(bits: Bits) -> Plane:
    return bits.astype(np.float32) * 2 - 1
