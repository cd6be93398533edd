"""The noise model of a sensor."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest
import torch
from burnish.errors import ConfigError
from burnish.ops.noise import NoiseModel
from hypothesis import given
from hypothesis import strategies as st

NUMBERS = st.floats(0.0, 1.0)


def test_a_model_without_values_has_no_noise() -> None:
    assert NoiseModel().variance(torch.rand(2, 3, 4, 5)).eq(0.0).all()


@given(gain=NUMBERS, read=NUMBERS, offset=st.floats(-0.5, 0.5), x=st.floats(-1.0, 2.0))
def test_the_variance_is_gain_times_light_plus_the_square_of_the_read_noise(
    gain: float, read: float, offset: float, x: float
) -> None:
    found = NoiseModel(gain, read, offset).variance(torch.tensor([x], dtype=torch.float64))
    assert found.item() == pytest.approx(gain * max(x - offset, 0.0) + read**2, abs=1e-12)


def test_the_variance_has_the_shape_and_type_of_the_picture() -> None:
    found = NoiseModel(gain=0.01, read_noise=0.1, offset=0.02).variance(torch.zeros(2, 3, 4, 5))
    assert found.shape == (2, 3, 4, 5)
    assert found.dtype == torch.float32


def test_the_variance_is_that_of_photons_and_reading_as_they_are_drawn() -> None:
    model, x = NoiseModel(gain=0.02, read_noise=0.03, offset=0.1), 0.4
    generator = torch.Generator().manual_seed(0)
    photons = torch.poisson(torch.full((400_000,), (x - 0.1) / 0.02, dtype=torch.float64), generator=generator)
    drawn = 0.1 + 0.02 * photons + 0.03 * torch.randn(400_000, generator=generator, dtype=torch.float64)
    assert drawn.mean().item() == pytest.approx(x, abs=1e-3)
    assert drawn.var().item() == pytest.approx(model.variance(torch.tensor([x])).item(), rel=0.02)


def test_below_the_offset_only_the_read_noise_is_left() -> None:
    assert NoiseModel(gain=1.0, read_noise=0.5, offset=0.3).variance(torch.tensor([-1.0, 0.3])).tolist() == [0.25, 0.25]


@pytest.mark.parametrize(
    "values", [{"gain": -0.1}, {"read_noise": -0.1}, {"gain": float("nan")}, {"offset": float("inf")}]
)
def test_an_impossible_value_is_refused_by_name(values: dict[str, float]) -> None:
    with pytest.raises(ConfigError, match=next(iter(values))):
        NoiseModel(**values)


def test_a_model_is_frozen_and_can_be_a_key() -> None:
    model = NoiseModel(gain=0.1)
    assert {model: 1}[NoiseModel(0.1)] == 1
    with pytest.raises(FrozenInstanceError):
        model.gain = 0.2  # type: ignore[misc]
