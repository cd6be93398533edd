"""The losses against closed forms and against torch's own."""

from __future__ import annotations

import pytest
import torch
from burnish.training.optim.losses import EPSILON, LOSSES


def test_l1_and_l2_are_those_of_torch() -> None:
    estimate, target = torch.rand(2, 3, 5, 7), torch.rand(2, 3, 5, 7)
    torch.testing.assert_close(LOSSES["l1"](estimate, target), torch.nn.functional.l1_loss(estimate, target))
    torch.testing.assert_close(LOSSES["l2"](estimate, target), torch.nn.functional.mse_loss(estimate, target))


def test_charbonnier_of_a_constant_difference_is_its_closed_form() -> None:
    target = torch.rand(2, 3, 4, 4, dtype=torch.float32)
    for difference in (0.0, 1e-3, 0.3):
        loss = LOSSES["charbonnier"](target + difference, target)
        assert float(loss) == pytest.approx((difference**2 + EPSILON**2) ** 0.5, rel=1e-4)


def test_charbonnier_has_a_gradient_where_the_estimate_is_perfect() -> None:
    estimate = torch.rand(1, 1, 4, 4, requires_grad=True)
    LOSSES["charbonnier"](estimate, estimate.detach().clone()).backward()
    assert estimate.grad is not None
    assert torch.equal(estimate.grad, torch.zeros_like(estimate.grad))


def test_rmse_is_the_mean_of_each_pictures_root_mean_square() -> None:
    estimate, target = torch.rand(3, 3, 5, 7), torch.rand(3, 3, 5, 7)
    each = [torch.nn.functional.mse_loss(x, y).sqrt() for x, y in zip(estimate, target, strict=True)]
    torch.testing.assert_close(LOSSES["rmse"](estimate, target), torch.stack(each).mean(), rtol=1e-4, atol=0)


def test_rmse_counts_a_hopeless_picture_by_its_deviation_not_its_square() -> None:
    estimate = torch.zeros(2, 1, 4, 4, requires_grad=True)
    target = torch.stack([torch.full((1, 4, 4), 0.01), torch.full((1, 4, 4), 0.5)])
    LOSSES["rmse"](estimate, target).backward()
    assert estimate.grad is not None
    easy, hopeless = estimate.grad.flatten(1).norm(dim=1)
    assert float(easy) == pytest.approx(float(hopeless), rel=0.01)


def test_rmse_has_a_gradient_where_the_estimate_is_perfect() -> None:
    estimate = torch.rand(1, 1, 4, 4, requires_grad=True)
    LOSSES["rmse"](estimate, estimate.detach().clone()).backward()
    assert estimate.grad is not None
    assert torch.equal(estimate.grad, torch.zeros_like(estimate.grad))


def test_a_reduced_precision_estimate_is_compared_in_float32() -> None:
    for loss in LOSSES.values():
        assert loss(torch.rand(1, 1, 4, 4).bfloat16(), torch.rand(1, 1, 4, 4)).dtype == torch.float32
