"""Pictures looked up along a flow: what the cubic must reproduce exactly."""

import numpy as np
import torch
from burnish_optical_flow.flow import warping
from burnish_optical_flow.flow.warping import inside, warp
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor


def grid(height: int, width: int) -> tuple[Tensor, Tensor]:
    y, x = torch.meshgrid(torch.arange(height).double(), torch.arange(width).double(), indexing="ij")
    return y, x


@given(dx=st.floats(-2, 2), dy=st.floats(-2, 2), seed=st.integers(0, 99))
def test_a_quadratic_picture_is_reproduced_exactly_between_its_pixels(dx: float, dy: float, seed: int) -> None:
    a, b, c, d, e = torch.rand(5, generator=torch.Generator().manual_seed(seed)).double().tolist()
    y, x = grid(14, 17)
    flow = torch.stack([torch.full_like(x, dx), torch.full_like(x, dy)])[None]
    picture = (a * x * x + b * y * y + c * x * y + d * x + e)[None, None]
    y, x = y + dy, x + dx
    wanted = a * x * x + b * y * y + c * x * y + d * x + e
    inner = (..., slice(4, -4), slice(4, -4))
    torch.testing.assert_close(warp(picture, flow)[inner], wanted[None, None][inner])


def test_a_whole_shift_moves_pixels_unchanged_and_repeats_the_border() -> None:
    picture = torch.rand(2, 3, 9, 11)
    flow = torch.zeros(2, 2, 9, 11)
    flow[:, 0], flow[:, 1] = 2, -1
    wanted = picture[:, :, (torch.arange(9) - 1).clamp(0)][..., (torch.arange(11) + 2).clamp(max=10)]
    torch.testing.assert_close(warp(picture, flow), wanted)


def test_no_motion_changes_nothing() -> None:
    picture = torch.rand(1, 1, 1, 1)
    assert torch.equal(warp(picture, torch.zeros(1, 2, 1, 1)), picture)


def test_strips_are_not_seen(monkeypatch) -> None:
    generator = torch.Generator().manual_seed(0)
    picture = torch.rand(2, 3, 31, 23, generator=generator)
    flow = 3 * torch.randn(2, 2, 31, 23, generator=generator)
    whole = warp(picture, flow)
    monkeypatch.setattr(warping, "STRIP", 50)
    assert torch.equal(warp(picture, flow), whole)


def test_inside_says_which_places_lie_within_the_picture() -> None:
    flow = torch.zeros(1, 2, 4, 5)
    flow[:, 0] = 1.5
    found = inside(flow)[0, 0].numpy()
    assert found.shape == (4, 5)
    assert np.array_equal(found, np.array([[True, True, True, False, False]] * 4))
