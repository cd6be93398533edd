"""The other tracks of a video file (sound, subtitles): a short walk through the boxes of MP4, Matroska and AVI."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import IO

KINDS = {b"soun": "sound", b"auds": "sound", 2: "sound"} | dict.fromkeys(
    (b"sbtl", b"subt", b"text", b"clcp", b"txts", 17), "subtitles"
)
"""The container's name for a kind of track → the word for it."""
WITHIN = {b"moov": 0, b"trak": 0, b"mdia": 0}
"""MP4's boxes that hold boxes → bytes before the first."""
SEGMENT, TRACKS, TRACK, TYPE, CLUSTER = 0x18538067, 0x1654AE6B, 0xAE, 0x83, 0x1F43B675
"""Matroska's ids (RFC 9559, section 5)."""
MOST = 10_000
"""Limit for the number of boxes, so that a forged file cannot block."""
DEEPEST = 8
"""Limit for the nesting of boxes, for the same reason; a track's are three levels deep."""


def other_tracks(path: Path) -> tuple[str, ...]:
    """``sound`` and ``subtitles`` if the file has such tracks; empty for an unknown container, too."""
    with path.open("rb") as file:
        head = file.read(12)
        size = file.seek(0, 2)
        if head[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"):
            found = list(_of_mp4(file, 0, size))
        elif head[:4] == b"\x1a\x45\xdf\xa3":
            found = list(_of_matroska(file, 0, size))
        elif head[:4] == b"RIFF" and head[8:12] == b"AVI ":
            found = list(_of_avi(file, 12, size))
        else:
            found = []
    return tuple(sorted({KINDS[kind] for kind in found if kind in KINDS}))


def _of_mp4(file: IO[bytes], start: int, stop: int, depth: int = 0) -> Iterator[bytes | int]:
    """ISO/IEC 14496-12: size, name, content; the kind of a track is in its media's ``hdlr``."""
    for _ in range(MOST if depth <= DEEPEST else 0):
        head = _read(file, start, 16)
        if len(head) < 8 or start >= stop:
            return
        size, name = struct.unpack(">I4s", head[:8])
        body = start + 8
        if size == 1 and len(head) == 16:
            size, body = int.from_bytes(head[8:], "big"), start + 16
        end = stop if size == 0 else start + size
        if end <= start:
            return
        if name in WITHIN:
            yield from _of_mp4(file, body, min(end, stop), depth + 1)
        elif name == b"hdlr":
            yield _read(file, body + 8, 4)
        start = end


def _of_matroska(file: IO[bytes], start: int, stop: int, depth: int = 0) -> Iterator[bytes | int]:
    """RFC 8794: id and size of variable length, content."""
    for _ in range(MOST if depth <= DEEPEST else 0):
        head = _read(file, start, 16)
        if len(head) < 2 or start >= stop:
            return
        id, width = _variable(head, keep=True)
        size, more = _variable(head[width:], keep=False)
        body = start + width + more
        if not width or not more or id == CLUSTER:
            return
        unknown = size == (1 << 7 * more) - 1
        end = stop if unknown else min(body + size, stop)
        if id in (SEGMENT, TRACKS, TRACK):
            yield from _of_matroska(file, body, end, depth + 1)
        elif id == TYPE:
            yield int.from_bytes(_read(file, body, min(size, 8)), "big")
        if id == TRACKS:
            return
        start = end


def _of_avi(file: IO[bytes], start: int, stop: int, depth: int = 0) -> Iterator[bytes | int]:
    """RIFF: name, size, content, padded to even; the kind of a stream comes first in its ``strh``."""
    for _ in range(MOST if depth <= DEEPEST else 0):
        head = _read(file, start, 12)
        if len(head) < 8 or start >= stop or head[8:12] == b"movi":
            return
        name, size = struct.unpack("<4sI", head[:8])
        if name == b"LIST":
            yield from _of_avi(file, start + 12, min(start + 8 + size, stop), depth + 1)
        elif name == b"strh":
            yield head[8:12]
        start += 8 + size + size % 2


def _read(file: IO[bytes], place: int, size: int) -> bytes:
    file.seek(place)
    return file.read(size)


def _variable(data: bytes, *, keep: bool) -> tuple[int, int]:
    """A number of variable length, with or without its length marker, and its bytes; (0, 0) if there is none."""
    length = 9 - data[0].bit_length() if data and data[0] else 0
    if not 0 < length <= len(data):
        return 0, 0
    value = int.from_bytes(data[:length], "big")
    return (value if keep else value & ~(1 << 7 * length)), length
