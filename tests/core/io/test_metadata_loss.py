"""What a written file does not hold is named; where all is held nothing is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from burnish.io import Metadata, Picture, read_picture
from burnish.io.formats.xmp import with_size_in_xmp
from burnish.io.metadata_loss import losses
from burnish.io.picture import IfdEntry
from PIL import Image


def entry(tag: int, raw: bytes = b"0\0") -> IfdEntry:
    return IfdEntry(tag=tag, type=2, count=len(raw), raw=raw, order="<")


FULL = Picture(
    pixels=np.zeros((2, 3, 3), np.uint8),
    metadata=Metadata(
        exif=b"II*\0", icc=b"profile", xmp=b"<x/>", dpi=(300.0, 300.0), png_chunks=((b"tEXt", b"a\0b"),),
        tiff_tags=(entry(33550), entry(42113), entry(33723)),
    ),
)  # fmt: skip


@pytest.mark.parametrize(
    ("name", "lost"),
    [
        ("a.tif", "the PNG chunks tEXt"),
        ("a.png", "the georeference, IPTC, the value for no data"),
        ("a.jpg", "the georeference, IPTC, the value for no data, the PNG chunks tEXt"),
        ("a.webp", "the georeference, IPTC, the value for no data, the resolution, the PNG chunks tEXt"),
    ],
)
def test_what_a_format_does_not_hold_is_named(name: str, lost: str) -> None:
    assert ", ".join(losses(FULL, FULL, Path(name))) == lost


def test_what_was_dropped_on_the_way_is_named_and_a_plain_picture_loses_nothing() -> None:
    made = replace(FULL, metadata=replace(FULL.metadata, icc=None, tiff_tags=(entry(42113), entry(33723))))
    assert losses(FULL, made, Path("a.tiff")) == ("the georeference", "the ICC profile", "the PNG chunks tEXt")
    plain = Picture(pixels=np.zeros((2, 3, 3), np.uint8))
    assert all(losses(plain, plain, Path(f"a.{kind}")) == () for kind in ("png", "tif", "jpg", "webp", "bmp"))


def test_the_comment_of_a_jpeg_is_among_what_is_left_out(tmp_path: Path) -> None:
    Image.fromarray(np.zeros((8, 8), np.uint8)).save(tmp_path / "a.jpg", comment=b"by me")
    picture = read_picture(tmp_path / "a.jpg")
    assert losses(picture, picture, tmp_path / "b.jpg") == ("the comment",)


def test_sizes_in_an_xmp_packet_follow_the_picture() -> None:
    xmp = b'<a tiff:ImageWidth="30" exif:PixelYDimension="20"><tiff:ImageLength>20</tiff:ImageLength></a>'
    expected = b'<a tiff:ImageWidth="60" exif:PixelYDimension="40"><tiff:ImageLength>40</tiff:ImageLength></a>'
    assert with_size_in_xmp(xmp, 60, 40) == expected
