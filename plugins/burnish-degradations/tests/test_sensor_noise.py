"""Shot and read noise have the mean and the variance of the model, on values and on light."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from burnish.ops.noise import NoiseModel
from burnish_degradations.sensor_noise import SensorNoise
from scipy import stats

LEVELS = (0.0, 0.1, 0.5, 1.0)


def _flat() -> torch.Tensor:
    return torch.stack([torch.full((1, 200, 200), level) for level in LEVELS])


def _noisy(clean: torch.Tensor, **settings: float) -> torch.Tensor:
    return SensorNoise(**settings)(clean, torch.Generator().manual_seed(1)).degraded


@pytest.mark.parametrize(("gain", "read"), [(0.02, 0.0), (0.005, 0.03), (0.0, 0.05)])
def test_mean_is_the_picture_and_variance_grows_linearly_with_it(gain: float, read: float) -> None:
    noisy = _noisy(_flat(), gain=gain, read=read).double()
    for picture, level in zip(noisy, LEVELS, strict=True):
        variance = gain * level + read**2
        assert float(picture.mean()) == pytest.approx(level, abs=4 * variance**0.5 / 200 + 1e-7)
        assert float(picture.var()) == pytest.approx(variance, rel=0.05, abs=1e-12)


def test_counts_follow_scipys_poisson_distribution() -> None:
    counts = (_noisy(torch.full((1, 1, 200, 200), 0.5), gain=0.125, read=0.0) / 0.125).numpy().ravel()
    assert np.array_equal(counts, counts.round())
    seen = np.bincount(counts.astype(int), minlength=13)[:13]
    wanted = stats.poisson(4.0).pmf(np.arange(13)) * 40000
    assert stats.chisquare([*seen, 40000 - seen.sum()], [*wanted, 40000 - wanted.sum()]).pvalue > 1e-3


def test_in_linear_light_dark_values_are_spread_by_the_slope_of_the_root() -> None:
    clean = torch.full((1, 1, 300, 300), 0.4)
    light, read = 0.4**2.2, 0.004
    noisy = _noisy(clean, gain=0.0, read=read, gamma=2.2)
    assert float(noisy.std()) == pytest.approx(read / (2.2 * 0.4**1.2), rel=0.02)
    assert float((noisy**2.2).mean()) == pytest.approx(light, rel=0.01)


def test_sigma_is_the_root_mean_square_of_the_noise_that_came_out() -> None:
    made = SensorNoise(gain=[0.0, 0.02], read=[0.0, 0.05])(_flat(), torch.Generator().manual_seed(1))
    rms = (made.degraded - made.target).square().mean(dim=(1, 2, 3)).sqrt()
    assert torch.allclose(made.conditions["sigma"], rms)


def test_without_gain_and_reading_nothing_happens_and_light_is_never_negative() -> None:
    picture = torch.rand(2, 3, 9, 9, generator=torch.Generator().manual_seed(0))
    assert torch.equal(_noisy(picture, gain=0.0, read=0.0), picture)
    assert float(_noisy(picture - 0.5, gain=0.1, read=0.0).min()) == 0.0


def test_light_is_counted_above_the_offset_and_what_is_below_keeps_its_mean() -> None:
    noisy = _noisy(_flat(), gain=0.02, read=0.01, offset=0.1).double()
    for picture, level in zip(noisy, LEVELS, strict=True):
        variance = 0.02 * max(level - 0.1, 0.0) + 0.01**2
        assert float(picture.mean()) == pytest.approx(level, abs=4 * variance**0.5 / 200 + 1e-7)
        assert float(picture.var()) == pytest.approx(variance, rel=0.05)


def test_a_negative_offset_is_light_that_is_always_there() -> None:
    noisy = _noisy(_flat(), gain=0.02, read=0.0, offset=-0.2).double()
    for picture, level in zip(noisy, LEVELS, strict=True):
        assert float(picture.mean()) == pytest.approx(level, abs=4 * (0.02 * (level + 0.2)) ** 0.5 / 200)
        assert float(picture.var()) == pytest.approx(0.02 * (level + 0.2), rel=0.05)


def test_the_variance_is_that_of_the_public_noise_model() -> None:
    model = NoiseModel(gain=0.01, read_noise=0.02, offset=0.3)
    noisy = _noisy(_flat(), gain=model.gain, read=model.read_noise, offset=model.offset).double()
    found = noisy.var(dim=(1, 2, 3))
    assert torch.allclose(found, model.variance(torch.tensor(LEVELS, dtype=torch.float64)), rtol=0.05)


def test_without_an_offset_the_noise_is_what_it_was_to_the_bit() -> None:
    assert torch.equal(_noisy(_flat(), gain=0.02, read=0.01), _noisy(_flat(), gain=0.02, read=0.01, offset=0.0))
