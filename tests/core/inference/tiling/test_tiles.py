"""Facts about cutting: pieces cover a picture once, lie on the grid, and end where the picture ends."""

from __future__ import annotations

import pytest
import torch
from burnish.inference.tiling.tiles import shares, spans, tiles
from hypothesis import given
from hypothesis import strategies as st

_axes = st.fixed_dictionaries(
    {
        "cells": st.integers(1, 60),
        "keep": st.integers(1, 70),
        "halo": st.integers(0, 40),
        "multiple": st.sampled_from([1, 2, 4, 8]),
        "least": st.integers(1, 24),
    }
)


def _spans(axis: dict[str, int]):
    length = axis["cells"] * axis["multiple"]
    least = min(axis["least"], length)
    return length, spans(length, keep=axis["keep"], halo=axis["halo"], multiple=axis["multiple"], least=least), least


@given(_axes)
def test_what_pieces_keep_covers_the_axis_once_in_order(axis: dict[str, int]) -> None:
    length, found, _ = _spans(axis)
    assert [i for span in found for i in range(span.keep_start, span.keep_stop)] == list(range(length))


@given(_axes)
def test_every_start_and_stop_lies_on_the_grid(axis: dict[str, int]) -> None:
    _, found, _ = _spans(axis)
    for span in found:
        assert all(edge % axis["multiple"] == 0 for edge in (span.start, span.stop, span.keep_start))


@given(_axes)
def test_a_piece_has_its_halo_or_ends_with_the_picture(axis: dict[str, int]) -> None:
    length, found, least = _spans(axis)
    for span in found:
        assert span.start >= 0 and span.stop <= length
        assert span.start == 0 or span.keep_start - span.start >= axis["halo"]
        assert span.stop == length or span.stop - span.keep_stop >= axis["halo"]
        assert span.stop - span.start >= least


@given(_axes)
def test_no_piece_keeps_more_than_asked_rounded_up_to_the_grid(axis: dict[str, int]) -> None:
    _, found, _ = _spans(axis)
    most = -(-axis["keep"] // axis["multiple"]) * axis["multiple"]
    assert all(span.keep_stop - span.keep_start <= most for span in found)


@given(_axes, st.integers(1, 3))
def test_shares_of_feathered_pieces_sum_to_one_everywhere(axis: dict[str, int], scale: int) -> None:
    length, found, _ = _spans(axis)
    total = torch.zeros(length * scale)
    for span, share in shares(found, scale).items():
        assert (share >= 0).all() and share.shape == ((span.stop - span.start) * scale,)
        total[span.start * scale : span.stop * scale] += share
    torch.testing.assert_close(total, torch.ones_like(total))


def test_a_share_falls_linearly_across_the_boundary_of_two_pieces() -> None:
    first, second = spans(20, keep=10, halo=2)
    assert (first.stop, second.start) == (12, 8)
    left = shares([first, second], 1)[first]
    assert left[:8].tolist() == [1.0] * 8
    assert left[8:].tolist() == pytest.approx([0.875, 0.625, 0.375, 0.125])


def test_tiles_are_every_row_with_every_column() -> None:
    found = tiles(10, 25, keep=10, halo=3)
    assert [(t.rows.keep_start, t.columns.keep_start) for t in found] == [(0, 0), (0, 9), (0, 18)]
    assert (
        sum((t.rows.keep_stop - t.rows.keep_start) * (t.columns.keep_stop - t.columns.keep_start) for t in found) == 250
    )
    assert found[1].pixels == 10 * 15
