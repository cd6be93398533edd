"""Bands of equal power: they add up to the picture, see as far as they say, and hold what bfloat16 would lose."""

from __future__ import annotations

import numpy as np
import torch
from burnish.ops.bands import BANDS, GAINS, LOW_GAIN, REACH, bands
from scipy.ndimage import convolve1d
from torch import Tensor


def picture(channels: int = 3, side: int = 40) -> Tensor:
    return torch.rand(2, channels, side, side, generator=torch.Generator().manual_seed(0))


def test_divided_by_their_gains_they_add_up_to_the_picture() -> None:
    planes = bands(picture()).unflatten(1, (BANDS, 3))
    gains = torch.tensor([*GAINS, LOW_GAIN]).view(1, BANDS, 1, 1, 1)
    torch.testing.assert_close((planes / gains).sum(1) + 0.5, picture(), atol=1e-6, rtol=0.0)


def test_they_are_scipys_smoothings_with_b3_splines_and_holes() -> None:
    seen = picture(1).double()
    smooth, expected = seen[0, 0].numpy(), []
    for level, gain in enumerate(GAINS):
        taps = np.zeros(4 * 2**level + 1)
        taps[:: 2**level] = np.array([1, 4, 6, 4, 1]) / 16
        next_one = convolve1d(convolve1d(smooth, taps, axis=0, mode="nearest"), taps, axis=1, mode="nearest")
        expected.append(gain * (smooth - next_one))
        smooth = next_one
    expected.append(LOW_GAIN * (smooth - 0.5))
    np.testing.assert_allclose(bands(seen)[0].numpy(), np.stack(expected), atol=1e-12)


def test_a_pixel_reaches_exactly_as_far_as_is_said() -> None:
    point = torch.full((1, 1, 61, 61), 0.5, dtype=torch.float64)
    point[..., 30, 30] = 1.0
    touched = (bands(point) - bands(torch.full_like(point, 0.5)))[0].abs().sum((0, 1)).nonzero()
    assert (int(touched.min()), int(touched.max())) == (30 - REACH, 30 + REACH)


def test_autocast_does_not_round_them() -> None:
    with torch.autocast("cpu", dtype=torch.bfloat16):
        rounded = bands(picture())
    assert torch.equal(rounded, bands(picture()))
