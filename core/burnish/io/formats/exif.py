"""EXIF blocks and TIFF directories as raw entries: read, patched in place, and laid out again without loss."""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from burnish.io.picture import IfdEntry

Order = Literal["<", ">"]
Reader = Callable[[int, int], bytes]
"""(offset, size) → the bytes there, fewer at the end of the file."""

ORIENTATION = 274
EXIF_IFD, GPS_IFD, INTEROP_IFD = 34665, 34853, 40965
POINTERS = frozenset({EXIF_IFD, GPS_IFD, INTEROP_IFD})
"""Tags whose value is the offset of another directory."""
WIDTH, HEIGHT = 256, 257
PIXEL_X, PIXEL_Y = 40962, 40963
"""Width and height of the picture as the EXIF directory states them."""
SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
"""TIFF type → bytes of one value."""
MAX_ENTRIES = 4096
MAX_VALUES = 128 * 2**20
"""Limit in bytes for all values of a directory; values beyond it are left out, as in a file made to fill the memory."""


class DamagedDirectoryError(Exception):
    """The bytes are not a valid TIFF directory."""


@dataclass(frozen=True, kw_only=True)
class Directory:
    """A TIFF directory and its child directories."""

    entries: tuple[IfdEntry, ...] = ()
    """Without the pointers to ``children``."""
    children: Mapping[int, Directory] = field(default_factory=dict)
    """Pointer tag → directory."""


@dataclass(frozen=True, kw_only=True)
class Form:
    """The layout of numbers: byte order, and classic TIFF or BigTIFF."""

    order: Order
    big: bool = False

    @property
    def head(self) -> struct.Struct:
        """An entry without its value: tag, type, count."""
        return struct.Struct(self.order + ("HHQ" if self.big else "HHI"))

    @property
    def number(self) -> struct.Struct:
        """The number of entries in a directory."""
        return struct.Struct(self.order + ("Q" if self.big else "H"))

    @property
    def offset(self) -> struct.Struct:
        """An offset; also the space for a value inside an entry."""
        return struct.Struct(self.order + ("Q" if self.big else "I"))


def read_header(read: Reader) -> tuple[Form, int, int]:
    """The form, the offset of the first directory, and the position of that offset in the header."""
    head = read(0, 16)
    orders: dict[bytes, Order] = {b"II": "<", b"MM": ">"}
    order = orders.get(head[:2])
    if order is None or len(head) < 8:
        raise DamagedDirectoryError("no TIFF header")
    magic = struct.unpack_from(order + "H", head, 2)[0]
    if magic not in (42, 43) or (magic == 43 and len(head) < 16):
        raise DamagedDirectoryError("no TIFF header")
    form = Form(order=order, big=magic == 43)
    place = 8 if form.big else 4
    return form, int(form.offset.unpack_from(head, place)[0]), place


def read_directory(read: Reader, form: Form, offset: int, *, depth: int = 0) -> Directory:
    """Read the directory at ``offset`` with its EXIF, GPS and interoperability children.

    Entries of an unknown type, that repeat a tag, or whose value lies outside, are left out.
    """
    count = _unpack(form.number, read(offset, form.number.size))
    if not 0 < count <= MAX_ENTRIES:
        raise DamagedDirectoryError(f"{count} entries")
    step = form.head.size + form.offset.size
    table = read(offset + form.number.size, count * step)
    if len(table) < count * step:
        raise DamagedDirectoryError("directory cut short")
    entries: dict[int, IfdEntry] = {}
    children: dict[int, Directory] = {}
    room = MAX_VALUES >> 3 * depth
    for position in range(0, len(table), step):
        entry = _read_entry(read, form, table[position : position + step], room)
        if entry is None or entry.tag in entries or entry.tag in children:
            continue
        room -= len(entry.raw)
        if entry.tag in POINTERS and depth < 2 and entry.count == 1 and len(entry.raw) >= 4:
            try:
                children[entry.tag] = read_directory(read, form, unsigned(entry), depth=depth + 1)
            except DamagedDirectoryError:
                continue
        else:
            entries[entry.tag] = entry
    return Directory(entries=tuple(entries.values()), children=children)


def unsigned(entry: IfdEntry) -> int:
    """The first value of an entry of bytes, shorts, longs or offsets."""
    size = SIZES[entry.type]
    return int.from_bytes(entry.raw[:size], "little" if entry.order == "<" else "big")


def lay_out(directory: Directory, form: Form, offset: int) -> bytes:
    """The bytes of a directory to be placed at the even ``offset``: table, values, then its children."""
    entries = {e.tag: e for e in directory.entries if e.order == form.order}
    for tag in directory.children:
        entries[tag] = IfdEntry(tag=tag, type=4, count=1, raw=bytes(4), order=form.order)
    step = form.head.size + form.offset.size
    table = form.number.size + len(entries) * step + form.offset.size
    head, tail = bytearray(form.number.pack(len(entries))), bytearray(table % 2)
    for tag in sorted(entries):
        entry, room, here = entries[tag], form.offset.size, offset + table + len(tail)
        if tag in directory.children:
            tail += lay_out(directory.children[tag], form, here)
            value = struct.pack(form.order + "I", here).ljust(room, b"\0")
        elif len(entry.raw) <= room:
            value = entry.raw.ljust(room, b"\0")
        else:
            tail += entry.raw + bytes(len(entry.raw) % 2)
            value = form.offset.pack(here)
        head += form.head.pack(tag, entry.type, entry.count) + value
    return bytes(head + form.offset.pack(0) + tail)


def block_of(directory: Directory, order: Order) -> bytes:
    """A complete EXIF block, from its TIFF header on."""
    return struct.pack(order + "2sHI", b"II" if order == "<" else b"MM", 42, 8) + lay_out(
        directory, Form(order=order), 8
    )


