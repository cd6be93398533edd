"""The noise's variance: affine in the value, each picture its own, unbiased when taken from noisy values."""

from __future__ import annotations

import torch
from burnish_self_supervised.methods.noise_level import NoiseLevel


def test_it_is_gain_times_what_is_above_the_offset_plus_the_read_noise_squared() -> None:
    level = NoiseLevel(
        gain=torch.tensor([0.0, 0.5]), read_noise=torch.tensor([0.1, 0.2]), offset=torch.tensor([0.3, 0.1])
    )
    found = level.variance(torch.full((2, 1, 1, 2), 0.7))
    assert torch.allclose(found[0], torch.full((1, 1, 2), 0.01))
    assert torch.allclose(found[1], torch.full((1, 1, 2), 0.34))


def test_of_noisy_values_its_mean_is_that_of_the_clean_one() -> None:
    generator = torch.Generator().manual_seed(0)
    level = NoiseLevel(gain=torch.tensor([0.02]), read_noise=torch.tensor([0.03]), offset=torch.tensor([0.1]))
    clean = torch.full((1, 1, 300, 300), 0.11)
    noisy = 0.1 + 0.02 * torch.poisson((clean - 0.1) / 0.02, generator=generator)
    noisy += 0.03 * torch.randn(clean.shape, generator=generator)
    found = level.variance(noisy)
    assert float(found.min()) < 0.0, "it is not clipped"
    assert abs(float(found.mean() - level.variance(clean).mean())) < 5 * float(found.std()) / 300
    assert abs(float(noisy.var() - level.variance(clean).mean())) < 3e-5
