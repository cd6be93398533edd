"""PNG of any kind at 8 and 16 bit: own chunk walk for structure and metadata, libpng (imagecodecs) for the pixels.

libpng is used because Pillow turns 16-bit RGB into 8 bit, and OpenCV drops the grey of grey+alpha, ignores a grey
picture's transparent level and passes files that are cut short.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import IO

import imagecodecs
import numpy as np

from burnish.errors import ImagingError
from burnish.io.formats.damage import MEND, check_room, tolerate
from burnish.io.formats.exif import orientation_of, with_orientation
from burnish.io.limits import check_size
from burnish.io.picture import Metadata, Picture, join_alpha, split_alpha
from burnish.ops.invalid import Samples

SIGNATURE = b"\x89PNG\r\n\x1a\n"
LONGEST_SIDE = 1_000_000
"""libpng's own limit in pixels."""
DECODED = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"})
"""Chunks that affect the samples."""
KEPT = frozenset({b"gAMA", b"cHRM", b"sRGB", b"cICP", b"mDCV", b"cLLI", b"tEXt", b"zTXt", b"iTXt"})
"""Chunks that go from PNG to PNG as they are."""
FILLED = frozenset({b"IDAT", b"IEND"})
"""Chunks that leave a readable part if they are damaged."""
DEFLATE = 1032
"""Largest compression ratio of deflate."""
XMP = b"XML:com.adobe.xmp\0"
MAX_ICC = 64 * 2**20
"""Limit in bytes for an inflated profile, beyond which it counts as a bomb."""
COMPRESSION = 3
"""zlib level: within 4 % of level 6 on photographs at six times its speed."""
INCH = 0.0254
"""Metres."""


class Png:
    """The format PNG."""

    def read(self, file: IO[bytes], *, max_pixels: int, allow_damaged: bool) -> Picture:
        """As ``read_png``."""
        return read_png(file, max_pixels, allow_damaged)

    def write(self, picture: Picture, *, quality: int) -> bytes:
        """As ``write_png``."""
        return write_png(picture)


def read_png(file: IO[bytes], limit: int, damaged: bool = False) -> Picture:
    """Decode the PNG in ``file``: palettes become RGB, 1, 2 and 4 bits become 8, transparency becomes alpha."""
    head = file.read(33)
    if len(head) < 33 or head[12:16] != b"IHDR":
        raise ImagingError("is a PNG cut short in its header; get a complete copy of the file")
    width, height = struct.unpack(">II", head[16:24])
    check_size(width, height, limit)
    if max(width, height) > LONGEST_SIDE:
        raise ImagingError(f"is {width} x {height}, PNG is read up to {LONGEST_SIDE} pixels a side; store it as TIFF")
    data = head + file.read()
    chunks, damage = _walked(data, damaged)
    if any(name == b"acTL" for name, _ in chunks):
        raise ImagingError("is an animated PNG; extract its frames into a folder")
    held = sum(len(body) for name, body in chunks if name == b"IDAT")
    least = png_bytes(head) / DEFLATE
    damage = damage or check_room("PNG", (width, height), least, held, allowed=damaged)
    try:
        samples = imagecodecs.png_decode(_bare(_filled(head, chunks) if damage else chunks))
    except imagecodecs.PngError as error:
        if damage:
            raise
        damage = tolerate("PNG", " ".join(str(error).split()), allowed=damaged)
        samples = imagecodecs.png_decode(_bare(_filled(head, chunks)))
    pixels, alpha = split_alpha(samples)
    return Picture(pixels=pixels, alpha=alpha, metadata=_metadata(chunks), damage=damage)


def write_png(picture: Picture) -> bytes:
    """Encode at the picture's own depth, with ICC, EXIF, XMP, resolution and the kept chunks."""
    if max(picture.height, picture.width) > LONGEST_SIDE:
        raise ImagingError(f"PNG is written up to {LONGEST_SIDE} pixels a side; write .tif")
    samples: Samples = join_alpha(picture)
    encoded = imagecodecs.png_encode(samples, level=COMPRESSION)
    after_header = len(SIGNATURE) + 25
    return bytes(encoded[:after_header]) + b"".join(_chunks_of(picture.metadata)) + bytes(encoded[after_header:])


