"""Direct iteration against the closed form of a linear Gaussian problem.

x has variance p², y = x + σ n. Then x_t = x + t σ n, and the exact prediction is the linear regression
F(x_t, t) = p² / (p² + t² σ²) · x_t.
"""

from __future__ import annotations

import math

import pytest
import torch
from burnish_diffusion.direct_iteration import between, iterate, noised
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

POSITIVE = st.floats(0.4, 2.0)


def exact(prior: float, sigma: float) -> object:
    def prediction(state: Tensor, time: Tensor) -> Tensor:
        gain = prior**2 / (prior**2 + time.square() * sigma**2)
        return gain.view(-1, 1, 1, 1) * state

    return prediction


def degraded() -> Tensor:
    return torch.randn(2, 3, 4, 5, generator=torch.Generator().manual_seed(0)).double()


@given(POSITIVE, POSITIVE)
def test_one_step_gives_the_posterior_s_mean(prior: float, sigma: float) -> None:
    y = degraded()
    mean = prior**2 / (prior**2 + sigma**2) * y
    assert torch.allclose(iterate(exact(prior, sigma), y, 1), mean)  # type: ignore[arg-type]


@settings(max_examples=8)
@given(POSITIVE, POSITIVE)
def test_many_steps_give_pictures_as_varied_as_clean_ones(prior: float, sigma: float) -> None:
    """The limit solves dx/dt = (x − F(x, t)) / t: x₀ = y p / √(p² + σ²), whose variance is p²."""
    y = degraded()
    expected = prior / math.sqrt(prior**2 + sigma**2) * y
    found = iterate(exact(prior, sigma), y, 1000)  # type: ignore[arg-type]
    assert torch.allclose(found, expected, rtol=5e-3)


@pytest.mark.parametrize("steps", [2, 3, 8])
def test_the_steps_between_are_the_product_of_their_factors(steps: int) -> None:
    y, prior, sigma = degraded(), 0.7, 1.1
    factor = 1.0
    for k in range(steps):
        time, delta = 1.0 - k / steps, 1.0 / steps
        gain = prior**2 / (prior**2 + time**2 * sigma**2)
        factor *= delta / time * gain + 1.0 - delta / time
    assert torch.allclose(iterate(exact(prior, sigma), y, steps), factor * y)  # type: ignore[arg-type]


@pytest.mark.parametrize("steps", [1, 2, 7])
def test_a_prediction_that_knows_the_answer_gives_it_in_any_number_of_steps(steps: int) -> None:
    clean = degraded().roll(1, 0)
    assert torch.allclose(iterate(lambda state, time: clean, degraded(), steps), clean)


@pytest.mark.parametrize("steps", [1, 4])
def test_the_state_lies_between_clean_and_degraded_at_the_time_that_is_told(steps: int) -> None:
    y, clean = degraded(), degraded().flip(0)
    seen = []

    def prediction(state: Tensor, time: Tensor) -> Tensor:
        assert torch.allclose(state, between(clean, y, time))
        seen.append(float(time[0]))
        return clean

    iterate(prediction, y, steps)
    assert seen == pytest.approx([1.0 - k / steps for k in range(steps)])


def test_the_way_leads_from_the_clean_picture_to_the_degraded_one() -> None:
    clean, y = degraded(), degraded().flip(0)
    assert torch.equal(between(clean, y, torch.zeros(2)), clean)
    assert torch.equal(between(clean, y, torch.ones(2)), y)
    mixed = between(clean, y, torch.tensor([0.25, 0.75]))
    assert torch.allclose(mixed[1], 0.25 * clean[1] + 0.75 * y[1])


def test_noise_depends_on_the_seed_alone_and_has_the_deviation() -> None:
    picture = torch.zeros(2, 3, 64, 64)
    first, again, other = noised(picture, 0.2, 1), noised(picture, 0.2, 1), noised(picture, 0.2, 2)
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert torch.equal(first[0], first[1])
    assert float(first.std()) == pytest.approx(0.2, rel=0.03)
    assert torch.equal(noised(picture, 0.0, 1), picture)
