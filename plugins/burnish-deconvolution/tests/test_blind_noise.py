"""The noise of a blurred picture."""

import pytest
import torch
from burnish_deconvolution.blind.noise import QUANTISATION, noise_level


def smooth(side: int = 160) -> torch.Tensor:
    place = torch.linspace(0, 6, side)
    return 0.5 + 0.2 * torch.sin(place)[:, None] * torch.cos(place)[None]


@pytest.mark.parametrize("sigma", [0.005, 0.02, 0.1])
def test_white_noise_on_a_smooth_picture_is_measured_to_a_tenth(sigma: float) -> None:
    noisy = smooth() + sigma * torch.randn(160, 160, generator=torch.Generator().manual_seed(1))
    assert noise_level(noisy) == pytest.approx(sigma, rel=0.1)


def test_clipped_areas_do_not_hide_the_noise() -> None:
    noisy = smooth() + 0.02 * torch.randn(160, 160, generator=torch.Generator().manual_seed(1))
    noisy[:120] = 1.0
    assert noise_level(noisy) == pytest.approx(0.02, rel=0.15)


def test_less_noise_than_that_of_rounding_to_8_bit_is_not_believed() -> None:
    assert noise_level(smooth()) == QUANTISATION
    assert noise_level(torch.ones(1, 1)) == QUANTISATION
