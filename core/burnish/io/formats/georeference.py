"""The georeference of a raster (GeoTIFF's tags), and its change when the raster changes size."""

from __future__ import annotations

import re
import struct
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from burnish.io.picture import IfdEntry, Metadata

PIXEL_SCALE, TIE_POINTS, TRANSFORMATION, KEYS, RATIONAL = 33550, 33922, 34264, 34735, 50844
GEOGRAPHIC = frozenset({PIXEL_SCALE, TIE_POINTS, TRANSFORMATION, KEYS, 34736, 34737, RATIONAL})
"""Georeference, by an affine map or by rational polynomials (RPC), valid only for this raster of pixels."""
GDAL_NOTES = 42112
"""GDAL's notes in XML, statistics among them."""
RASTER_TYPE, IS_POINT = 1025, 2
"""GeoTIFF's key for the meaning of integer raster coordinates; 2: the middle of a pixel, else its corner."""


def georeferenced(metadata: Metadata) -> bool:
    """Whether the metadata locates the picture on the ground."""
    return any(entry.tag in GEOGRAPHIC for entry in metadata.tiff_tags)


def without_georeference(metadata: Metadata) -> Metadata:
    """The metadata without the tags that hold only for the original raster of pixels."""
    return replace(metadata, tiff_tags=tuple(e for e in metadata.tiff_tags if e.tag not in GEOGRAPHIC))


def resized_georeference(metadata: Metadata, factor: float) -> Metadata:
    """The metadata of the same ground for pixels with sides ``factor`` times shorter.

    The corner of the first pixel stays where it is. With u raster coordinates of corners, u′ = factor · u; where whole
    coordinates are middles (key 1025 is 2, and in rational polynomials), u′ = factor · (u + ½) − ½.
    OGC 19-008r4, sections 7.3 and B.6; RPC in GeoTIFF, geotiff.maptools.org/rpc_prop.html.
    """
    tags = {entry.tag: entry for entry in metadata.tiff_tags}
    half = 0.5 if KEYS in tags and _raster_type(tags[KEYS]) == IS_POINT else 0.0
    return replace(metadata, tiff_tags=tuple(_resized(entry, factor, half) for entry in metadata.tiff_tags))


def without_statistics(metadata: Metadata) -> Metadata:
    """The metadata without GDAL's statistics, which describe the old pixels."""
    tags = [_without_statistics(entry) if entry.tag == GDAL_NOTES else entry for entry in metadata.tiff_tags]
    return replace(metadata, tiff_tags=tuple(tags))


def _resized(entry: IfdEntry, factor: float, half: float) -> IfdEntry:
    if entry.type != 12:
        return entry
    values = list(struct.unpack(f"{entry.order}{entry.count}d", entry.raw))
    if entry.tag == PIXEL_SCALE and len(values) >= 2:
        values[:2] = [value / factor for value in values[:2]]
    elif entry.tag == TIE_POINTS:
        for place in (at for start in range(0, len(values) - 5, 6) for at in (start, start + 1)):
            values[place] = factor * (values[place] + half) - half
    elif entry.tag == TRANSFORMATION and len(values) == 16:
        values = _resized_transformation(values, factor, half)
    elif entry.tag == RATIONAL and len(values) == 92:
        values[2:4] = [factor * (offset + 0.5) - 0.5 for offset in values[2:4]]
        values[7:9] = [factor * scale for scale in values[7:9]]
    return replace(entry, raw=struct.pack(f"{entry.order}{len(values)}d", *values))


def _resized_transformation(values: Sequence[float], factor: float, half: float) -> list[float]:
    """The matrix M, 4×4 by rows, times the matrix that maps new raster coordinates to old ones."""
    matrix = np.array(values).reshape(4, 4)
    back = np.diag([1 / factor, 1 / factor, 1.0, 1.0])
    back[:2, 3] = half / factor - half
    product: list[float] = (matrix @ back).ravel().tolist()
    return product


def _raster_type(keys: IfdEntry) -> int:
    shorts = struct.unpack(f"{keys.order}{len(keys.raw) // 2}H", keys.raw[: len(keys.raw) // 2 * 2])
    rows = (shorts[at : at + 4] for at in range(4, len(shorts) - 3, 4))
    return next((row[3] for row in rows if row[0] == RASTER_TYPE and row[1] == 0), 0)


def _without_statistics(entry: IfdEntry) -> IfdEntry:
    raw = re.sub(rb'\s*<Item name="STATISTICS_[^"]*"[^>]*>[^<]*</Item>', b"", entry.raw)
    return replace(entry, raw=raw, count=len(raw)) if entry.type == 2 else entry
