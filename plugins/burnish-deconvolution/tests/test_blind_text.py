"""The prior of text."""

import torch
from burnish_deconvolution.blind.latent import LatentPrior, latent
from burnish_deconvolution.blind.text import toned, two_toned, two_tones

IMPULSE = torch.tensor([[0.0, 0, 0], [0, 1, 0], [0, 0, 0]])


def page() -> torch.Tensor:
    """64,64: bright strokes on a dark ground."""
    grey = torch.full((64, 64), 0.1)
    grey[8:56:6, 6:58] = 0.9
    return grey


def test_the_tones_are_those_of_ground_and_strokes() -> None:
    low, high = two_tones(page())
    assert abs(low - 0.1) < 1e-6
    assert abs(high - 0.9) < 1e-6


def test_only_values_near_a_tone_take_it() -> None:
    result = toned(torch.tensor([[0.05, 0.3, 0.55, 0.95]]), (0.0, 1.0), threshold=0.01)
    assert torch.equal(result, torch.tensor([[0.0, 0.3, 0.55, 1.0]]))


def test_text_is_two_toned_and_a_ramp_or_a_flat_picture_is_not() -> None:
    ramp = torch.linspace(0, 1, 4096).view(64, 64)
    noisy = page() + 0.02 * torch.randn(64, 64, generator=torch.Generator().manual_seed(0))
    assert two_toned(noisy) > 0.9
    assert two_toned(ramp) < 0.35
    assert two_toned(torch.full((64, 64), 0.5)) == 0.0


def test_the_prior_of_text_pulls_pixels_to_the_tones() -> None:
    noisy = page() + 0.05 * torch.randn(64, 64, generator=torch.Generator().manual_seed(1))
    tones = (0.1, 0.9)
    without = latent(noisy, IMPULSE, LatentPrior(gradient=1e-4))
    judged = latent(noisy, IMPULSE, LatentPrior(gradient=1e-4, tone=0.05, tones=tones))
    assert (judged - page()).abs().mean() < 0.5 * (without - page()).abs().mean()
