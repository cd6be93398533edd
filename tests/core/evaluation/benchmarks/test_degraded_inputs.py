from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from burnish.data.items import Item
from burnish.errors import DataError, ImagingError
from burnish.evaluation.benchmarks.degraded_inputs import image_seed, observe
from burnish.io import Picture, read_clean, write_picture
from burnish.plugins.catalog import installed

Write = Callable[[Path, tuple[int, int], int], Path]


def test_the_seed_is_of_the_benchmarks_seed_and_the_name_alone() -> None:
    assert image_seed(0, "a.png") == int(hashlib.sha256(b"0:a.png").hexdigest()[:16], 16) // 2
    assert len({image_seed(seed, name) for seed in range(3) for name in ("a.png", "b.png")}) == 6
    assert 0 <= image_seed(5, "x") < 2**63


def test_an_image_is_degraded_alike_wherever_and_whenever(clean: Path) -> None:
    degrader = installed().create("degraders", "degradations/gaussian-noise", {"sigma": 0.1})
    item = Item(name="a.png", clean=clean / "a.png")
    torch.manual_seed(1)
    one = observe(item, degrader=degrader, colour="rgb", seed=3, scale=1)
    torch.manual_seed(2)
    two = observe(item, degrader=degrader, colour="rgb", seed=3, scale=1)
    assert torch.equal(one.degraded, two.degraded)
    assert not torch.equal(one.degraded, observe(item, degrader=degrader, colour="rgb", seed=4, scale=1).degraded)
    assert one.degraded.sub(one.target).std().item() == pytest.approx(0.1, rel=0.05)


def test_a_degraded_file_is_read_and_the_clean_one_cropped_to_fit(tmp_path: Path, write_picture_file: Write) -> None:
    item = Item(
        name="c.png",
        clean=write_picture_file(tmp_path / "c.png", (41, 63), 0),
        degraded=write_picture_file(tmp_path / "d.png", (20, 31), 1),
    )
    found = observe(item, degrader=None, colour="grey", seed=0, scale=2)
    assert found.degraded.shape == (1, 1, 20, 31)
    assert torch.equal(found.target, read_clean(item.clean, "grey")[..., :40, :62])
    with pytest.raises(DataError, match=r"31×20 and 63×41.*enlarges by 3"):
        observe(item, degrader=None, colour="grey", seed=0, scale=3)


def test_a_degraded_file_without_the_profile_that_is_asked_for_is_named(
    tmp_path: Path, write_picture_file: Write
) -> None:
    item = Item(
        name="c.png",
        clean=write_picture_file(tmp_path / "c.png", (16, 16), 0),
        degraded=write_picture_file(tmp_path / "d.png", (16, 16), 1),
    )
    with pytest.raises(ImagingError, match=r"d\.png: has no ICC profile; give --transfer"):
        observe(item, degrader=None, colour="rgb", seed=0, scale=1, transfer="icc")


@pytest.mark.parametrize(("dtype", "white"), [("uint16", 1 / 16), ("uint8", None)])
def test_deep_files_that_fill_little_of_their_range_are_judged_as_they_are_restored(
    tmp_path: Path, dtype: str, white: float | None
) -> None:
    levels = np.linspace(0, np.iinfo(dtype).max / 16, 64 * 64).reshape(64, 64, 1).astype(dtype)
    write_picture(tmp_path / "a.png", Picture(pixels=levels))
    degrader = installed().create("degraders", "degradations/gaussian-noise", {"sigma": 0.001})
    item = Item(name="a.png", clean=tmp_path / "a.png")
    assert observe(item, degrader=degrader, colour="grey", seed=0, scale=1).conditions.get("white") == white
    pair = Item(name="a.png", clean=tmp_path / "a.png", degraded=tmp_path / "a.png")
    assert observe(pair, degrader=None, colour="grey", seed=0, scale=1).conditions.get("white") == white


def test_of_a_long_clip_the_middle_is_read_of_both_folders_alike_and_of_a_burst_all(
    tmp_path: Path, write_picture_file: Write
) -> None:
    for folder in ("clean", "degraded"):
        (tmp_path / folder).mkdir()
        for index in range(7):
            write_picture_file(tmp_path / folder / f"{index}.png", (8, 9), index)
    clip = Item(name="x", clean=tmp_path / "clean", degraded=tmp_path / "degraded")
    found, whole = (observe(clip, degrader=None, colour="rgb", seed=0, scale=1, longest=most) for most in (3, 0))
    for part in ("degraded", "target"):
        assert torch.equal(getattr(found, part), getattr(whole, part)[:, 2:5])
    burst = Item(name="x", clean=tmp_path / "clean" / "0.png", degraded=tmp_path / "degraded")
    assert observe(burst, degrader=None, colour="rgb", seed=0, scale=1, longest=3).degraded.shape[1] == 7
