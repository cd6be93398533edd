"""ADMM for total variation: its operators, its objective, its border."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from burnish_deconvolution.model.blur import Blur
from burnish_deconvolution.model.canvas import canvas_for
from burnish_deconvolution.solvers.admm_tv import AdmmTV, gradient, gradient_adjoint
from torch import Tensor

Scene = Callable[..., Tensor]
Blurred = Callable[..., tuple[Tensor, Tensor]]

TOLD = {"sigma": torch.tensor([0.01])}


def test_the_adjoint_of_the_gradient_is_its_transpose() -> None:
    x, down, right = torch.rand(3, 1, 1, 7, 9, dtype=torch.float64)
    left = sum((a * b).sum() for a, b in zip(gradient(x), (down, right), strict=True))
    assert torch.allclose(torch.as_tensor(left), (x * gradient_adjoint([down, right])).sum())


def test_no_small_change_lowers_the_objective(scene: Scene, shake: Tensor, blurred: Blurred) -> None:
    degraded, _ = blurred(scene(32, 36).double(), shake.double(), sigma=0.01, boundary="circular")
    blur = Blur(shake[None].double(), canvas_for(32, 36, side=13, boundary="circular"))

    def objective(x: Tensor) -> float:
        lengths = (gradient(x)[0].square() + gradient(x)[1].square()).sqrt().sum()
        return float(0.5 * (blur.forward(x) - degraded).square().sum() + 10 * 1e-4 * lengths)

    found = AdmmTV(iterations=600, boundary="circular")(degraded, kernel=shake[None].double(), **TOLD)
    least, generator = objective(found), torch.Generator().manual_seed(0)
    for size in (1e-2, 1e-3):
        for _ in range(10):
            change = size * torch.randn(found.shape, generator=generator, dtype=torch.float64)
            assert objective(found + change) > least
        assert objective(found + size * (degraded - found)) > least


def test_the_split_iteration_agrees_with_the_whole_one_where_both_know_all(scene: Scene, shake: Tensor) -> None:
    grey = torch.full((1, 1, 24, 24), 0.3)
    found = AdmmTV()(grey, kernel=shake[None], **TOLD)
    assert torch.allclose(found, grey, atol=1e-3)


@pytest.mark.parametrize("boundary", ["circular", "unknown"])
def test_it_gains_far_more_than_half_of_the_error(boundary: str, scene: Scene, shake: Tensor, blurred: Blurred) -> None:
    degraded, clean = blurred(scene(96, 96), shake, sigma=0.01, boundary=boundary)
    found = AdmmTV(boundary=boundary)(degraded, kernel=shake[None], **TOLD)  # type: ignore[arg-type]
    assert (found - clean).square().mean() < 0.15 * (degraded - clean).square().mean()
