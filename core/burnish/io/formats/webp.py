"""WebP: own walk over the RIFF chunks for size and metadata, libwebp for the pixels; always written lossless.

libwebp refuses truncated data, but does not report unused data, the other sign of damage in a format without checksums.
So a picture is sound if it cannot be decoded without its last bytes.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from typing import IO

import imagecodecs
import numpy as np
from PIL import Image

from burnish.errors import ImagingError
from burnish.io.formats.damage import MEND, check_room, tolerate
from burnish.io.formats.exif import orientation_of, with_orientation
from burnish.io.limits import check_size
from burnish.io.picture import Metadata, Picture, split_alpha

LONGEST_SIDE = 16_383
"""The format's own limit in pixels."""
PIXELS = (b"VP8 ", b"VP8L")
"""The chunks that hold pixels: lossy, lossless."""
LOSSY_PIXELS = 1024
"""Largest number of pixels in a byte: the modes of a macroblock of 256 pixels take more than two bits."""
SLACK = {b"VP8 ": 12, b"VP8L": 4, b"ALPH": 4}
"""Chunk → bytes at its end that no encoder adds only to fill up its last word (libwebp: 4, and 2 where lossless)."""
CUT = "is a WebP cut short; get a complete copy of the file"


class WebP:
    """The format WebP."""

    def read(self, file: IO[bytes], *, max_pixels: int, allow_damaged: bool) -> Picture:
        """As ``read_webp``."""
        return read_webp(file, max_pixels, allow_damaged)

    def write(self, picture: Picture, *, quality: int) -> bytes:
        """As ``write_webp``."""
        return write_webp(picture)


def read_webp(file: IO[bytes], limit: int, damaged: bool = False) -> Picture:
    """Decode a WebP still; always RGB, since the format has no grey."""
    head = file.read(30)
    if len(head) < 30:
        raise ImagingError(CUT)
    size = _header_size(head)
    check_size(*size, limit)
    data = head + file.read()
    end = 8 + int.from_bytes(data[4:8], "little")
    if len(data) < end:
        raise ImagingError(CUT)
    chunks: dict[bytes, bytes] = {}
    for name, body in _walk(data[:end]):  # bytes after it do not belong to the file
        chunks.setdefault(name, body)
    if b"ANIM" in chunks or b"ANMF" in chunks:
        raise ImagingError("is an animated WebP; extract its frames into a folder")
    for kind, body in chunks.items():
        if kind in PIXELS:
            check_size(*_chunk_size(kind, body), limit)
    damage = ""
    if b"VP8 " in chunks:
        damage = check_room("WebP", size, size[0] * size[1] / LOSSY_PIXELS, len(chunks[b"VP8 "]), allowed=damaged)
    pixels, alpha = split_alpha(imagecodecs.webp_decode(data))
    damage = damage or tolerate("WebP", _left_over(chunks), allowed=damaged)
    exif = chunks.get(b"EXIF")
    exif = exif[6:] if exif and exif.startswith(b"Exif\0\0") else exif
    metadata = Metadata(
        exif=exif or None,
        icc=chunks.get(b"ICCP") or None,
        xmp=chunks.get(b"XMP ") or None,
        orientation=orientation_of(exif),
    )
    return Picture(pixels=pixels, alpha=alpha, metadata=metadata, damage=damage)


def write_webp(picture: Picture) -> bytes:
    """Encode lossless, colours under transparent alpha included: lossy WebP always halves the resolution of colour."""
    if max(picture.height, picture.width) > LONGEST_SIDE:
        raise ImagingError(f"WebP holds up to {LONGEST_SIDE} pixels a side; write .png or .tif")
    if picture.channels == 1 and picture.metadata.icc and picture.metadata.icc[16:20] == b"GRAY":
        raise ImagingError("WebP has no grey, so it cannot hold the picture's grey ICC profile; write .png or .tif")
    samples = np.broadcast_to(picture.pixels, (picture.height, picture.width, 3))
    if picture.alpha is not None:
        samples = np.concatenate([samples, picture.alpha[:, :, None]], axis=2)
    metadata = picture.metadata
    exif = with_orientation(metadata.exif, metadata.orientation)
    options: dict[str, object] = {"lossless": True, "exact": True, "method": 4, "quality": 50}
    options |= {"exif": exif} if exif else {}
    options |= {"icc_profile": metadata.icc} if metadata.icc else {}
    options |= {"xmp": metadata.xmp} if metadata.xmp else {}
    target = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(samples)).save(target, "WEBP", **options)
    return target.getvalue()


def _header_size(head: bytes) -> tuple[int, int]:
    """Width and height from the first chunk: lossy, lossless or extended."""
    kind, body = head[12:16], head[20:]
    if kind == b"VP8X":
        return 1 + int.from_bytes(body[4:7], "little"), 1 + int.from_bytes(body[7:10], "little")
    if kind in PIXELS:
        return _chunk_size(kind, body)
    raise ImagingError(f"is a damaged WebP: its first chunk is {kind!r}; {MEND}")


def _chunk_size(kind: bytes, body: bytes) -> tuple[int, int]:
    """Width and height from the beginning of a pixel chunk."""
    if len(body) < 10:
        raise ImagingError(CUT)
    if kind == b"VP8L":
        bits = int.from_bytes(body[1:5], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    width, height = struct.unpack("<HH", body[6:10])
    return width & 0x3FFF, height & 0x3FFF


def check_webp(data: bytes) -> None:
    """Refuse an incomplete WebP file that contains only pixels, as a TIFF segment does.

    Raises:
        DamagedError, WebpError: It is not.
    """
    imagecodecs.webp_decode(data)
    tolerate("WebP", _left_over(dict(_walk(data))), allowed=False)


def _left_over(chunks: dict[bytes, bytes]) -> str:
    """The fault of a picture that decodes even without the last bytes of its colours or alpha; empty if it is sound."""
    needed = {name: chunks[name] for name in (b"VP8X", b"ALPH", *PIXELS) if name in chunks}
    for name in needed.keys() - {b"VP8X"}:
        try:
            imagecodecs.webp_decode(_file(needed | {name: needed[name][: -SLACK[name]]}))
        except imagecodecs.WebpError:
            continue
        return f"the last {SLACK[name]} bytes of its {'alpha' if name == b'ALPH' else 'colours'} are not needed"
    return ""


def _file(chunks: dict[bytes, bytes]) -> bytes:
    """A file with these chunks."""
    body = b"".join(name + struct.pack("<I", len(data)) + data + bytes(len(data) % 2) for name, data in chunks.items())
    return b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WEBP" + body


def _walk(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    position = 12
    while position + 8 <= len(data):
        name, size = struct.unpack_from("<4sI", data, position)
        body = data[position + 8 : position + 8 + size]
        if len(body) < size:
            raise ImagingError(CUT)
        yield name, body
        position += 8 + size + size % 2
