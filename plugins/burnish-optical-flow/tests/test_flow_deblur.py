"""Deblurring by flow: what moves between frames is sharpened along its way."""

from collections.abc import Callable

import pytest
import torch
from burnish_optical_flow.deblurring.flow_deblur import FlowDeblur
from burnish_optical_flow.flow.warping import warp
from torch import Tensor

Moving = Callable[..., tuple[Tensor, ...]]


def scene() -> Tensor:
    """1,1,H,W of rectangles."""
    picture = torch.full((1, 1, 120, 140), 0.4)
    for top, left, value in torch.rand(70, 3, generator=torch.Generator().manual_seed(0)).tolist():
        y, x = int(top * 110), int(left * 130)
        picture[..., y : y + 12, x : x + 8 + y % 9] = 0.1 + 0.8 * value
    return picture


def exposures(sharp: Tensor, *, exposure: float, frames: int) -> Tensor:
    """1,T,1,H,W of a camera that turns and moves: each the mean of what it saw while the shutter was open."""
    generator = torch.tensor([[0.0, -0.04, 5.0], [0.04, 0.0, -2.0], [0.0, 0.0, 0.0]]).double()
    height, width = sharp.shape[-2:]
    y, x = torch.meshgrid(torch.arange(height).double(), torch.arange(width).double(), indexing="ij")
    x, y = x - width / 2, y - height / 2
    taken = []
    for index in range(frames):
        seen = []
        for time in torch.linspace(index - exposure / 2, index + exposure / 2, 17).tolist():
            way = torch.linalg.matrix_exp(generator * time)
            dx = way[0, 0] * x + way[0, 1] * y + way[0, 2] - x
            dy = way[1, 0] * x + way[1, 1] * y + way[1, 2] - y
            seen.append(warp(sharp, torch.stack([dx, dy])[None].float()))
        taken.append(torch.stack(seen).mean(0))
    return torch.stack(taken, dim=1)


def decibels(estimate: Tensor, clean: Tensor) -> float:
    return float(-10 * torch.log10((estimate - clean)[..., 16:-16, 16:-16].square().mean()))


@pytest.mark.parametrize("frames", [2, 4])
@pytest.mark.parametrize("estimator", ["dis", "lucas-kanade"])
def test_two_frames_and_more_gain_three_decibels(frames: int, estimator: str) -> None:
    clean = scene()
    burst = exposures(clean, exposure=0.8, frames=frames)
    with torch.no_grad():
        estimate = FlowDeblur(exposure=0.8, estimator=estimator)(burst)
    assert decibels(estimate, clean) > decibels(burst[:, 0], clean) + 3


def test_the_right_exposure_is_better_than_a_wrong_one() -> None:
    clean = scene()
    burst = exposures(clean, exposure=0.6, frames=2)
    found = {exposure: decibels(FlowDeblur(exposure=exposure)(burst), clean) for exposure in (0.2, 0.6, 1.0)}
    assert found[0.6] > max(found[0.2], found[1.0])


def test_one_frame_tells_no_motion_and_stays() -> None:
    frame = torch.rand(2, 1, 3, 12, 12)
    assert torch.equal(FlowDeblur()(frame), frame[:, 0])


def test_a_shutter_that_is_hardly_open_blurs_nothing() -> None:
    burst = exposures(scene(), exposure=0.0, frames=2)
    assert decibels(FlowDeblur(exposure=0.0)(burst), burst[:, 0]) > 35


def test_longer_motion_than_the_longest_is_held_to_it(moving: Moving) -> None:
    restorer = FlowDeblur(exposure=1.0, longest=3.0)
    seen = []
    restorer.deconvolve = lambda blur, blurred, start: seen.append(blur.margin) or start
    first, second, _ = moving([[1.0, 0.0], [0.0, 1.0]], [8.0, 0.0])
    restorer(torch.stack([first, second], dim=1))
    assert seen == [3]  # half of 3 pixels, rounded up, and one
