"""Size and orientation in an XMP packet, corrected in place; everything else is kept."""

from __future__ import annotations

import re

SIZES = {b"width": rb"tiff:ImageWidth|exif:PixelXDimension", b"height": rb"tiff:ImageLength|exif:PixelYDimension"}


def with_size_in_xmp(xmp: bytes | None, width: int, height: int) -> bytes | None:
    """The packet with the picture's width and height corrected, if it states them."""
    for name, value in ((b"width", width), (b"height", height)):
        pattern = rb"""((?:%s)(?:=["']|>))\d+""" % SIZES[name]
        xmp = None if xmp is None else re.sub(pattern, rb"\g<1>%d" % value, xmp)
    return xmp


def upright_in_xmp(xmp: bytes | None) -> bytes | None:
    """The packet with its copy of the orientation tag set to 1."""
    return None if xmp is None else re.sub(rb"""(tiff:Orientation(?:=["']|>))[2-8]""", rb"\g<1>1", xmp)