def parse(block: bytes) -> tuple[Form, Directory]:
    """Parse the first directory of an EXIF block.

    Raises:
        DamagedDirectoryError: It is none.
    """
    read = reader(block)
    form, offset, _ = read_header(read)
    return form, read_directory(read, form, offset)


def orientation_of(block: bytes | None) -> int:
    """EXIF orientation 1..8; 1 if there is none, or if the block is damaged."""
    if block is None:
        return 1
    try:
        _, directory = parse(block)
    except DamagedDirectoryError:
        return 1
    found = [unsigned(e) for e in directory.entries if e.tag == ORIENTATION and e.type in (1, 3, 4)]
    return found[0] if found and found[0] in range(1, 9) else 1


def with_orientation(block: bytes | None, orientation: int) -> bytes | None:
    """The block with ``orientation`` set; all other bytes stay.

    An orientation that the block lacks is added by a new first directory at its end; a damaged block is left alone.
    """
    if orientation_of(block) == orientation:
        return block
    entry = _short(ORIENTATION, orientation, "<")
    if block is None:
        return block_of(Directory(entries=(entry,)), "<")
    try:
        form, offset, place = read_header(reader(block))
        found = _find(block, form, offset, ORIENTATION)
        if found is not None:
            return _patched(block, form, found, orientation)
        return _with_entry(block, form, offset, place, _short(ORIENTATION, orientation, form.order))
    except DamagedDirectoryError:
        return block


def with_size(block: bytes | None, width: int, height: int) -> bytes | None:
    """The block with the picture's width and height corrected in place, if its directories state them."""
    if block is None:
        return None
    try:
        form, offset, _ = read_header(reader(block))
        for tag, value in ((WIDTH, width), (HEIGHT, height)):
            found = _find(block, form, offset, tag)
            block = block if found is None else _patched(block, form, found, value)
        pointer = _find(block, form, offset, EXIF_IFD)
        if pointer is None:
            return block
        inner = _unpack(form.offset, block[pointer + form.head.size :])
        for tag, value in ((PIXEL_X, width), (PIXEL_Y, height)):
            found = _find(block, form, inner, tag)
            block = block if found is None else _patched(block, form, found, value)
    except DamagedDirectoryError:
        pass
    return block


def reader(block: bytes) -> Reader:
    """A function for random access to bytes."""
    return lambda offset, size: block[offset : offset + size]


def _short(tag: int, value: int, order: Order) -> IfdEntry:
    return IfdEntry(tag=tag, type=3, count=1, raw=struct.pack(order + "H", value), order=order)


def _unpack(layout: struct.Struct, data: bytes) -> int:
    if len(data) < layout.size:
        raise DamagedDirectoryError("cut short")
    return int(layout.unpack_from(data)[0])


def _read_entry(read: Reader, form: Form, data: bytes, room: int) -> IfdEntry | None:
    tag, kind, count = form.head.unpack_from(data)
    size = SIZES.get(kind, 0) * count
    if kind not in SIZES or size > room:
        return None
    raw = data[form.head.size :][:size]
    if size > form.offset.size:
        raw = read(form.offset.unpack_from(data, form.head.size)[0], size)
    return IfdEntry(tag=tag, type=kind, count=count, raw=raw, order=form.order) if len(raw) == size else None


def _find(block: bytes, form: Form, offset: int, tag: int) -> int | None:
    """The position of the entry of ``tag`` in the directory at ``offset``."""
    step = form.head.size + form.offset.size
    start = offset + form.number.size
    for position in range(start, start + min(_unpack(form.number, block[offset:]), MAX_ENTRIES) * step, step):
        if len(block) < position + step:
            raise DamagedDirectoryError("directory cut short")
        if form.head.unpack_from(block, position)[0] == tag:
            return position
    return None


def _patched(block: bytes, form: Form, position: int, value: int) -> bytes:
    """The block with the single short or long at entry ``position`` replaced, if it fits."""
    _, kind, count = form.head.unpack_from(block, position)
    size = SIZES.get(kind, 0)
    if count != 1 or kind not in (1, 3, 4) or value >= 1 << 8 * size:
        return block
    place = position + form.head.size
    return block[:place] + value.to_bytes(size, "little" if form.order == "<" else "big") + block[place + size :]


def _with_entry(block: bytes, form: Form, offset: int, place: int, entry: IfdEntry) -> bytes:
    """The block with a copy of its first directory's table at the end, with one more entry; nothing else moves."""
    step = form.head.size + form.offset.size
    count = _unpack(form.number, block[offset:])
    start = offset + form.number.size
    table, following = block[start : start + count * step], block[start + count * step :][: form.offset.size]
    rows = [table[i : i + step] for i in range(0, len(table), step)]
    rows.append(form.head.pack(entry.tag, entry.type, entry.count) + entry.raw.ljust(form.offset.size, b"\0"))
    rows.sort(key=lambda row: int(form.head.unpack_from(row)[0]))
    body = block + bytes(len(block) % 2)
    moved = body[:place] + form.offset.pack(len(body)) + body[place + form.offset.size :]
    return moved + form.number.pack(len(rows)) + b"".join(rows) + following.ljust(form.offset.size, b"\0")


def in_order(entry: IfdEntry, order: Order) -> IfdEntry:
    """The entry with its values in another byte order."""
    if entry.order == order:
        return entry
    width = {5: 4, 10: 4}.get(entry.type, SIZES[entry.type])
    raw = b"".join(entry.raw[i : i + width][::-1] for i in range(0, len(entry.raw), width))
    return replace(entry, raw=raw, order=order)
