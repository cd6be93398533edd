"""Facts about restoring a picture: nothing but the pixels changes, and with identity not even those."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from burnish.builtin.identity import Identity
from burnish.inference import Restorer, restore_picture
from burnish.io import Metadata, Picture

Wrap = Callable[..., Restorer]


def _picture(dtype: str, channels: int) -> Picture:
    rng = np.random.default_rng(0)
    top = {"uint8": 255, "uint16": 65535, "float32": 1}[dtype]
    pixels = (rng.random((33, 47, channels)) * top).round(0 if top > 1 else 9).astype(dtype)
    alpha = (rng.random((33, 47)) * top).astype(dtype)
    return Picture(pixels=pixels, alpha=alpha, metadata=Metadata(icc=b"profile", orientation=6))


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
def test_identity_gives_back_every_pixel_alpha_and_metadata(wrap: Wrap, dtype: str, channels: int) -> None:
    picture = _picture(dtype, channels)
    restored = restore_picture(wrap(Identity()), picture, tile=16)
    assert restored.pixels.dtype == picture.pixels.dtype
    assert np.array_equal(restored.pixels, picture.pixels) and np.array_equal(restored.alpha, picture.alpha)
    assert restored.metadata == picture.metadata


def test_every_16_bit_value_survives_a_restorer_that_changes_nothing_but_makes_new_tensors(wrap: Wrap) -> None:
    pixels = np.arange(65536, dtype=np.uint16).reshape(256, 256, 1)

    def almost(degraded: torch.Tensor) -> torch.Tensor:
        return degraded + 1e-7 * (degraded > 0.5)

    restored = restore_picture(wrap(almost), Picture(pixels=pixels))
    assert np.array_equal(restored.pixels, pixels)


def test_a_picture_that_only_went_to_light_and_back_is_the_very_picture(wrap: Wrap) -> None:
    levels = np.arange(256, dtype=np.uint8).reshape(16, 16, 1)
    loaded = wrap(lambda degraded, **_: degraded.clone(), light="linear")
    picture = Picture(pixels=levels)
    assert restore_picture(loaded, picture) is picture


def test_float_pixels_outside_the_range_survive_identity(wrap: Wrap) -> None:
    pixels = np.random.default_rng(1).normal(0.5, 2, (9, 9, 3)).astype(np.float32)
    assert np.array_equal(restore_picture(wrap(Identity()), Picture(pixels=pixels)).pixels, pixels)


def test_depth_is_kept_and_alpha_grows_with_the_picture(wrap: Wrap) -> None:
    def enlarge(degraded: torch.Tensor) -> torch.Tensor:
        return degraded.repeat_interleave(2, -1).repeat_interleave(2, -2)

    picture = _picture("uint16", 3)
    restored = restore_picture(wrap(enlarge, scale=(2,)), picture)
    assert restored.pixels.shape == (66, 94, 3) and restored.pixels.dtype == np.uint16
    assert np.array_equal(restored.pixels[::2, ::2], picture.pixels)
    assert restored.alpha is not None and restored.alpha.shape == (66, 94)
    assert (restored.metadata.icc, restored.metadata.orientation) == (b"profile", 6)


def test_an_estimate_beyond_the_range_is_clipped_never_wrapped(wrap: Wrap) -> None:
    picture = Picture(pixels=np.array([[[0], [128], [255]]], dtype=np.uint8))
    restored = restore_picture(wrap(lambda degraded: degraded * 3 - 0.7), picture)
    assert restored.pixels.ravel().tolist() == [0, 206, 255]
