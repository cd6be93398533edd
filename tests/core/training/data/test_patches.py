"""Patches as pure functions of (seed, step, index): what a step sees, whatever was seen before and by how many."""

from __future__ import annotations

from itertools import islice
from typing import Any

import numpy as np
import pytest
import torch
from burnish.recipe.training import TrainingSettings
from burnish.training.budget import Clock
from burnish.training.data.patches import VALIDATION_SIDE, StepSampler, TrainingPatches, ValidationCrops
from burnish.training.data.pictures import Pictures


def pictures(*shapes: tuple[int, int], channels: int = 3, dtype: Any = np.uint8) -> Pictures:
    """Pictures whose pixels are all different values, as far as there are."""
    rng = np.random.default_rng(0)
    pixels = tuple(rng.integers(0, np.iinfo(dtype).max, (channels, *shape), dtype=dtype) for shape in shapes)
    return Pictures(
        names=tuple(map(str, range(len(shapes)))),
        pixels=pixels,
        areas=tuple(height * width for height, width in shapes),
    )


def settings(**more: Any) -> TrainingSettings:
    return TrainingSettings.model_validate({"budget": {"steps": 1}, "batch": 6, "patch": 8, **more})


def test_a_step_shows_the_same_patches_whatever_was_asked_before() -> None:
    first, second = (TrainingPatches(pictures((20, 30), (40, 9)), settings()) for _ in range(2))
    for step in range(20):
        first[step]
    assert torch.equal(first[7][1], second[7][1])
    assert first[7][0] == 7
    assert not torch.equal(first[7][1], first[8][1])


def test_another_seed_shows_other_patches() -> None:
    source = pictures((20, 30))
    patches = [TrainingPatches(source, settings(seed=seed))[0][1] for seed in (0, 1)]
    assert not torch.equal(*patches)


@pytest.mark.parametrize("world", [2, 3, 6])
def test_processes_share_the_very_batch_that_one_would_see(world: int) -> None:
    source = pictures((20, 30), (40, 9))
    whole = TrainingPatches(source, settings())[5][1]
    parts = [TrainingPatches(source, settings(), rank=rank, world=world)[5][1] for rank in range(world)]
    assert torch.equal(torch.cat(parts), whole)


def test_pictures_are_drawn_in_proportion_to_their_area() -> None:
    flat = tuple(np.full((1, side, 30), value, np.uint8) for value, side in ((0, 10), (1, 20), (2, 70)))
    source = Pictures(names=("a", "b", "c"), pixels=flat, areas=(300, 600, 2100))
    patches = TrainingPatches(source, settings(batch=100))
    drawn = np.concatenate([patches[step][1][:, 0, 0, 0].numpy() for step in range(60)])
    counts = np.bincount(drawn, minlength=3)
    expected = np.array([0.1, 0.2, 0.7]) * 6000
    assert float(((counts - expected) ** 2 / expected).sum()) < 13.8  # chi-square, 2 degrees of freedom, 0.1 %


def test_places_reach_every_corner_and_are_uniform() -> None:
    rows = np.broadcast_to(np.arange(11, dtype=np.uint8)[None, :, None], (1, 11, 11)).copy()
    source = Pictures(names=("a",), pixels=(rows,), areas=(121,))
    patches = TrainingPatches(source, settings(batch=100, augment=[]))
    tops = np.concatenate([patches[step][1][:, 0, 0, 0].numpy() for step in range(20)])
    counts = np.bincount(tops, minlength=4)
    assert len(counts) == 4
    assert float(((counts - 500) ** 2 / 500).sum()) < 16.3  # chi-square, 3 degrees of freedom, 0.1 %


def seen(augment: list[str], channels: int = 3) -> set[bytes]:
    """The different patches that a picture of the patch's own size gives."""
    patches = TrainingPatches(pictures((8, 8), channels=channels), settings(batch=64, augment=augment))
    return {patch.numpy().tobytes() for step in range(6) for patch in patches[step][1]}


@pytest.mark.parametrize(
    ("augment", "count"),
    [([], 1), (["flip"], 2), (["rotate"], 4), (["channels"], 6), (["flip", "rotate"], 8)],
)
def test_augmentation_shows_every_variant_and_no_other(augment: list[str], count: int) -> None:
    assert len(seen(augment)) == count