def png_bytes(head: bytes) -> int:
    """The least number of bytes of the filtered rows of such a header; an interlaced picture has a few more."""
    width, height, depth, colour = struct.unpack(">IIBB", head[16:26])
    bits = depth * {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}.get(colour, 1)
    return int(height * (1 + (width * bits + 7) // 8))


def _walked(data: bytes, damaged: bool) -> tuple[list[tuple[bytes, bytes]], str]:
    """Name and data of every chunk, and the fault; every checksum and the end marker must be right."""
    chunks: list[tuple[bytes, bytes]] = []
    position, damage = len(SIGNATURE), ""
    while position + 8 <= len(data):
        size, name = struct.unpack_from(">I4s", data, position)
        body = data[position + 8 : position + 8 + size]
        check = data[position + 8 + size : position + 12 + size]
        chunks.append((name, body))
        if len(body) == size and len(check) == 4 and zlib.crc32(body, zlib.crc32(name)) != int.from_bytes(check, "big"):
            damage = damage or tolerate("PNG", f"the checksum of chunk {name!r} is wrong", allowed=damaged)
            if name not in FILLED:
                raise ImagingError(f"is a damaged PNG: the checksum of chunk {name!r} is wrong; {MEND}")
        if name == b"IEND" and len(check) == 4:
            return chunks, damage
        position += 12 + size
    return chunks, damage or tolerate("PNG", "it is cut short", allowed=damaged)


def _filled(head: bytes, chunks: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """The chunks with all pixels that can be inflated; the rest is zero (a copy of the row before, or black)."""
    if head[28]:
        raise ImagingError(f"is a damaged, interlaced PNG without a readable part; {MEND}")
    inflater, rows = zlib.decompressobj(), bytearray()
    try:
        for piece in (
            body[at : at + 4096] for name, body in chunks if name == b"IDAT" for at in range(0, len(body), 4096)
        ):
            rows += inflater.decompress(piece, png_bytes(head) - len(rows) + 1)
            if len(rows) >= png_bytes(head):
                break
    except zlib.error:
        pass  # everything before it is kept
    rows = rows[: png_bytes(head)].ljust(png_bytes(head), b"\0")
    row = png_bytes(head) // struct.unpack(">I", head[20:24])[0]
    for at in range(0, len(rows), row):
        rows[at] = rows[at] if rows[at] <= 4 else 0
    others = [(name, body) for name, body in chunks if name in DECODED - {b"IDAT", b"IEND"}]
    return [*others, (b"IDAT", zlib.compress(bytes(rows), 1)), (b"IEND", b"")]


def _bare(chunks: list[tuple[bytes, bytes]]) -> bytes:
    """The file without the chunks that do not affect samples: libpng would print warnings about profiles and texts."""
    return SIGNATURE + b"".join(_chunk(name, body) for name, body in chunks if name in DECODED)


def _metadata(chunks: list[tuple[bytes, bytes]]) -> Metadata:
    first: dict[bytes, bytes] = {}
    for name, body in chunks:
        first.setdefault(name, body)
    packets = [body for name, body in chunks if name == b"iTXt" and body.startswith(XMP)]
    exif = first.get(b"eXIf")
    exif = exif[6:] if exif and exif.startswith(b"Exif\0\0") else exif
    return Metadata(
        exif=exif,
        icc=_inflated_profile(first.get(b"iCCP")),
        xmp=_packet(packets[0]) if packets else None,
        dpi=_dots_per_inch(first.get(b"pHYs")),
        orientation=orientation_of(exif),
        png_chunks=tuple((n, b) for n, b in chunks if n in KEPT and b not in packets),
    )


def _inflated_profile(body: bytes | None) -> bytes | None:
    if body is None:
        return None
    _, _, rest = body.partition(b"\0")
    inflater = zlib.decompressobj()
    try:
        profile = inflater.decompress(rest[1:], MAX_ICC)
    except zlib.error as error:
        raise ImagingError("contains a damaged ICC profile; strip it and store the file again") from error
    if not inflater.eof:
        raise ImagingError("contains an ICC profile that is cut short or too large; strip it and store the file again")
    return profile


def _packet(body: bytes) -> bytes | None:
    """The text of an iTXt chunk with the XMP keyword, after flag, method, language and translated keyword."""
    flag, rest = body[len(XMP) : len(XMP) + 1], body[len(XMP) + 2 :]
    parts = rest.split(b"\0", 2)
    if len(parts) < 3:
        return None
    if flag != b"\1":
        return parts[2]
    try:
        return zlib.decompressobj().decompress(parts[2], MAX_ICC)
    except zlib.error:
        return None


def _dots_per_inch(body: bytes | None) -> tuple[float, float] | None:
    if body is None or len(body) != 9 or body[8] != 1:
        return None
    x, y = struct.unpack(">II", body[:8])
    return (x * INCH, y * INCH) if x and y else None


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(body, zlib.crc32(name)))


def _chunks_of(metadata: Metadata) -> Iterator[bytes]:
    """The chunks to write between header and pixels."""
    kept = [name for name, _ in metadata.png_chunks]
    if metadata.icc is not None:
        yield _chunk(b"iCCP", b"ICC profile\0\0" + zlib.compress(metadata.icc, 9))
    for name, body in metadata.png_chunks:
        if name != b"sRGB" or metadata.icc is None:
            yield _chunk(name, body)
    if metadata.dpi is not None:
        x, y = (np.clip(round(dots / INCH), 1, 2**31 - 1) for dots in metadata.dpi)
        yield _chunk(b"pHYs", struct.pack(">IIB", int(x), int(y), 1))
    exif = with_orientation(metadata.exif, metadata.orientation)
    if exif is not None and b"eXIf" not in kept:
        yield _chunk(b"eXIf", exif)
    if metadata.xmp is not None:
        yield _chunk(b"iTXt", XMP + b"\0\0\0\0" + metadata.xmp)
