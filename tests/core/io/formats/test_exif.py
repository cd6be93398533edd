"""EXIF blocks patched and laid out again, with Pillow's reading of them as the oracle."""

from __future__ import annotations

import struct
from typing import Any

import pytest
from burnish.io.formats.exif import (
    DamagedDirectoryError,
    block_of,
    in_order,
    orientation_of,
    parse,
    with_orientation,
    with_size,
)
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image


def block(order: str = "<", orientation: int | None = 6) -> bytes:
    exif = Image.Exif()
    exif.endian = order
    exif[271], exif[306] = "A maker of cameras", "2024:05:06 07:08:09"
    if orientation is not None:
        exif[274] = orientation
    exif.get_ifd(34665)[33434] = 0.008
    exif.get_ifd(34665)[40962], exif.get_ifd(34665)[40963] = 640, 480
    exif.get_ifd(34853)[1], exif.get_ifd(34853)[2] = "N", (52.0, 31.0, 12.5)
    return exif.tobytes().removeprefix(b"Exif\0\0")


def told(data: bytes) -> dict[str, Any]:
    exif = Image.Exif()
    exif.load(b"Exif\0\0" + data)
    first = {tag: value for tag, value in exif.items() if tag not in (34665, 34853)}
    return {"first": first, "exif": dict(exif.get_ifd(34665)), "gps": dict(exif.get_ifd(34853))}


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_another_orientation_changes_that_value_and_no_other_byte(order: str, orientation: int) -> None:
    data = block(order)
    changed = with_orientation(data, orientation)
    assert changed is not None
    assert orientation_of(changed) == orientation == told(changed)["first"][274]
    assert len(changed) == len(data)
    assert sum(a != b for a, b in zip(data, changed, strict=True)) == (0 if orientation == 6 else 1)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("orientation", range(2, 9))
def test_a_missing_orientation_is_added_and_all_else_is_still_told(order: str, orientation: int) -> None:
    data = block(order, None)
    before = told(data)
    changed = with_orientation(data, orientation)
    assert changed is not None
    after = told(changed)
    assert after["first"].pop(274) == orientation
    assert after == before


def test_no_block_is_made_for_an_upright_picture_and_a_small_one_for_a_turned_one() -> None:
    assert with_orientation(None, 1) is None
    made = with_orientation(None, 5)
    assert made is not None
    assert told(made) == {"first": {274: 5}, "exif": {}, "gps": {}}


@pytest.mark.parametrize("order", ["<", ">"])
def test_the_stated_size_is_corrected_in_place(order: str) -> None:
    data = block(order)
    changed = with_size(data, 1280, 960)
    assert changed is not None
    assert len(changed) == len(data)
    assert (told(changed)["exif"][40962], told(changed)["exif"][40963]) == (1280, 960)
    assert with_size(None, 1, 1) is None


@pytest.mark.parametrize("order", ["<", ">"])
def test_a_block_laid_out_again_tells_the_same(order: str) -> None:
    data = block(order)
    form, directory = parse(data)
    assert told(block_of(directory, form.order)) == told(data)


@pytest.mark.parametrize(("order", "other"), [("<", ">"), (">", "<")])
def test_an_entry_means_the_same_in_the_other_byte_order(order: str, other: Any) -> None:
    _, there = parse(block(other))
    _, here = parse(block(order))
    assert tuple(in_order(entry, other) for entry in here.entries) == there.entries


@given(cut=st.integers(0, 400), flips=st.lists(st.tuples(st.integers(0, 399), st.integers(0, 255)), max_size=6))
def test_a_damaged_block_counts_as_upright_or_is_patched_but_never_fails(
    cut: int, flips: list[tuple[int, int]]
) -> None:
    data = bytearray(block())
    for place, value in flips:
        data[place % len(data)] = value
    damaged = bytes(data[:cut])
    assert orientation_of(damaged) in range(1, 9)
    assert with_orientation(damaged, 3) is not None
    assert with_size(damaged, 10, 10) is not None
    try:
        parse(damaged)
    except DamagedDirectoryError:
        assert orientation_of(damaged) == 1


def test_a_directory_that_points_at_itself_ends() -> None:
    loop = b"II*\0" + struct.pack("<I", 8) + struct.pack("<H", 1) + struct.pack("<HHII", 34665, 4, 1, 8) + bytes(4)
    form, directory = parse(loop)
    assert form.order == "<"
    assert 34665 in directory.children


def test_a_directory_made_to_fill_time_and_memory_is_read_up_to_a_limit() -> None:
    row = struct.pack("<HHII", 34665, 4, 1, 8)
    values = b"".join(struct.pack("<HHII", tag, 7, 200_000, 8) for tag in range(1, 2000))
    data = b"II*\0" + struct.pack("<I", 8) + struct.pack("<H", 3999) + row * 2000 + values + bytes(200_000)
    _, directory = parse(data)
    assert sum(len(entry.raw) for entry in directory.entries) <= 128 * 2**20
