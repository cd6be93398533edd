"""A JPEG's segments, checked before libjpeg reads them: complete scans, and no more pixels than their bytes can hold.

libjpeg warns of damaged data inside a scan, but not of missing scans. It passes over the whole picture for each scan,
even an empty one, and allocates memory for any size in the header.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from burnish.errors import ImagingError
from burnish.io.formats.damage import MEND, check_room
from burnish.io.limits import check_size

MAX_SCANS = 200
"""Limit for scans: encoders write about ten, and each needs a pass over the whole picture."""

SOI, EOI, SOS, DNL, TEM = 0xD8, 0xD9, 0xDA, 0xDC, 0x01
SEQUENTIAL, PROGRESSIVE, ARITHMETIC = frozenset({0xC0, 0xC1}), frozenset({0xC2, 0xCA}), frozenset({0xC9, 0xCA})
FRAMES = SEQUENTIAL | PROGRESSIVE | ARITHMETIC
OTHER_FRAMES = frozenset({0xC3, 0xC5, 0xC6, 0xC7, 0xCB, 0xCD, 0xCE, 0xCF})
RESTARTS = frozenset(range(0xD0, 0xD8))
TABLES = frozenset({0xDB, 0xC4, 0xCC, 0xDD})
"""Quantisation, Huffman and arithmetic tables, and the restart interval."""

PLAIN_JFIF = b"\xff\xe0\x00\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0"
MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
"""The end of a scan's data, which stuffed zeros, restart markers and fill bytes are not."""


@dataclass(frozen=True, kw_only=True)
class JpegStream:
    """The facts that determine the pixels of the (first) picture of a JPEG file."""

    width: int
    height: int
    components: int
    data: bytes
    """The file without thumbnails, notes and what follows its end."""
    fault: str
    """The first sign that the file is incomplete; empty if there is none."""


@dataclass(frozen=True, kw_only=True)
class _Frame:
    """A frame header (SOF)."""

    marker: int
    width: int
    height: int
    factors: dict[int, tuple[int, int]]
    """Component → its horizontal and vertical sampling factor."""


@dataclass(kw_only=True)
class _Walk:
    """The state of the walk after the segments read so far."""

    frame: _Frame | None = None
    kept: list[bytes] = field(default_factory=lambda: [b"\xff\xd8"])
    faults: list[str] = field(default_factory=list)
    scans: int = 0
    seen: dict[int, list[int]] = field(default_factory=dict)
    """Component → for each of its 64 coefficients the lowest bit in a scan so far; -1 if none."""


def walk_jpeg(data: bytes, limit: int) -> JpegStream:
    """Walk a JPEG file to the end of its first picture.

    Args:
        data: The file, from its first byte on.
        limit: Most pixels.

    Raises:
        ImagingError: It has no frame that could be decoded, too many pixels or scans, or claims a size that its bytes
            cannot hold by far.
    """
    walk = _Walk()
    position = 2
    while position >= 0:
        position = _segment(walk, data, position, limit)
    if walk.frame is None:
        raise ImagingError(f"is a JPEG without a frame; {MEND}")
    for component, bits in walk.seen.items():
        if missing := sum(bit != 0 for bit in bits):
            walk.faults.append(f"{missing} of 64 frequencies of component {component} are missing or incomplete")
    return JpegStream(
        width=walk.frame.width,
        height=walk.frame.height,
        components=len(walk.frame.factors),
        data=b"".join([*walk.kept, b"\xff\xd9"]),
        fault=walk.faults[0] if walk.faults else "",
    )


def _segment(walk: _Walk, data: bytes, position: int, limit: int) -> int:
    """Process one segment and its scan's data; return the position of the next one, or -1 at the end."""
    found = MARKER.search(data, position)
    if found is None:
        walk.faults.append("its end mark is missing")
        return -1
    if data[position : found.start()].strip(b"\xff"):
        walk.faults.append(f"{found.start() - position} bytes between two segments belong to neither")
    marker, begin = data[found.start() + 1], found.end()
    if marker == EOI:
        return -1
    if marker in (SOI, TEM):
        walk.faults.append("a second picture begins inside the first")
        return begin
    end = begin + int.from_bytes(data[begin : begin + 2], "big")
    if end < begin + 2 or end > len(data):
        walk.faults.append("a segment is cut short")
        return -1
    body = data[begin + 2 : end]
    whole = data[found.start() : end]
    if marker in FRAMES:
        _begin_frame(walk, marker, body, limit)
    elif marker in OTHER_FRAMES:
        raise ImagingError("is a lossless or hierarchical JPEG, which burnish does not read; convert it to PNG")
    elif marker == SOS:
        found = MARKER.search(data, end)
        end = found.start() if found else len(data)
        _scan(walk, body, end - begin - 2 - len(body))
        whole = data[begin - 2 : end]
    if marker in FRAMES or marker in TABLES or marker == SOS or (marker == 0xEE and body.startswith(b"Adobe")):
        walk.kept.append(whole)
    elif marker == 0xE0 and body.startswith(b"JFIF\0"):
        walk.kept.append(PLAIN_JFIF)  # libjpeg would report an unknown version as its first and only warning
    return end


