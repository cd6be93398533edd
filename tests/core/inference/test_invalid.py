"""Invalid pixels and restorers: nothing bleeds out of them, those that take a mask are told, all come back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tifffile
import torch
from burnish.inference import Restorer, restore_files, restore_picture
from burnish.io import Picture, read_picture

Wrap = Callable[..., Restorer]


def blurred(degraded: torch.Tensor) -> torch.Tensor:
    return torch.nn.functional.avg_pool2d(torch.nn.functional.pad(degraded, (3, 3, 3, 3), "replicate"), 7, 1)


@pytest.mark.parametrize("tile", [0, 16])
def test_no_halo_bleeds_from_no_data_into_the_picture(wrap: Wrap, tile: int) -> None:
    pixels = np.full((40, 50, 1), 0.6, np.float32)
    pixels[:2], pixels[:, -7:] = np.nan, np.nan
    picture = Picture(pixels=pixels)
    restored = restore_picture(wrap(blurred, receptive_field=7), picture, tile=tile)
    np.testing.assert_array_equal(restored.invalid, picture.invalid)
    np.testing.assert_allclose(restored.pixels[~picture.invalid], 0.6, rtol=1e-5)


@pytest.mark.parametrize(("needs", "accepts"), [({"mask"}, set()), (set(), {"mask"})])
def test_a_restorer_that_takes_a_mask_is_told_which_pixels_are_valid(wrap: Wrap, needs: set, accepts: set) -> None:
    told = []

    def restorer(degraded: torch.Tensor, mask: torch.Tensor | None = None) -> torch.Tensor:
        told.append(mask)
        return degraded

    pixels = np.full((6, 7, 3), 0.5, np.float32)
    pixels[2, 3, 1] = np.nan
    loaded = wrap(restorer, needs=frozenset(needs), accepts=frozenset(accepts))
    restore_picture(loaded, Picture(pixels=pixels))
    expected = torch.ones(1, 1, 6, 7)
    expected[0, 0, 2, 3] = 0
    assert torch.equal(told[0], expected)
    given = torch.ones(6, 7)
    given[0] = 0
    restore_picture(loaded, Picture(pixels=pixels), {"mask": given})
    assert torch.equal(told[1], expected * given)


def test_a_restorer_that_accepts_a_mask_is_told_none_where_all_is_valid(wrap: Wrap) -> None:
    told = []

    def restorer(degraded: torch.Tensor, **known: torch.Tensor) -> torch.Tensor:
        told.append(sorted(known))
        return degraded

    picture = Picture(pixels=np.full((6, 7, 3), 9, np.uint8))
    restore_picture(wrap(restorer, accepts=frozenset({"mask"})), picture)
    restore_picture(wrap(restorer, accepts=frozenset({"mask"})), picture, {"mask": torch.ones(6, 7), "sigma": 0.1})
    assert told == [[], ["mask"]]


def test_a_picture_without_any_valid_pixel_comes_back_as_it_was(wrap: Wrap) -> None:
    picture = Picture(pixels=np.full((6, 7, 3), np.nan, np.float32))
    assert np.isnan(restore_picture(wrap(lambda degraded: degraded + 0.5), picture).pixels).all()


@pytest.mark.parametrize("scale", [1, 2])
def test_a_border_of_two_pixels_without_data_survives_restoration(wrap: Wrap, tmp_path: Path, scale: int) -> None:
    rng = np.random.default_rng(0)
    pixels = rng.integers(1, 120, (42, 50, 3)).astype(np.uint8)
    pixels[:2], pixels[-2:], pixels[:, :2], pixels[:, -2:] = 0, 0, 0, 0
    tifffile.imwrite(tmp_path / "a.tif", pixels, photometric="rgb", extratags=[(42113, 2, 0, "0", True)])

    def enlarged_noise(degraded: torch.Tensor) -> torch.Tensor:
        larger = degraded.repeat_interleave(scale, -1).repeat_interleave(scale, -2)
        return larger + 0.1 * torch.randn(larger.shape, generator=torch.Generator().manual_seed(0))

    restore_files(wrap(enlarged_noise, scale=(scale,)), tmp_path / "a.tif", tmp_path / "b.tif", quiet=True)
    before, after = read_picture(tmp_path / "a.tif"), read_picture(tmp_path / "b.tif")
    np.testing.assert_array_equal(after.invalid, np.kron(before.invalid, np.ones((scale, scale), bool)))
    assert after.metadata.nodata == 0
