"""Samples along the motion: where they are taken, and that they undo a blur along it whatever its direction."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from burnish_rnn.motion_taps import TAPS, along, flows_between, streaks, velocities
from scipy import ndimage
from torch import Tensor


def texture(side: int = 64, seed: int = 0) -> Tensor:
    values = ndimage.gaussian_filter(np.random.default_rng(seed).standard_normal((side, side)), 1.2, mode="wrap")
    return torch.from_numpy((values - values.min()) / np.ptp(values)).float()[None, None]


def everywhere(right: float, down: float, side: int = 64) -> Tensor:
    return torch.tensor([right, down]).view(1, 2, 1, 1).expand(1, 2, side, side)


def rolled(picture: Tensor, right: int, down: int) -> Tensor:
    return picture.roll((down, right), (2, 3))


def test_samples_lie_along_the_motion_on_both_sides() -> None:
    picture, inner = texture(), (..., slice(12, -12), slice(12, -12))
    samples = along(picture, everywhere(5.0, -10.0))
    for place, tap in enumerate(TAPS):
        right, down = round(5 * tap), round(-10 * tap)
        expected = 0.5 * (rolled(picture, -right, -down) + rolled(picture, right, down)) - picture
        assert torch.allclose(samples[:, place][inner], expected[inner], atol=1e-5)


def test_nothing_moves_nothing_differs() -> None:
    assert torch.allclose(along(texture(), everywhere(0, 0)), torch.zeros(1, len(TAPS), 1, 64, 64), atol=1e-6)


def test_the_same_few_numbers_undo_a_blur_in_any_direction() -> None:
    """Fitted where the camera went to the right, used where it went down to the left."""
    inner = (..., slice(14, -14), slice(14, -14))
    fitted = None
    for right, down in ((10, 0), (-5, 10), (0, 10)):
        clean = texture(seed=abs(right))
        blurred = sum(rolled(clean, right * k // 5, down * k // 5) for k in (-2, -1, 0, 1, 2)) / 5
        assert isinstance(blurred, Tensor)
        samples = along(blurred, everywhere(right, down))[inner].flatten(3)[0, :, 0].T.double()
        missing = (clean - blurred)[inner].flatten().double()
        if fitted is None:
            fitted = torch.linalg.lstsq(samples, missing).solution
        else:
            assert float((samples @ fitted - missing).square().mean()) < 0.5 * float(missing.square().mean())


def test_the_motion_of_a_frame_is_the_mean_of_its_neighbours() -> None:
    ahead, back = [everywhere(2, 0, 4), everywhere(4, 1, 4)], [everywhere(-2, 0, 4), everywhere(-4, -1, 4)]
    found = [tuple(v[0, :, 0, 0].tolist()) for v in velocities(ahead, back)]
    assert found == [(2.0, 0.0), (3.0, 0.5), (4.0, 1.0)]


def test_flows_between_the_frames_of_a_sliding_picture_are_its_motion() -> None:
    clip = torch.stack([rolled(texture(96), 2 * t, -t) for t in range(3)], dim=1)
    ahead, back = flows_between(clip)
    inner = (..., slice(24, -24), slice(24, -24))
    for forth, behind in zip(ahead, back, strict=True):
        assert float((forth - everywhere(2, -1, 96))[inner].abs().max()) < 0.1
        assert float((behind + everywhere(2, -1, 96))[inner].abs().max()) < 0.1


@pytest.mark.parametrize("angle", [0.0, 0.7, 2.5])
def test_a_streak_is_the_same_for_a_motion_and_its_opposite(angle: float) -> None:
    right, down = float(6 * np.cos(angle)), float(6 * np.sin(angle))
    found = streaks(everywhere(right, down, 2))
    assert torch.allclose(found, streaks(everywhere(-right, -down, 2)))
    expected = torch.tensor([6.0, 6 * np.cos(2 * angle), 6 * np.sin(2 * angle)], dtype=torch.float32) / 8
    assert torch.allclose(found[0, :, 0, 0], expected, atol=1e-5)