def _begin_frame(walk: _Walk, marker: int, body: bytes, limit: int) -> None:
    if walk.frame is not None:
        raise ImagingError(f"is a JPEG with two frames; {MEND}")
    count = body[5] if len(body) > 5 else 0
    if not 1 <= count <= 4 or len(body) < 6 + 3 * count:
        raise ImagingError(f"is a JPEG with a damaged frame header; {MEND}")
    height, width = (int.from_bytes(body[at : at + 2], "big") for at in (1, 3))
    check_size(width, height, limit)
    factors = {body[6 + 3 * at]: (body[7 + 3 * at] >> 4, body[7 + 3 * at] & 15) for at in range(count)}
    if len(factors) != count or not all(1 <= factor <= 4 for pair in factors.values() for factor in pair):
        raise ImagingError(f"is a JPEG with a damaged frame header; {MEND}")
    walk.frame = _Frame(marker=marker, width=width, height=height, factors=factors)
    walk.seen = {component: [-1] * 64 for component in factors}


def _scan(walk: _Walk, body: bytes, size: int) -> None:
    """Record the content of a scan of ``size`` bytes, after checking that its header is valid at this point."""
    walk.scans += 1
    if walk.scans > MAX_SCANS:
        raise ImagingError(f"is a JPEG of more than {MAX_SCANS} scans, as no encoder writes; store it again")
    count = body[0] if body else 0
    if walk.frame is None or not 1 <= count <= 4 or len(body) < 4 + 2 * count:
        raise ImagingError(f"is a JPEG with a damaged scan header; {MEND}")
    components = [body[1 + 2 * at] for at in range(count)]
    if any(component not in walk.seen for component in components):
        raise ImagingError(f"is a JPEG with a scan of a component that it does not have; {MEND}")
    first, last, bits = body[1 + 2 * count : 4 + 2 * count]
    high, low = bits >> 4, bits & 15
    progressive = walk.frame.marker in PROGRESSIVE
    if not progressive:
        first, last, high, low = 0, 63, 0, 0
    if last > 63 or first > last:
        raise ImagingError(f"is a JPEG with a damaged scan header; {MEND}")
    for component in components:
        seen = walk.seen[component]
        for frequency in range(first, last + 1):
            if high != max(seen[frequency], 0) or (seen[frequency] == 0) or (high and low != high - 1):
                walk.faults.append(f"scan {walk.scans} repeats or skips what others brought")
                break
        seen[first : last + 1] = [low] * (last + 1 - first)
    if walk.frame.marker not in ARITHMETIC and first == 0:
        _check_room(walk, components, size, bits=1 if progressive else 2)


def _check_room(walk: _Walk, components: list[int], size: int, *, bits: int) -> None:
    """Check that a scan has enough bytes: every 8 × 8 block needs at least ``bits`` bits, one for each code."""
    assert walk.frame is not None
    frame = walk.frame
    across, down = (max(factors[at] for factors in frame.factors.values()) for at in (0, 1))
    if len(components) > 1:
        units = -(-frame.width // (8 * across)) * -(-frame.height // (8 * down))
        blocks = units * sum(frame.factors[c][0] * frame.factors[c][1] for c in components)
    else:
        own = frame.factors[components[0]]
        columns, rows = -(-frame.width * own[0] // across), -(-frame.height * own[1] // down)
        blocks = -(-columns // 8) * -(-rows // 8)
    fault = check_room("JPEG", (frame.width, frame.height), blocks * bits / 8, size, allowed=True)
    walk.faults += [fault] if fault else []
