"""A raster that grows or shrinks still lies where it did on the ground: corners of pixels keep their coordinates."""

from __future__ import annotations

import struct

import numpy as np
import pytest
import torch
from burnish.io import Metadata, Picture, from_tensor
from burnish.io.formats.georeference import resized_georeference, without_statistics
from burnish.io.picture import IfdEntry
from hypothesis import given, settings
from hypothesis import strategies as st

POINT, AREA = (1, 1, 0, 1, 1025, 0, 1, 2), (1, 1, 0, 1, 1025, 0, 1, 1)


def doubles(tag: int, values: tuple[float, ...], order: str = "<") -> IfdEntry:
    raw = struct.pack(f"{order}{len(values)}d", *values)
    return IfdEntry(tag=tag, type=12, count=len(values), raw=raw, order=order)  # type: ignore[arg-type]


def keys(values: tuple[int, ...], order: str = "<") -> IfdEntry:
    raw = struct.pack(f"{order}{len(values)}H", *values)
    return IfdEntry(tag=34735, type=3, count=len(values), raw=raw, order=order)  # type: ignore[arg-type]


def read(metadata: Metadata, tag: int) -> tuple[float, ...]:
    entry = next(entry for entry in metadata.tiff_tags if entry.tag == tag)
    return struct.unpack(f"{entry.order}{entry.count}d", entry.raw)


def ground(metadata: Metadata, column: float, row: float, *, point: bool) -> np.ndarray:
    """Where the corner (column, row) of a pixel lies, by the tags as GeoTIFF defines them."""
    u = np.array([column, row]) - (0.5 if point else 0.0)
    tags = {entry.tag for entry in metadata.tiff_tags}
    if 34264 in tags:
        matrix = np.array(read(metadata, 34264)).reshape(4, 4)
        return (matrix @ [*u, 0.0, 1.0])[:2]
    scale, tie = read(metadata, 33550), read(metadata, 33922)
    return np.array([tie[3] + (u[0] - tie[0]) * scale[0], tie[4] - (u[1] - tie[1]) * scale[1]])


@given(
    factor=st.sampled_from([2.0, 3.0, 4.0, 0.5, 0.25]),
    point=st.booleans(),
    affine=st.booleans(),
    order=st.sampled_from("<>"),
    numbers=st.lists(st.floats(-1000, 1000), min_size=6, max_size=6),
)
@settings(max_examples=80, deadline=None)
def test_every_corner_keeps_its_place(
    factor: float, point: bool, affine: bool, order: str, numbers: list[float]
) -> None:
    a, b, c, d, e, f = numbers
    if affine:
        tags = [doubles(34264, (a, b, 0, c, d, e, 0, f, 0, 0, 0, 0, 0, 0, 0, 1), order)]
    else:
        tags = [doubles(33550, (abs(a) + 1, abs(b) + 1, 0), order), doubles(33922, (c, d, 0, e, f, 0), order)]
    before = Metadata(tiff_tags=(*tags, keys(POINT if point else AREA, order)))
    after = resized_georeference(before, factor)
    for column, row in ((0, 0), (10, 0), (7, 13)):
        np.testing.assert_allclose(
            ground(after, column * factor, row * factor, point=point),
            ground(before, column, row, point=point),
            rtol=1e-9,
            atol=1e-6,
        )


def test_rational_polynomials_take_the_middle_of_the_first_pixel_as_origin() -> None:
    values = [0.0] * 92
    values[2:4], values[7:9] = [99.5, 49.5], [100.0, 50.0]
    after = read(resized_georeference(Metadata(tiff_tags=(doubles(50844, tuple(values)),)), 2.0), 50844)
    assert (after[2:4], after[7:9]) == ((199.5, 99.5), (200.0, 100.0))


@pytest.mark.parametrize("size", [(40, 61), (40, 60), (30, 45)])
def test_only_a_whole_factor_of_both_sides_keeps_the_georeference(size: tuple[int, int]) -> None:
    tags = (doubles(33550, (2.0, 2.0, 0.0)), doubles(33922, (0.0, 0.0, 0.0, 5.0, 6.0, 0.0)))
    like = Picture(pixels=np.zeros((20, 30, 1), np.uint8), metadata=Metadata(tiff_tags=tags))
    got = from_tensor(torch.zeros(1, 1, *size), like).metadata
    if size == (40, 60):
        assert read(got, 33550) == (1.0, 1.0, 0.0)
    else:
        assert not got.tiff_tags


def test_statistics_of_other_pixels_are_dropped_from_gdals_notes_and_nothing_else() -> None:
    text = (
        b'<GDALMetadata>\n  <Item name="DESCRIPTION" sample="0">red</Item>\n'
        b'  <Item name="STATISTICS_MEAN" sample="0">29.9</Item>\n</GDALMetadata>\n\0'
    )
    entry = IfdEntry(tag=42112, type=2, count=len(text), raw=text, order="<")
    (after,) = without_statistics(Metadata(tiff_tags=(entry,))).tiff_tags
    assert after.raw == b'<GDALMetadata>\n  <Item name="DESCRIPTION" sample="0">red</Item>\n</GDALMetadata>\n\0'
    assert after.count == len(after.raw)
