"""Groups hold the blocks that are really the most alike."""

from __future__ import annotations

import numpy as np
import pytest
from burnish_classical.block_matching import Search, runs, shift_distances, similar_blocks
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray


def _plane(height: int, width: int) -> NDArray[np.float32]:
    return np.random.default_rng(height * 100 + width).random((height, width), dtype=np.float32)


def _everything(length: int, block: int) -> NDArray[np.intp]:
    return np.append(np.arange(0, length - block, 3), length - block)


@given(height=st.integers(4, 19), width=st.integers(4, 19), window=st.sampled_from([3, 7, 21]))
@settings(max_examples=20)
def test_distances_are_those_of_the_definition_at_every_shift(height: int, width: int, window: int) -> None:
    plane, block, reach = _plane(height, width), 4, window // 2
    rows, columns = _everything(height, block), _everything(width, block)
    search = Search(block=block, window=window, most=8, farthest=1.0)
    distances = shift_distances(plane[None], rows, columns, search).reshape(window, window, len(rows), len(columns))
    for place in np.ndindex(*distances.shape):
        down, right = place[0] - reach, place[1] - reach
        y, x = rows[place[2]], columns[place[3]]
        other = plane[max(y + down, 0) : y + down + block, max(x + right, 0) : x + right + block]
        if (down, right) == (0, 0):
            assert distances[place] == -1
        elif y + down < 0 or x + right < 0 or other.shape != (block, block):
            assert distances[place] == np.inf
        else:
            assert distances[place] == pytest.approx(
                np.square(plane[y : y + block, x : x + block] - other).mean(), abs=1e-6
            )


def test_groups_are_the_nearest_blocks_in_powers_of_two_led_by_the_block_itself() -> None:
    plane, block = _plane(24, 27), 4
    rows, columns = _everything(24, block), _everything(27, block)
    farthest = 0.1
    groups = similar_blocks(plane[None], rows, columns, Search(block=block, window=9, most=8, farthest=farthest))
    windows = np.lib.stride_tricks.sliding_window_view(plane, (block, block))
    led = []
    for places in groups:
        size = len(places)
        for group in places.T.tolist():
            y, x = divmod(group[0], windows.shape[1])
            led.append((y, x))
            near = windows[max(y - 4, 0) : y + 5, max(x - 4, 0) : x + 5]
            distances = np.sort(np.square(near - windows[y, x]).mean(axis=(2, 3)).ravel())
            alike = min(int((distances <= farthest).sum()), 8)
            assert size <= alike < 2 * size
            mine = [np.square(windows[divmod(place, windows.shape[1])] - windows[y, x]).mean() for place in group]
            assert np.allclose(mine, distances[:size], atol=1e-6)
    assert sorted(led) == [(y, x) for y in rows for x in columns]


@given(places=st.sets(st.integers(0, 30), min_size=1), offset=st.integers(-5, 20), length=st.integers(1, 30))
def test_runs_copy_what_indices_would(places: set[int], offset: int, length: int) -> None:
    given_places, axis = np.array(sorted(places)), np.arange(100, 100 + length)
    copied = np.full(len(places), -1)
    for run in runs(given_places):
        if (found := run.inside(offset, length)) is not None:
            copied[found[0]] = axis[found[1]]
    moved = given_places - offset
    assert np.array_equal(copied, np.where((moved >= 0) & (moved < length), moved + 100, -1))


def test_every_third_place_and_the_last_are_two_runs() -> None:
    assert [run.count for run in runs(np.array([0, 3, 6, 9, 10]))] == [4, 1]


def test_distances_of_several_planes_are_summed() -> None:
    planes = np.random.default_rng(0).random((3, 15, 17), dtype=np.float32)
    rows, columns = _everything(15, 4), _everything(17, 4)
    search = Search(block=4, window=7, most=8, farthest=1.0)
    together = shift_distances(planes, rows, columns, search)
    alone = [shift_distances(plane[None], rows, columns, search) for plane in planes]
    others = np.arange(len(together)) != len(together) // 2
    assert np.allclose(together[others], np.sum(alone, axis=0)[others], atol=1e-6)
    assert np.all(together[~others] == -1)


def test_an_even_plane_still_puts_each_block_into_its_own_group() -> None:
    rows = columns = np.arange(0, 13, 3)
    (places,) = similar_blocks(
        np.zeros((1, 16, 16), np.float32), rows, columns, Search(block=4, window=9, most=4, farthest=0)
    )
    assert places.shape == (4, 25)
    assert places[0].tolist() == [y * 13 + x for y in rows for x in columns]
