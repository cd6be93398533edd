"""Real observations decoded once: what is kept of them, what is fitted, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import tifffile
import torch
from burnish.data.hashing import facts_hash
from burnish.data.items import Item, degraded_items, items, shot_items
from burnish.errors import DataError, ImagingError
from burnish.recipe.data import DataSettings
from burnish.training.data import pictures as store
from burnish.training.data.observed import Observations, read_observations
from burnish.training.data.pictures import Store

PAIRS = DataSettings(degraded="noisy", clean="clean")
NOISY = DataSettings(degraded="noisy")
SHOTS = DataSettings(shots="noisy")


def write(path: Path, shape: tuple[int, ...], *, seed: int = 0, dtype: Any = np.uint8) -> np.ndarray[Any, Any]:
    """A picture of random values, H,W or H,W,3; as stored."""
    stored = np.random.default_rng(seed).integers(0, np.iinfo(dtype).max, shape, dtype=dtype, endpoint=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), stored)
    return stored


def read(found: list[Item], data: DataSettings, **more: Any) -> Observations:
    return read_observations(found, data=data, **{"channels": 1, "scale": 1, "store": Store(None), **more})


def test_both_pictures_of_a_pair_are_kept_as_they_are_stored(tmp_path: Path) -> None:
    noisy = write(tmp_path / "noisy" / "a.png", (9, 11))
    clean = write(tmp_path / "clean" / "a.png", (18, 22), seed=1)
    found = read(items(tmp_path / "clean", tmp_path / "noisy"), PAIRS, scale=2)
    (image,) = found.images
    assert np.array_equal(image.layers[0][0], noisy)
    assert np.array_equal(image.layers[1][0], clean)
    assert [layer.dtype for layer in image.layers] == [np.uint8, np.uint8]
    assert (image.brightness, image.white, image.conditions) == ((1.0, 0.0), 1.0, ({},))


def test_areas_are_those_before_any_padding(tmp_path: Path) -> None:
    write(tmp_path / "noisy" / "a.png", (9, 11))
    write(tmp_path / "clean" / "a.png", (18, 22))
    pairs = read(items(tmp_path / "clean", tmp_path / "noisy"), PAIRS, scale=2, smallest=64)
    assert (pairs.area, pairs.areas) == (18 * 22, (18 * 22,))
    assert [layer.shape[-2:] for layer in pairs.images[0].layers] == [(32, 32), (64, 64)]
    assert read(degraded_items(tmp_path / "noisy"), NOISY, smallest=64).area == 9 * 11
    for name in ("s/1.png", "s/2.png", "s/3.png"):
        write(tmp_path / "shots" / name, (5, 7))
    assert read(shot_items(tmp_path / "shots"), SHOTS, smallest=64).area == 3 * 5 * 7


@pytest.mark.parametrize("scale", [1, 2, 3])
def test_a_padded_pair_stays_in_register(tmp_path: Path, scale: int) -> None:
    """Every degraded pixel is the mean of the clean ones that it covers, in the padding as well."""
    small = write(tmp_path / "noisy" / "a.png", (5, 7))
    (tmp_path / "clean").mkdir()
    cv2.imwrite(str(tmp_path / "clean" / "a.png"), small.repeat(scale, 0).repeat(scale, 1))
    found = read(items(tmp_path / "clean", tmp_path / "noisy"), PAIRS, scale=scale, smallest=16 * scale)
    degraded, clean = (layer[0] for layer in found.images[0].layers)
    assert min(degraded.shape) >= 16
    assert np.array_equal(degraded.repeat(scale, 0).repeat(scale, 1), clean)


def test_sizes_that_the_restorer_cannot_make_are_refused_with_both_names(tmp_path: Path) -> None:
    write(tmp_path / "noisy" / "a.png", (9, 11))
    write(tmp_path / "clean" / "a.png", (18, 22))
    found = items(tmp_path / "clean", tmp_path / "noisy")
    with pytest.raises(
        DataError, match=r"noisy/a\.png is 11×9 and .*clean/a\.png is 22×18, but .* keeps the size; crop"
    ):
        read(found, PAIRS)
    with pytest.raises(DataError, match="the restorer enlarges by 3"):
        read(found, PAIRS, scale=3)


def test_the_brightness_is_fitted_to_each_pair_where_that_is_asked_for(tmp_path: Path) -> None:
    for seed, (factor, offset) in enumerate(((0.5, 20), (0.25, 100))):
        clean = write(tmp_path / "clean" / f"{seed}.png", (20, 30), seed=seed)
        (tmp_path / "noisy").mkdir(exist_ok=True)
        cv2.imwrite(str(tmp_path / "noisy" / f"{seed}.png"), np.round(factor * clean + offset).astype(np.uint8))
    found = items(tmp_path / "clean", tmp_path / "noisy")
    matched = read(found, DataSettings(degraded="noisy", clean="clean", match="affine"))
    assert matched.images[0].brightness == pytest.approx((0.5, 20 / 255), abs=1e-3)
    assert matched.images[1].brightness == pytest.approx((0.25, 100 / 255), abs=1e-3)
    assert {image.brightness for image in read(found, PAIRS).images} == {(1.0, 0.0)}


def test_floats_keep_what_noise_has_put_outside_the_range(tmp_path: Path) -> None:
    values = np.random.default_rng(0).normal(0.5, 1.0, (9, 11)).astype(np.float32)
    (tmp_path / "noisy").mkdir()
    tifffile.imwrite(tmp_path / "noisy" / "a.tif", values)
    (image,) = read(degraded_items(tmp_path / "noisy"), NOISY).images
    assert image.layers[0].dtype == np.float32
    assert np.array_equal(image.layers[0][0], values)
    assert values.min() < 0.0 < 1.0 < values.max()


def test_deep_pictures_have_the_white_that_their_restoration_uses(tmp_path: Path) -> None:
    """12 bits in 16: white is 1/16, of the values and of all that is known in their unit."""
    stored = np.random.default_rng(0).integers(0, 4096, (40, 50), dtype=np.uint16)
    (tmp_path / "noisy").mkdir()
    cv2.imwrite(str(tmp_path / "noisy" / "a.png"), stored)
    (tmp_path / "noisy" / "a.json").write_text(json.dumps({"sigma": 0.01, "gain": 0.001, "offset": 0.002}))
    (image,) = read(degraded_items(tmp_path / "noisy"), NOISY).images
    assert np.array_equal(image.layers[0][0], stored)
    assert image.white == 1 / 16
    known = {name: float(value) for name, value in image.conditions[0].items()}
    assert known == pytest.approx({"sigma": 0.16, "gain": 0.016, "offset": 0.032})
    full = write(tmp_path / "noisy" / "a.png", (40, 50), dtype=np.uint16)
    assert full.max() > 60000
    assert read(degraded_items(tmp_path / "noisy"), NOISY).images[0].white == 1.0


def test_each_shot_has_what_is_known_of_it(tmp_path: Path) -> None:
    for number in (1, 2):
        write(tmp_path / "s" / f"{number}.png", (9, 11), seed=number)
        (tmp_path / "s" / f"{number}.json").write_text(json.dumps({"sigma": number / 10}))
    (image,) = read(shot_items(tmp_path), SHOTS).images
    assert [float(known["sigma"]) for known in image.conditions] == pytest.approx([0.1, 0.2])


def test_shots_of_several_sizes_are_refused(tmp_path: Path) -> None:
    write(tmp_path / "s" / "1.png", (9, 11))
    write(tmp_path / "s" / "2.png", (9, 12))
    with pytest.raises(DataError, match=r"2\.png: differs in size from 1\.png"):
        read(shot_items(tmp_path), SHOTS)


def test_what_is_known_of_some_pictures_only_is_refused_with_the_first_that_lacks_it(tmp_path: Path) -> None:
    for name in "abc":
        write(tmp_path / f"{name}.png", (9, 11))
    for name in "ac":
        (tmp_path / f"{name}.json").write_text('{"sigma": 0.1}')
    with pytest.raises(
        DataError, match=r"sigma is known of 2 of 3 pictures, but not of b\.png; write it into the file"
    ):
        read(degraded_items(tmp_path), NOISY)


def test_kernels_of_several_sizes_are_put_in_the_middle_of_zeros(tmp_path: Path) -> None:
    kernels = {}
    for name, side in (("a", 3), ("b", 5)):
        write(tmp_path / f"{name}.png", (9, 11))
        kernels[name] = np.random.default_rng(side).random((side, side))
        np.save(tmp_path / f"{name}.kernel.npy", kernels[name] / kernels[name].sum())
    first, second = (image.conditions[0]["kernel"] for image in read(degraded_items(tmp_path), NOISY).images)
    expected = torch.from_numpy(kernels["a"] / kernels["a"].sum()).float()
    torch.testing.assert_close(first[1:4, 1:4], expected)
    assert float(first.sum()) == pytest.approx(1.0)
    assert first.shape == second.shape == (5, 5)


def test_shots_have_the_kernel_beside_their_folder_or_each_its_own(tmp_path: Path) -> None:
    box, spot = np.full((3, 3), 1 / 9), np.pad([[1.0]], 1)
    for scene in "ab":
        for shot in "12":
            write(tmp_path / scene / f"{shot}.png", (9, 11))
        np.save(tmp_path / f"{scene}.kernel.npy", box)
    np.save(tmp_path / "b" / "2.kernel.npy", spot)
    found = shot_items(tmp_path)
    assert [item.kernel for item in found] == [tmp_path / "a.kernel.npy", tmp_path / "b.kernel.npy"]
    before = facts_hash(found)
    kernels = [known["kernel"].numpy() for image in read(found, SHOTS).images for known in image.conditions]
    np.testing.assert_allclose(kernels, [box, box, box, spot], rtol=1e-6)
    np.save(tmp_path / "b" / "2.kernel.npy", box)
    assert facts_hash(found) != before


def test_what_does_not_fit_into_memory_is_mapped_from_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for seed, name in enumerate("ab"):
        write(tmp_path / "noisy" / f"{name}.png", (10, 10), seed=seed)
        write(tmp_path / "clean" / f"{name}.png", (10, 10), seed=9 + seed)
    found = items(tmp_path / "clean", tmp_path / "noisy")
    whole = read(found, PAIRS)
    monkeypatch.setattr(store, "free_memory", lambda unknown: 150 / store.MEMORY_SHARE)
    spilled = read(found, PAIRS, store=Store(tmp_path / "spill"))
    layers = [layer for image in spilled.images for layer in image.layers]
    assert [isinstance(layer, np.memmap) for layer in layers] == [False, True, True, True]
    assert len(list((tmp_path / "spill").iterdir())) == 3
    for kept, mapped in zip((layer for image in whole.images for layer in image.layers), layers, strict=True):
        assert np.array_equal(kept, mapped)


def test_nothing_to_read_and_broken_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no pictures"):
        read([], NOISY)
    (tmp_path / "a.png").write_text("no picture")
    with pytest.raises(ImagingError, match=r"a\.png"):
        read(degraded_items(tmp_path), NOISY)
