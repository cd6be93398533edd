"""The relativistic average losses against their formulas written out, and where they are least."""

from __future__ import annotations

import math

import pytest
import torch
from burnish_gan.relativistic import Form, critic_loss, generator_loss

REAL, RESTORED = [0.3, -1.2, 2.0], [0.1, 0.9, -0.4]


def sigmoid(x: float) -> float:
    return 1.0 / (1.0 + math.exp(-x))


def test_least_squares_is_equation_3_of_deblurgan_v2() -> None:
    mean_real, mean_restored = sum(REAL) / 3, sum(RESTORED) / 3
    expected = sum((r - mean_restored - 1) ** 2 for r in REAL) / 3 + sum((f - mean_real + 1) ** 2 for f in RESTORED) / 3
    found = critic_loss(torch.tensor(REAL), torch.tensor(RESTORED), "least-squares")
    assert float(found) == pytest.approx(expected, rel=1e-6)


def test_logistic_is_equations_1_and_2_of_esrgan() -> None:
    mean_real, mean_restored = sum(REAL) / 3, sum(RESTORED) / 3
    critic = -sum(math.log(sigmoid(r - mean_restored)) for r in REAL) / 3
    critic -= sum(math.log(1 - sigmoid(f - mean_real)) for f in RESTORED) / 3
    generator = -sum(math.log(1 - sigmoid(r - mean_restored)) for r in REAL) / 3
    generator -= sum(math.log(sigmoid(f - mean_real)) for f in RESTORED) / 3
    real, restored = torch.tensor(REAL), torch.tensor(RESTORED)
    assert float(critic_loss(real, restored, "logistic")) == pytest.approx(critic, rel=1e-6)
    assert float(generator_loss(real, restored, "logistic")) == pytest.approx(generator, rel=1e-6)


@pytest.mark.parametrize("form", ["least-squares", "logistic"])
def test_the_critic_gains_and_the_generator_loses_by_telling_real_from_restored(form: Form) -> None:
    same, apart = torch.zeros(4), torch.full((4,), 0.5)
    assert critic_loss(apart, -apart, form) < critic_loss(same, same, form)
    assert generator_loss(apart, -apart, form) > generator_loss(same, same, form)


@pytest.mark.parametrize("form", ["least-squares", "logistic"])
def test_what_is_added_to_all_logits_alike_changes_nothing(form: Form) -> None:
    real, restored = torch.tensor(REAL), torch.tensor(RESTORED)
    assert float(critic_loss(real + 5, restored + 5, form)) == pytest.approx(
        float(critic_loss(real, restored, form)), rel=1e-5
    )


def test_least_squares_is_zero_where_real_is_one_above_restored() -> None:
    assert float(critic_loss(torch.full((3,), 1.0), torch.zeros(3), "least-squares")) == 0.0
