"""Decoding once: what is kept, what it costs, and what is refused."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from burnish.errors import DataError, ImagingError
from burnish.training.data import pictures as module
from burnish.training.data.pictures import integers, pad_to, read_pictures, unit


def test_eight_bit_files_come_back_to_the_bit(tmp_path: Path) -> None:
    stored = np.random.default_rng(0).integers(0, 256, (9, 11, 3), dtype=np.uint8)
    cv2.imwrite(str(tmp_path / "a.png"), stored)
    found = read_pictures([tmp_path / "a.png"], channels=3)
    assert found.pixels[0].dtype == np.uint8
    assert np.array_equal(found.pixels[0], stored[:, :, ::-1].transpose(2, 0, 1))
    assert (found.areas, found.area) == ((99,), 99)


def test_sixteen_bit_files_keep_their_sixteen_bits(tmp_path: Path) -> None:
    stored = np.random.default_rng(0).integers(0, 65536, (9, 11), dtype=np.uint16)
    cv2.imwrite(str(tmp_path / "a.png"), stored)
    found = read_pictures([tmp_path / "a.png"], channels=1)
    assert found.pixels[0].dtype == np.uint16
    assert np.array_equal(found.pixels[0][0], stored)


def test_integers_and_unit_are_inverse_for_every_value() -> None:
    for depth, dtype in ((8, np.uint8), (16, np.uint16)):
        values = np.arange(2**depth, dtype=np.int64)
        clean = torch.from_numpy(values / (2**depth - 1)).float().reshape(1, 1, 16, -1)
        back = integers(clean)
        assert back.dtype == dtype
        assert np.array_equal(back.reshape(-1), values)
        assert torch.equal(unit(back), clean[0])


def test_small_pictures_are_padded_by_reflection_and_counted_by_their_own_area(tmp_path: Path) -> None:
    stored = np.random.default_rng(0).integers(0, 256, (5, 20), dtype=np.uint8)
    cv2.imwrite(str(tmp_path / "a.png"), stored)
    found = read_pictures([tmp_path / "a.png"], channels=1, smallest=8)
    assert found.pixels[0].shape == (1, 8, 20)
    assert np.array_equal(found.pixels[0][0], stored[[0, 1, 2, 3, 4, 3, 2, 1]])
    assert found.areas == (100,)


@pytest.mark.parametrize("shape", [(1, 1), (1, 30), (3, 2)])
def test_even_a_single_pixel_can_be_padded_to_a_patch(shape: tuple[int, int]) -> None:
    assert pad_to(np.ones((3, *shape), np.uint8), 16).shape == (3, max(16, shape[0]), max(16, shape[1]))


def test_what_does_not_fit_into_memory_is_mapped_from_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    files = [tmp_path / f"{number}.png" for number in range(3)]
    for file in files:
        cv2.imwrite(str(file), rng.integers(0, 256, (10, 10, 3), dtype=np.uint8))
    everything = read_pictures(files, channels=3)
    monkeypatch.setattr(module, "free_memory", lambda unknown: 400 / module.MEMORY_SHARE)
    spilled = read_pictures(files, channels=3, spill=tmp_path / "spill")
    assert [isinstance(pixels, np.memmap) for pixels in spilled.pixels] == [False, True, True]
    assert all(np.array_equal(a, b) for a, b in zip(everything.pixels, spilled.pixels, strict=True))


def test_no_pictures_and_broken_ones_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no pictures"):
        read_pictures([], channels=3)
    (tmp_path / "a.png").write_text("no picture")
    with pytest.raises(ImagingError, match=r"a\.png"):
        read_pictures([tmp_path / "a.png"], channels=3)
