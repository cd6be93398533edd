"""Evidence for kernels."""

from collections.abc import Callable

import pytest
import torch
from burnish_deconvolution.blind.evidence import Judge, impulse
from burnish_deconvolution.blind.pyramid import enlarged

Photographed = Callable[[torch.Tensor], torch.Tensor]


@pytest.fixture(scope="module")
def judge(photographed: Photographed, hook: torch.Tensor) -> Judge:
    return Judge(photographed(hook))


def test_the_true_kernel_costs_less_than_none_a_larger_one_and_another_one(judge: Judge, hook: torch.Tensor) -> None:
    others = [impulse(hook), enlarged(hook, largest=15, free=True), hook.flip(0, 1), hook.mT.contiguous()]
    assert all(judge.cost(hook) < judge.cost(other) - 0.1 for other in others)


def test_of_a_sharp_picture_no_blur_costs_least(rectangles: torch.Tensor, hook: torch.Tensor) -> None:
    noise = 0.004 * torch.randn(rectangles.shape, generator=torch.Generator().manual_seed(0))
    sharp = Judge(rectangles + noise)
    assert sharp.cost(impulse(hook)) < sharp.cost(hook) - 0.1


def test_zeros_around_a_kernel_change_its_cost_little(judge: Judge, hook: torch.Tensor) -> None:
    wide = torch.nn.functional.pad(hook, (2, 2, 2, 2))
    assert judge.cost(wide) == pytest.approx(judge.cost(hook), abs=0.02)


def test_clipped_lights_do_not_count_against_the_true_kernel(photographed: Photographed, hook: torch.Tensor) -> None:
    scene = photographed(hook)
    scene[20:40, 20:40] = 1.0
    clipped = Judge(scene)
    assert clipped.cost(hook) < clipped.cost(impulse(hook)) - 0.1
    assert int(clipped.clipped.sum()) >= 400


def test_the_cost_of_a_flat_picture_is_finite(hook: torch.Tensor) -> None:
    cost = Judge(torch.full((40, 40), 0.5)).cost(hook)
    assert torch.isfinite(torch.tensor(cost))
