"""Checks of a TIFF's directories, strips and tiles: a limited number, all present, without overlap, and complete."""

from __future__ import annotations

import itertools
import math
from typing import IO

import imagecodecs
from tifffile import TiffPage

from burnish.errors import ImagingError
from burnish.io.formats.damage import MEND, DamagedError, check_room, tolerate
from burnish.io.formats.exif import DamagedDirectoryError, Reader, read_header
from burnish.io.formats.jpeg_stream import walk_jpeg
from burnish.io.formats.pillow_formats import decode_jpeg
from burnish.io.formats.webp import check_webp
from burnish.io.limits import check_size

MAX_DIRECTORIES = 100
"""Pages, pyramid levels, previews and masks of one file."""
JPEG = frozenset({7, 33007, 34892})
"""Compressions whose segments are JPEG files, their tables perhaps left out; the old one (6) has its own layout."""
WEBP, PACKBITS = 50001, 32773
RATIOS = {1: 1.0, 5: 2560.0, 8: 1032.0, 32946: 1032.0, 50013: 1032.0, PACKBITS: 64.0}
"""Compression → its largest ratio: none, LZW, deflate under its three numbers, PackBits."""


def check_directories(read: Reader) -> None:
    """Refuse a chain of too many directories, or a circular one, before it is followed.

    Raises:
        ImagingError: It is either.
    """
    try:
        form, offset, _ = read_header(read)
    except DamagedDirectoryError:
        return  # the decoder reports it better
    step, seen = form.head.size + form.offset.size, set[int]()
    while offset:
        if offset in seen:
            raise ImagingError(f"is a damaged TIFF: its directories go in a circle; {MEND}")
        seen.add(offset)
        if len(seen) > MAX_DIRECTORIES:
            raise ImagingError(f"is a TIFF of more than {MAX_DIRECTORIES} directories; split it into one file per page")
        head = read(offset, form.number.size)
        if len(head) < form.number.size:
            return
        after = read(offset + form.number.size + form.number.unpack(head)[0] * step, form.offset.size)
        offset = int(form.offset.unpack(after)[0]) if len(after) == form.offset.size else 0


def check_segments(file: IO[bytes], page: TiffPage, limit: int, *, damaged: bool) -> str:
    """The fault in the strips or tiles of a page; empty if there is none.

    A missing one would be read as black. Where damage is allowed, those that cannot be decoded are taken off the page.

    Raises:
        DamagedError: Something is wrong, and damage is not allowed.
        ImagingError: The page claims more than its segments can hold by far.
    """
    if page.is_tiled:
        check_size(page.tilewidth, page.tilelength, max(limit, 2**24))
    if damaged and int(page.compression) == 1 and len(page.dataoffsets) == 1 and not page.is_tiled:
        _cut_into_rows(page)
    size, expected = file.seek(0, 2), math.prod(page.chunked)
    offsets, counts = list(page.dataoffsets[:expected]), list(page.databytecounts[:expected])
    faults = []
    if (listed := min(len(offsets), len(counts))) < expected:
        faults.append(f"it is cut short, {listed} of {expected} strips or tiles are listed")
        offsets, counts = ([*some[:listed], *[0] * (expected - listed)] for some in (offsets, counts))
    for at, (offset, count) in enumerate(zip(offsets, counts, strict=True)):
        if offset <= 0 or count <= 0 or offset + count > size:
            faults.append("it is cut short, a strip or tile is missing")
            offsets[at] = counts[at] = 0
    faults += ["strips or tiles overlap"] if _overlap(offsets, counts) else []
    damage = tolerate("TIFF", faults[0] if faults else "", allowed=damaged)
    damage = damage or _room(page, sum(counts), damaged)
    for at, (offset, count) in enumerate(zip(offsets, counts, strict=True)):
        file.seek(offset)
        fault = _fault(page, at, file.read(count), limit, decode=damaged) if count else ""
        if fault:
            damage = damage or tolerate("TIFF", f"strip or tile {at}: {fault}", allowed=damaged)
            offsets[at] = counts[at] = 0
    if not any(counts):
        raise DamagedError(f"is a damaged TIFF: none of its strips or tiles can be decoded ({damage}); {MEND}")
    page.dataoffsets, page.databytecounts = tuple(offsets), tuple(counts)
    return damage


def _cut_into_rows(page: TiffPage) -> None:
    """Split the only strip, which is uncompressed, into one strip a row, so that a truncated file keeps most rows."""
    size = -(-page.imagewidth * _samples(page) * page.bitspersample // 8)
    first, held, rows = page.dataoffsets[0], sum(page.databytecounts), range(page.imagelength)
    page.rowsperstrip = 1
    page.dataoffsets = tuple(first + row * size for row in rows)
    page.databytecounts = tuple(size if (row + 1) * size <= held else 0 for row in rows)


def _room(page: TiffPage, held: int, damaged: bool) -> str:
    width, height, ratio = page.imagewidth, page.imagelength, RATIOS.get(int(page.compression))
    least = width * height * page.samplesperpixel * page.bitspersample / 8 / ratio if ratio else 0
    return check_room("TIFF", (width, height), least, held, allowed=damaged)


def _overlap(offsets: list[int], counts: list[int]) -> bool:
    """Whether two segments share part of their bytes; identical segments are allowed, as equal tiles may share data."""
    spans = sorted({(offset, offset + count) for offset, count in zip(offsets, counts, strict=True) if count})
    return any(before[1] > after[0] for before, after in itertools.pairwise(spans))


def _fault(page: TiffPage, at: int, data: bytes, limit: int, *, decode: bool) -> str:
    """The fault in one segment that its decoder does not report; with ``decode`` also what the decoder reports."""
    compression = int(page.compression)
    try:
        if compression in JPEG:
            tables = page.jpegtables
            whole = data if tables is None else tables[: tables.rindex(b"\xff\xd9")] + data[2:]
            decode_jpeg(walk_jpeg(whole, max(limit, 2**24)), damaged=False)
        elif compression == WEBP:
            check_webp(data)
        elif compression == PACKBITS:
            rows = page.tilelength if page.is_tiled else min(page.rowsperstrip, page.imagelength)
            last = rows if page.is_tiled else page.imagelength % rows or rows
            row = -(-(page.tilewidth if page.is_tiled else page.imagewidth) * _samples(page) * page.bitspersample // 8)
            if len(imagecodecs.packbits_decode(data)) not in (rows * row, last * row):
                return "its runs make too few or too many pixels"
        if decode:
            page.decode(data, at, jpegtables=page.jpegtables)
    except Exception as error:  # decoders raise anything on damaged data
        return " ".join(str(error).split())[:160].removeprefix("is a damaged JPEG: ").partition("; get a complete")[0]
    return ""


def _samples(page: TiffPage) -> int:
    return 1 if page.planarconfig == 2 else int(page.samplesperpixel)