def test_grey_pictures_have_no_colours_to_permute() -> None:
    assert len(seen(["channels"], channels=1)) == 1


def test_turns_and_mirrors_are_those_of_numpy() -> None:
    pixels = pictures((8, 8)).pixels[0]
    expected = {
        np.ascontiguousarray(np.rot90(variant, turns, axes=(1, 2))).tobytes()
        for variant in (pixels, pixels[:, :, ::-1])
        for turns in range(4)
    }
    assert seen(["flip", "rotate"]) == expected


def test_eight_bit_patches_stay_bytes_and_sixteen_bit_ones_become_unit_floats() -> None:
    assert TrainingPatches(pictures((9, 9)), settings())[0][1].dtype == torch.uint8
    deep = TrainingPatches(pictures((9, 9), dtype=np.uint16), settings())[0][1]
    assert deep.dtype == torch.float32
    assert 0.0 <= float(deep.min()) < float(deep.max()) <= 1.0


def test_the_sampler_goes_on_at_the_clocks_step_without_end() -> None:
    clock = Clock(steps=10)
    clock.step = 4
    assert list(islice(StepSampler(clock), 5)) == [4, 5, 6, 7, 8]


def test_validation_looks_at_the_centre_of_large_pictures_and_the_whole_of_small_ones() -> None:
    source = pictures((VALIDATION_SIDE + 11, 30), (7, 9))
    crops = ValidationCrops(source)
    assert len(crops) == 2
    index, crop = crops[0]
    assert index == 0
    assert torch.equal(crop[0] * 255, torch.from_numpy(source.pixels[0][:, 5 : 5 + VALIDATION_SIDE]).float())
    assert crops[1][1].shape == (1, 3, 7, 9)


def clips(*shapes: tuple[int, int, int]) -> Pictures:
    """Clips of one channel whose pixels hold the number of their frame."""
    pixels = tuple(
        np.broadcast_to(np.arange(shape[0], dtype=np.uint8)[:, None, None, None], (shape[0], 1, *shape[1:])).copy()
        for shape in shapes
    )
    return Pictures(
        names=tuple(map(str, range(len(shapes)))), pixels=pixels, areas=tuple(t * h * w for t, h, w in shapes)
    )


def test_patches_of_clips_are_moments_of_following_frames() -> None:
    patches = TrainingPatches(clips((9, 20, 30), (5, 40, 9)), settings(frames=4))
    moments = torch.cat([patches[step][1] for step in range(20)])
    assert moments.shape == (120, 4, 1, 8, 8)
    starts = moments[:, 0, 0, 0, 0].tolist()
    assert all(moment[:, 0, 0, 0].diff().eq(1).all() for moment in moments)
    assert set(starts) == set(range(6))


def test_clips_run_backwards_half_of_the_time_where_that_is_asked_for() -> None:
    patches = TrainingPatches(clips((9, 20, 30)), settings(frames=3, batch=100, augment=["reverse"]))
    steps = torch.cat([patches[step][1] for step in range(5)])[:, :, 0, 0, 0].int().diff()
    assert set(steps.flatten().tolist()) == {1, -1}
    assert 0.4 < (steps == -1).float().mean() < 0.6


def test_validation_looks_at_the_middle_of_a_clip() -> None:
    _, crop = ValidationCrops(clips((9, 20, 300)), frames=3)[0]
    assert crop.shape == (1, 3, 1, 20, VALIDATION_SIDE)
    assert (crop[0, :, 0, 0, 0] * 255).round().tolist() == [3, 4, 5]


def test_mixing_takes_nothing_from_the_order_of_what_is_seen() -> None:
    source = pictures((20, 30), (40, 9))
    plain = TrainingPatches(source, settings(batch=60))[3][1]
    mixture = TrainingPatches(source, settings(batch=60, augment=["flip", "rotate", "mix"]))[3][1]
    alike = [bool(torch.equal(a, b)) for a, b in zip(plain, mixture, strict=True)]
    assert 0.3 < np.mean(alike) < 0.7
    parts = [
        TrainingPatches(source, settings(batch=60, augment=["flip", "rotate", "mix"]), rank=rank, world=2)[3][1]
        for rank in range(2)
    ]
    assert torch.equal(torch.cat(parts), mixture)
