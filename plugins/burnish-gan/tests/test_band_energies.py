"""The content loss: zero for equals, closed form of a ramp, and what it punishes more than pixels do."""

from __future__ import annotations

import math

import pytest
import torch
from burnish_gan.band_energies import BandEnergies
from torch import Tensor
from torch.nn import functional


def texture(seed: int = 0, side: int = 96) -> Tensor:
    """Noise of no preferred scale: its amplitude falls with frequency as that of photographs."""
    noise = torch.randn(2, 3, side, side, generator=torch.Generator().manual_seed(seed))
    picture = torch.full_like(noise, 0.5)
    for cells in (6, 12, 24, 48, 96):
        picture += 0.6 / cells * functional.interpolate(noise[..., :cells, :cells], size=(side, side), mode="bilinear")
    return picture


def with_error(target: Tensor, direction: Tensor, mean_square: float) -> Tensor:
    return target + direction * (mean_square / direction.square().mean()).sqrt()


def smoothing(target: Tensor) -> Tensor:
    kernel = torch.outer(torch.tensor([1.0, 4.0, 6.0, 4.0, 1.0]), torch.tensor([1.0, 4.0, 6.0, 4.0, 1.0])) / 256
    padded = functional.pad(target, (2, 2, 2, 2), mode="reflect").flatten(0, 1)[:, None]
    return functional.conv2d(padded, kernel[None, None]).reshape(target.shape) - target


def test_equal_pictures_are_at_zero_and_others_above() -> None:
    content, target = BandEnergies(), texture()
    assert float(content(target, target)) == 0.0
    assert float(content(target + 0.01 * texture(1), target)) > 0.0


def test_brightness_alone_costs_nothing() -> None:
    assert float(BandEnergies()(texture() + 0.1, texture())) == pytest.approx(0.0, abs=1e-6)


def test_a_ramp_against_a_plane_has_the_closed_form() -> None:
    """Of slope s a pixel only the first of the five bands is not zero: s, 2s and 4s at the three scales."""
    slope = 0.01
    ramp = (slope * torch.arange(64.0)).expand(1, 1, 64, 64)
    expected = sum(s / 5 + (math.hypot(s, 0.01) - 0.01) / 5 for s in (slope, 2 * slope, 4 * slope)) / 3
    assert float(BandEnergies()(ramp, torch.zeros_like(ramp))) == pytest.approx(expected, rel=1e-4)


def test_of_equal_squared_error_smoothing_costs_more_than_too_much_contrast_or_brightness() -> None:
    content, target = BandEnergies(), texture()
    smooth = smoothing(target)
    error = float(smooth.square().mean())
    cost = float(content(target + smooth, target))
    contrast = with_error(target, target - target.mean(), error)
    brightness = with_error(target, torch.ones_like(target), error)
    assert cost > 1.5 * float(content(contrast, target))
    assert cost > 100.0 * float(content(brightness, target))


def test_a_texture_of_another_phase_costs_less_than_none() -> None:
    """What pixels get wrong: a fine grating that is a quarter period off has twice the error of none at all."""
    phase = torch.arange(64.0) * (2 * math.pi / 6)
    grating, shifted = (0.5 + 0.1 * torch.sin(phase + p).expand(1, 1, 64, 64) for p in (0.0, math.pi / 2))
    flat = torch.full_like(grating, 0.5)
    pixels = [float((picture - grating).square().mean()) for picture in (shifted, flat)]
    assert pixels[0] > 1.9 * pixels[1]
    content = BandEnergies()
    energies = [
        float(content._distance(picture, grating) - bands(content, picture, grating)) for picture in (shifted, flat)
    ]
    assert energies[0] < 0.2 * energies[1]


def bands(content: BandEnergies, x: Tensor, y: Tensor) -> Tensor:
    return (functional.conv2d(x, content.filters) - functional.conv2d(y, content.filters)).abs().mean()


def test_it_holds_nothing_that_belongs_in_a_checkpoint_and_reduced_precision_leaves_it_alone() -> None:
    content, target = BandEnergies(), texture()
    assert content.state_dict() == {}
    with torch.autocast("cpu", dtype=torch.bfloat16):
        reduced = content(target + 0.01, 0.9 * target)
    assert torch.equal(reduced, content(target + 0.01, 0.9 * target))
