"""Patches of real observations: all that belongs together is cut at one place, turned alike, whoever looks at it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
import torch
from burnish.recipe.data import DataSettings, Form
from burnish.recipe.training import TrainingSettings
from burnish.training.data.observed import Observations, Observed
from burnish.training.data.observed_patches import ObservedCrops, ObservedPatches
from burnish.training.data.patches import VALIDATION_SIDE, TrainingPatches
from burnish.training.data.pictures import Pictures
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from torch.nn.functional import avg_pool2d, conv2d, pad

FORMS: dict[Form, DataSettings] = {
    "pairs": DataSettings(degraded="noisy", clean="clean"),
    "noisy": DataSettings(degraded="noisy"),
    "shots": DataSettings(shots="noisy"),
}


def settings(**more: Any) -> TrainingSettings:
    return TrainingSettings.model_validate({"budget": {"steps": 1}, "batch": 6, "patch": 12, **more})


def observations(
    images: Sequence[Observed], form: Form, *, scale: int = 1, areas: Sequence[int] | None = None
) -> Observations:
    found = areas or [image.layers[0][0].size * scale**2 for image in images]
    return Observations(images=tuple(images), areas=tuple(found), data=FORMS[form], scale=scale)


def image(*layers: Any, conditions: Sequence[dict[str, torch.Tensor]] = ({},), **more: Any) -> Observed:
    return Observed(name="x", layers=layers, conditions=tuple(conditions), **more)


def pair(size: tuple[int, int], scale: int, *, channels: int = 3, seed: int = 0) -> Observed:
    """Random bytes and, with every pixel made a block, the larger clean picture of the inverted bytes."""
    degraded = np.random.default_rng(seed).integers(0, 256, (channels, *size), dtype=np.uint8)
    return image(degraded, (255 - degraded).repeat(scale, 1).repeat(scale, 2))


WORDS = st.lists(st.sampled_from(["flip", "rotate", "channels"]), unique=True)


@given(
    sizes=st.lists(st.tuples(st.integers(12, 40), st.integers(12, 40)), min_size=1, max_size=3),
    scale=st.integers(1, 3),
    augment=WORDS,
    channels=st.sampled_from([1, 3]),
    step=st.integers(0, 10**6),
)
@examples(max_examples=60, deadline=None)
def test_degraded_and_target_are_the_same_place_and_turn(
    sizes: list[tuple[int, int]], scale: int, augment: list[str], channels: int, step: int
) -> None:
    source = observations(
        [pair(size, scale, channels=channels, seed=seed) for seed, size in enumerate(sizes)], "pairs", scale=scale
    )
    number, batch = ObservedPatches(source, settings(augment=augment))[step]
    side = 12 // scale
    assert number == step
    assert batch["degraded"].shape == (6, channels, side, side)
    assert batch["target"].shape == (6, channels, side * scale, side * scale)
    torch.testing.assert_close(avg_pool2d(batch["target"], scale), 1.0 - batch["degraded"])
    assert len(torch.unique(batch["target"])) > 12


@given(augment=WORDS, step=st.integers(0, 10**6), shots=st.integers(2, 5))
@examples(max_examples=40, deadline=None)
def test_of_a_scene_two_different_shots_of_one_place_are_shown(augment: list[str], step: int, shots: int) -> None:
    place = np.random.default_rng(0).integers(0, 25, (3, 20, 30), dtype=np.uint8)
    layers = [place + 25 * number for number in range(shots)]
    known = [{"sigma": torch.tensor(float(number))} for number in range(shots)]
    batch = ObservedPatches(observations([image(*layers, conditions=known)], "shots"), settings(augment=augment))[step][
        1
    ]
    first, second = ((batch[name] * 255).round().int() for name in ("degraded", "target"))
    assert torch.equal(first % 25, second % 25)
    numbers = [[shot.div(25, rounding_mode="floor").unique() for shot in side] for side in (first, second)]
    assert all(len(number) == 1 for side in numbers for number in side)
    assert all(int(a) != int(b) for a, b in zip(*numbers, strict=True))
    assert batch["sigma"].tolist() == [float(number) for number in numbers[0]]


def test_every_ordered_pair_of_shots_is_shown_equally_often() -> None:
    layers = [np.full((1, 12, 12), number, np.uint8) for number in range(3)]
    patches = ObservedPatches(observations([image(*layers, conditions=[{}] * 3)], "shots"), settings(batch=100))
    counts: dict[tuple[int, int], int] = {}
    for step in range(60):
        batch = patches[step][1]
        for a, b in zip(batch["degraded"][:, 0, 0, 0], batch["target"][:, 0, 0, 0], strict=True):
            key = (round(float(a) * 255), round(float(b) * 255))
            counts[key] = counts.get(key, 0) + 1
    assert sorted(counts) == [(0, 1), (0, 2), (1, 0), (1, 2), (2, 0), (2, 1)]
    assert sum((count - 1000) ** 2 / 1000 for count in counts.values()) < 20.5  # chi-square, 5 degrees, 0.1 %


def test_degraded_pictures_alone_have_no_target() -> None:
    source = observations([image(np.zeros((1, 20, 20), np.uint8))], "noisy")
    assert set(ObservedPatches(source, settings())[0][1]) == {"degraded"}
    assert set(ObservedCrops(source)[0][1]) == {"degraded"}


def test_a_degraded_picture_is_seen_at_the_places_where_a_clean_one_would_be() -> None:
    rng = np.random.default_rng(0)
    pixels = tuple(rng.integers(0, 256, (3, *size), dtype=np.uint8) for size in ((20, 30), (40, 15)))
    areas = (600, 600)
    clean = TrainingPatches(Pictures(names=("a", "b"), pixels=pixels, areas=areas), settings())
    noisy = ObservedPatches(observations([image(one) for one in pixels], "noisy", areas=areas), settings())
    for step in range(5):
        assert torch.equal(noisy[step][1]["degraded"], clean[step][1].float() / 255)


@pytest.mark.parametrize("form", ["pairs", "noisy", "shots"])
@pytest.mark.parametrize("world", [2, 3, 6])
def test_processes_share_the_very_batch_that_one_would_see(form: Form, world: int) -> None:
    source = observations([several(form, seed) for seed in range(3)], form)
    whole = ObservedPatches(source, settings())[5][1]
    parts = [ObservedPatches(source, settings(), rank=rank, world=world)[5][1] for rank in range(world)]
    assert all(set(part) == set(whole) for part in parts)
    for name in whole:
        assert torch.equal(torch.cat([part[name] for part in parts]), whole[name])


def several(form: Form, seed: int) -> Observed:
    """An image of that form with everything that may be known, other values for every seed and shot."""
    rng = np.random.default_rng(seed)
    count = {"noisy": 1, "pairs": 2, "shots": 3}[form]
    layers = [rng.integers(0, 256, (3, 20 + seed, 30), dtype=np.uint8) for _ in range(count)]
    known = [
        {"sigma": torch.tensor(rng.random()), "kernel": torch.from_numpy(rng.random((5, 5))).float()}
        for _ in range(count if form == "shots" else 1)
    ]
    return image(*layers, conditions=known, brightness=(0.5 + seed, 0.1))


@pytest.mark.parametrize("form", ["pairs", "noisy", "shots"])
def test_a_step_shows_the_same_whatever_was_shown_before_and_another_step_or_seed_another(form: Form) -> None:
    source = observations([several(form, seed) for seed in range(3)], form)
    first, second, other = (ObservedPatches(source, settings(seed=seed)) for seed in (0, 0, 1))
    for step in range(9):
        first[step]
    for name, value in second[7][1].items():
        assert torch.equal(first[7][1][name], value)
        assert not torch.equal(first[8][1][name], value)
        assert not torch.equal(other[7][1][name], value)


@given(augment=st.lists(st.sampled_from(["flip", "rotate"]), unique=True), step=st.integers(0, 10**6))
@examples(max_examples=40, deadline=None)
def test_a_kernel_is_turned_with_its_patch(augment: list[str], step: int) -> None:
    """The degraded picture is the clean one convolved; so it is in every patch, away from its border."""
    rng = np.random.default_rng(0)
    clean = torch.from_numpy(rng.random((1, 1, 40, 40), np.float32))
    kernel = torch.from_numpy(rng.random((5, 5), np.float32))
    kernel /= kernel.sum()
    blurred = convolved(pad(clean, [2] * 4), kernel)
    known = [{"kernel": kernel}]
    source = observations([image(blurred[0].numpy(), clean[0].numpy(), conditions=known)], "pairs")
    batch = ObservedPatches(source, settings(augment=augment))[step][1]
    for degraded, target, turned in zip(batch["degraded"], batch["target"], batch["kernel"], strict=True):
        torch.testing.assert_close(convolved(target[None], turned), degraded[None, :, 2:-2, 2:-2], rtol=0, atol=1e-5)


def convolved(picture: torch.Tensor, kernel: torch.Tensor) -> torch.Tensor:
    """1,1,H,W by k,k, where both overlap wholly."""
    return conv2d(picture, kernel.flip(0, 1)[None, None])


def test_what_is_known_belongs_to_the_patch_s_own_picture() -> None:
    known = [
        {"sigma": torch.tensor(value / 255), "gain": torch.tensor(2 * value / 255)} for value in (10.0, 20.0, 30.0)
    ]
    flat = [
        image(np.full((1, 20, 20), value, np.uint8), conditions=[one])
        for value, one in zip((10, 20, 30), known, strict=True)
    ]
    batch = ObservedPatches(observations(flat, "noisy"), settings(batch=30))[0][1]
    torch.testing.assert_close(batch["sigma"], batch["degraded"][:, 0, 0, 0])
    torch.testing.assert_close(batch["gain"], 2 * batch["degraded"][:, 0, 0, 0])
    assert len(batch["sigma"].unique()) == 3


def test_the_target_has_the_brightness_and_both_the_white_of_the_degraded_picture() -> None:
    """Of each image its own, in float32 as its values are one by one."""
    rng = np.random.default_rng(0)
    images = []
    for number in range(3):
        layers = [rng.integers(0, 4096, (1, 12, 12), dtype=np.uint16) for _ in range(2)]
        images.append(image(*layers, brightness=(0.3 + number, 0.01 * number), white=0.5**number))
    batch = ObservedPatches(observations(images, "pairs"), settings(batch=20, augment=[]))[0][1]
    expected = []
    for one in images:
        degraded, clean = (torch.from_numpy(layer.astype(np.float32)) / 65535 for layer in one.layers)
        factor, offset = one.brightness
        expected.append((degraded / one.white, (clean * factor + offset) / one.white))
    for degraded, target in zip(batch["degraded"], batch["target"], strict=True):
        assert any(torch.equal(degraded, a) and torch.equal(target, b) for a, b in expected)


def test_pictures_of_several_depths_are_one_batch_in_the_range_of_each() -> None:
    layers = [
        np.full((1, 12, 12), 255, np.uint8),
        np.full((1, 12, 12), 65535, np.uint16),
        np.full((1, 12, 12), -0.5, np.float32),
    ]
    source = observations([image(layer) for layer in layers], "noisy")
    batch = ObservedPatches(source, settings(batch=40))[0][1]["degraded"]
    assert batch.dtype == torch.float32
    assert set(batch.unique().tolist()) == {1.0, -0.5}


def test_looking_at_floats_leaves_them_as_they_are() -> None:
    values = np.random.default_rng(0).normal(size=(1, 12, 12)).astype(np.float32)
    before = values.copy()
    source = observations([image(values, values, brightness=(3.0, 1.0), white=0.25)], "pairs")
    ObservedPatches(source, settings(batch=1, augment=[]))[0]
    ObservedCrops(source)[0]
    assert np.array_equal(values, before)


def test_images_are_drawn_in_proportion_to_their_area() -> None:
    flat = [image(np.full((1, side, 30), value, np.uint8)) for value, side in ((0, 12), (1, 24), (2, 84))]
    patches = ObservedPatches(observations(flat, "noisy"), settings(batch=100))
    drawn = torch.cat([patches[step][1]["degraded"][:, 0, 0, 0] for step in range(60)])
    counts = np.bincount((drawn * 255).round().int().numpy(), minlength=3)
    expected = np.array([0.1, 0.2, 0.7]) * 6000
    assert float(((counts - expected) ** 2 / expected).sum()) < 13.8  # chi-square, 2 degrees of freedom, 0.1 %


@pytest.mark.parametrize("scale", [1, 2, 3])
def test_validation_looks_at_the_same_centre_of_both_pictures(scale: int) -> None:
    source = observations([pair((300, 20), scale), pair((7, 9), scale)], "pairs", scale=scale)
    crops = ObservedCrops(source)
    assert len(crops) == 2
    index, crop = crops[0]
    assert index == 0
    tall = VALIDATION_SIDE // scale
    top = (300 - tall) // 2
    stored = torch.from_numpy(source.images[0].layers[0][:, top : top + tall].copy())
    assert torch.equal((crop["degraded"][0] * 255).round().byte(), stored)
    for _, found in (crops[0], crops[1]):
        torch.testing.assert_close(avg_pool2d(found["target"], scale), 1.0 - found["degraded"])
    assert crops[1][1]["target"].shape == (1, 3, 7 * scale, 9 * scale)


def test_validation_compares_the_first_two_shots_of_a_scene() -> None:
    layers = [np.full((1, 12, 12), number, np.uint8) for number in range(3)]
    known = [{"sigma": torch.tensor(float(number))} for number in range(3)]
    _, crop = ObservedCrops(observations([image(*layers, conditions=known)], "shots"))[0]
    assert [round(float(crop[name].mean()) * 255) for name in ("degraded", "target")] == [0, 1]
    assert crop["sigma"].tolist() == [0.0]
