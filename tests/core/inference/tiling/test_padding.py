"""Facts about padding: NumPy's reflect and edge modes are the oracle."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from burnish.inference.tiling.padding import grown, pad
from hypothesis import given
from hypothesis import strategies as st


@given(st.integers(1, 300), st.integers(1, 64), st.integers(1, 100))
def test_the_grown_length_is_the_least_multiple_that_is_long_enough(length: int, multiple: int, least: int) -> None:
    found = grown(length, multiple=multiple, least=least)
    assert found % multiple == 0 and found >= max(length, least)
    assert found - multiple < max(length, least)


@given(st.integers(1, 12), st.integers(1, 12), st.integers(0, 14), st.integers(0, 14))
def test_padding_mirrors_where_it_can_and_repeats_the_edge_where_not(h: int, w: int, below: int, right: int) -> None:
    picture = torch.rand(2, 3, h, w)
    oracle = picture.numpy()
    for axis, (size, more) in {2: (h, below), 3: (w, right)}.items():
        widths = [(0, 0)] * 4
        widths[axis] = (0, more)
        oracle = np.pad(oracle, widths, mode="reflect" if more < size else "edge")
    assert torch.equal(pad(picture, height=h + below, width=w + right), torch.from_numpy(oracle))


def test_a_clip_is_padded_frame_by_frame() -> None:
    clip = torch.rand(1, 4, 3, 5, 5)
    padded = pad(clip, height=8, width=8)
    for frame in range(4):
        assert torch.equal(padded[:, frame], pad(clip[:, frame], height=8, width=8))


@pytest.mark.parametrize("shape", [(1, 1, 4, 4), (1, 2, 3, 8, 6)])
def test_a_picture_of_the_right_size_is_not_copied(shape: tuple[int, ...]) -> None:
    picture = torch.rand(shape)
    assert pad(picture, height=shape[-2], width=shape[-1]) is picture
