"""Occlusion of a linear network is known in closed form."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from burnish.explaining.occlusion import SQUARES, occluded, side_for
from burnish.explaining.subject import Subject
from burnish.inference import Restorer

pytest.importorskip("captum", reason="the extra burnish[explain] is not installed")


def test_a_square_of_a_linear_network_loses_what_it_adds(asked: Callable[..., Subject], smooth: Restorer) -> None:
    one = asked(smooth, 20, 16, 8, 8, detector="level")
    seen = one.seen
    found = occluded(one.detect, seen, torch.zeros_like(seen), 4)
    point = seen.clone().requires_grad_()
    (weights,) = torch.autograd.grad(one.detect(point).sum(), point)
    wanted = torch.nn.functional.avg_pool2d(weights * seen, 4, stride=4, ceil_mode=True)
    torch.testing.assert_close(found[..., ::4, ::4].float()[..., :2, :2], wanted[..., :2, :2], atol=1e-6, rtol=0.0)
    assert float(found.sum()) == pytest.approx(float(one.detect(seen)), rel=1e-4)


def test_the_squares_of_a_clip_are_larger_so_that_no_more_are_tried() -> None:
    single, clip = torch.zeros(1, 3, 60, 60), torch.zeros(1, 9, 3, 60, 60)
    for picture, frames in ((single, 1), (clip, 9)):
        side = side_for(picture)
        assert frames * (60 / side) ** 2 <= SQUARES
