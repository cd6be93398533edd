"""Augmentation: what each word does, to pictures and to all frames of a clip alike, and what mixing leaves whole."""

from __future__ import annotations

import numpy as np
import pytest
from burnish.training.data.augmenting import mixed, turned

CALM = {"mirror": 0.9, "turn": 0.0, "order": 0.0}


def patch(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def test_words_that_are_not_there_change_nothing() -> None:
    picture = patch(3, 8, 8)
    assert np.array_equal(turned(picture, (), mirror=0.0, turn=0.9, order=0.9), picture)


def test_each_word_does_what_it_says() -> None:
    picture = patch(3, 8, 8)
    assert np.array_equal(turned(picture, ("flip",), **{**CALM, "mirror": 0.1}), picture[:, :, ::-1])
    assert np.array_equal(turned(picture, ("rotate",), **{**CALM, "turn": 0.5}), picture[:, ::-1, ::-1])
    assert np.array_equal(turned(picture, ("channels",), **{**CALM, "order": 0.99}), picture[::-1])
    assert turned(patch(1, 8, 8), ("channels",), **{**CALM, "order": 0.99}).shape == (1, 8, 8)


def test_all_frames_of_a_clip_are_treated_alike() -> None:
    clip = patch(4, 3, 8, 8)
    words, draw = ("flip", "rotate", "channels"), {"mirror": 0.1, "turn": 0.3, "order": 0.6}
    together = turned(clip, words, **draw)
    assert all(np.array_equal(together[t], turned(clip[t], words, **draw)) for t in range(4))


def test_half_of_the_patches_are_left_alone() -> None:
    one, two = patch(3, 8, 8), patch(3, 8, 8, seed=1)
    assert mixed(one, two, [0.49, 0.5, 0.5, 0.5, 0.5]) is one


@pytest.mark.parametrize(("draw", "weight"), [(0.0, 0.5), (0.5, 0.75)])
def test_a_blend_is_the_weighted_mean_rounded_half_up(draw: float, weight: float) -> None:
    one, two = patch(2, 3, 8, 8), patch(2, 3, 8, 8, seed=1)
    found = mixed(one, two, [0.6, draw, 0, 0, 0])
    assert found.dtype == np.uint8
    assert np.array_equal(found, np.floor(weight * one.astype(float) + (1 - weight) * two + 0.5))


def test_a_pasted_part_is_a_rectangle_of_the_other_at_the_same_place() -> None:
    one, two = np.zeros((3, 16, 16), np.uint8), np.full((3, 16, 16), 9, np.uint8)
    found = mixed(one, two, [0.8, 0.0, 0.999, 0.5, 0.999])
    assert np.array_equal(np.argwhere(found[0] == 9)[[0, -1]], [[6, 5], [9, 15]])
    assert (one == 0).all()
