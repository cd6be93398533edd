"""Fourier burst accumulation: of differently shaken frames, takes each frequency from those that preserved it."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

POWER = 11.0
"""How strongly the frame that kept a frequency best is preferred; 0: the mean of the frames."""

WINDOW = 8.0
"""Standard deviation in pixels of the Gaussian by which magnitudes are smoothed, seen from the picture's side: 1 / (2π)
of the paper's 50."""

MARGIN = 16
"""Pixels at every side by which frames are mirrored, so that opposite borders do not meet."""


def accumulated(frames: Tensor) -> Tensor:
    """``F⁻¹ Σ wₜ F(yₜ)`` with ``wₜ = mₜ^p / Σ m^p``, m the smoothed magnitude: N,T,C,H,W → N,C,H,W; float32.

    A shake never strengthens a frequency; so the frame with the largest magnitude is the one least blurred there. The
    magnitude is the mean over the channels. Frames must be aligned. One frame is returned as it is (up to rounding).

    Reference: M. Delbracio, G. Sapiro, "Removing camera shake via weighted Fourier burst accumulation",
    doi:10.1109/TIP.2015.2442914.
    """
    with torch.no_grad(), torch.autocast(frames.device.type, enabled=False):
        height, width = frames.shape[-2:]
        margin = min(MARGIN, height - 1, width - 1)
        padded = functional.pad(frames.float().flatten(0, 1), (margin,) * 4, mode="reflect")
        spectrum = torch.fft.rfft2(padded).reshape(*frames.shape[:3], padded.shape[-2], -1)
        magnitude = _smoothed(spectrum.abs().mean(2, keepdim=True), padded.shape[-1])
        weight = (magnitude / magnitude.amax(1, keepdim=True).clamp_min(1e-20)) ** POWER
        mixed = (weight * spectrum).sum(1) / weight.sum(1)
        whole: Tensor = torch.fft.irfft2(mixed, s=(padded.shape[-2], padded.shape[-1]))
        return whole[..., margin : margin + height, margin : margin + width].contiguous()


def _smoothed(magnitude: Tensor, width: int) -> Tensor:
    """Magnitudes …,H,⌊W/2⌋+1 convolved with a Gaussian, by multiplication in the picture domain."""
    height = magnitude.shape[-2]
    picture = torch.fft.irfft2(magnitude, s=(height, width))
    down, right = (_falling(side, magnitude) for side in (height, width))
    smooth: Tensor = torch.fft.rfft2(picture * down[:, None] * right).real
    return smooth.clamp_min(1e-12)


def _falling(side: int, like: Tensor) -> Tensor:
    """A Gaussian of the distance to 0 on a circle of ``side`` pixels."""
    place = torch.arange(side, device=like.device, dtype=like.dtype)
    return torch.exp(-0.5 * (torch.minimum(place, side - place) / WINDOW).square())
