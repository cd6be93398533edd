"""The noise of a finished photograph: of a sensor below colour filters, then demosaiced, balanced and given a curve."""

from __future__ import annotations

import math
from typing import Any

import torch
from burnish.ops.transfer import S_RGB
from burnish.protocols import Observation
from torch import Tensor
from torch.nn import functional

from burnish_degradations.drawing import Range, draw_numbers, draw_seeds, seeded
from burnish_degradations.replayable import Parameters, Replayable

GREY = 0.5
"""The stored value at which ``sigma`` holds."""
BALANCE = (1.2, 2.4)
"""How much red and blue are amplified more than green."""
MATRIX = ((1.7, -0.5, -0.2), (-0.2, 1.5, -0.3), (0.0, -0.5, 1.5))
"""From a camera's colours to sRGB, a usual one; its strength is drawn."""
SPREAD = (0.0, 2.0)
"""Standard deviation in pixels of the further smoothing of the noise of colour."""
LUMA = (0.299, 0.587, 0.114)
SITES = ((0, 0), (0, 1), (1, 0), (1, 1))
"""Where red is in each square of two pixels a side; blue is diagonal to it."""
BORDER = 12
"""Pixels of noise beyond the picture, so that the interpolation has neighbours; even, so that sites stay."""


class CameraNoise(Replayable):
    """y = c(c⁻¹(x) + s(x)·u) with the curve c of sRGB: u is noise as it is after demosaicing, of mean square 1.

    Every site of the Bayer mosaic has noise of its own; red, green and blue are interpolated bilinearly, amplified by
    the white balance, mixed by a colour matrix, and smoothed as by a camera's own denoising: all by ``smoothing``
    (standard deviation in pixels), the noise of colour once more and weakened to the part ``chroma``. So the noise is
    correlated over a few pixels and between channels. Its strength follows the light L: s² = a·L + r², where ``shot``
    is the share of a·L at mid-grey, and ``sigma`` the standard deviation of the stored values there. The picture
    itself is not interpolated: it stays the exact target. Nothing is clipped.

    Grey pictures get the noise of the luma.

    Reference: Brooks et al. 2019, Unprocessing Images for Learned Raw Denoising, arXiv:1811.11127 (the chain).
    """

    def __init__(
        self,
        *,
        sigma: Range = (0.0, 0.1),
        shot: Range = (0.3, 1.0),
        smoothing: Range = (0.0, 1.0),
        chroma: Range = (0.2, 1.0),
    ) -> None:
        self.sigma, self.shot, self.smoothing, self.chroma = sigma, shot, smoothing, chroma

    def draw(self, shape: tuple[int, ...], generator: torch.Generator) -> dict[str, Any]:
        """The settings, ``red``, ``blue``, ``matrix``, ``spread`` of colour, ``site``, ``seed``: lists of N."""
        count = shape[0]
        return {
            "sigma": draw_numbers(self.sigma, count, generator),
            "shot": draw_numbers(self.shot, count, generator),
            "smoothing": draw_numbers(self.smoothing, count, generator),
            "chroma": draw_numbers(self.chroma, count, generator),
            "spread": draw_numbers(SPREAD, count, generator),
            "red": draw_numbers(BALANCE, count, generator),
            "blue": draw_numbers(BALANCE, count, generator),
            "matrix": draw_numbers((0.0, 1.0), count, generator),
            "site": torch.randint(0, len(SITES), (count,), generator=generator).tolist(),
            "seed": draw_seeds(count, generator),
        }

    def apply(self, clean: Tensor, parameters: Parameters) -> Observation:
        """N,C,H,W with C of 1 or 3 → the same size, target unchanged; ``sigma`` (N): root mean square of the noise."""
        drawn = [dict(zip(parameters, values, strict=True)) for values in zip(*parameters.values(), strict=True)]
        noisy = torch.stack([_photographed(picture, one) for picture, one in zip(clean, drawn, strict=True)])
        sigma = (noisy - clean).flatten(1).square().mean(dim=1).sqrt()
        return Observation(degraded=noisy, target=clean, conditions={"sigma": sigma}, parameters=dict(parameters))


def _photographed(picture: Tensor, drawn: Parameters) -> Tensor:
    if drawn["sigma"] == 0.0:
        return picture
    light = S_RGB.to_light(picture)
    grey = torch.tensor(GREY, dtype=picture.dtype, device=picture.device)
    variance = (drawn["sigma"] * S_RGB.slope(grey)) ** 2
    rise = drawn["shot"] * variance / S_RGB.to_light(grey)
    strength = (rise * light.clamp_min(0.0) + (1.0 - drawn["shot"]) * variance).sqrt()
    field = developed((picture.shape[-2], picture.shape[-1]), drawn, picture.device).to(picture.dtype)
    if picture.shape[0] == 1:
        field = luma(field)
    field = field / field.square().mean().sqrt().clamp_min(1e-12)
    return S_RGB.from_light(light + strength * field)


def developed(size: tuple[int, int], drawn: Parameters, device: torch.device | str) -> Tensor:
    """White noise of every site after the camera's steps: 3,H,W, float32, not normalised."""
    height, width = (side + 2 * BORDER for side in size)
    white = torch.empty(height, width, device=device).normal_(generator=seeded(drawn["seed"], device))
    colours = demosaiced(white, SITES[drawn["site"]])
    colours = colours * colours.new_tensor([drawn["red"], 1.0, drawn["blue"]]).sqrt()[:, None, None]
    matrix = torch.lerp(torch.eye(3, device=device), torch.tensor(MATRIX, device=device), drawn["matrix"])
    mixed = smoothed(torch.einsum("cd,dhw->chw", matrix, colours), drawn["smoothing"])
    bright = luma(mixed)
    whole: Tensor = bright + drawn["chroma"] * smoothed(mixed - bright, drawn["spread"])
    return whole[:, BORDER:-BORDER, BORDER:-BORDER]


def luma(planes: Tensor) -> Tensor:
    """3,H,W → 1,H,W."""
    weighted: Tensor = torch.tensordot(planes.new_tensor(LUMA), planes, 1)
    return weighted[None]


def demosaiced(raw: Tensor, red: tuple[int, int]) -> Tensor:
    """Bilinear interpolation of a Bayer mosaic H,W with even sides, red at that site: 3,H,W; zero beyond the border."""
    y, x = red
    planes = raw.new_zeros(3, *raw.shape)
    for channel, (down, right) in ((0, (y, x)), (1, (y, 1 - x)), (1, (1 - y, x)), (2, (1 - y, 1 - x))):
        planes[channel, down::2, right::2] = raw[down::2, right::2]
    line = raw.new_tensor([0.5, 1.0, 0.5])
    square, cross = torch.outer(line, line), raw.new_tensor([[0.0, 0.25, 0.0], [0.25, 1.0, 0.25], [0.0, 0.25, 0.0]])
    kernels = torch.stack([square, cross, square])[:, None]
    whole: Tensor = functional.conv2d(planes[None], kernels, padding=1, groups=3)[0]
    return whole


def smoothed(planes: Tensor, width: float) -> Tensor:
    """C,H,W by a Gaussian of that standard deviation in pixels; zero beyond the border."""
    radius = min(math.ceil(3.0 * width), BORDER)
    if radius == 0:
        return planes
    steps = torch.arange(-radius, radius + 1, dtype=planes.dtype, device=planes.device)
    bell = torch.exp(-0.5 * (steps / width) ** 2)
    kernel = (bell / bell.sum()).expand(planes.shape[0], 1, -1)
    along = functional.conv2d(planes[None], kernel[:, :, None, :], padding=(0, radius), groups=planes.shape[0])
    both: Tensor = functional.conv2d(along, kernel[..., None], padding=(radius, 0), groups=planes.shape[0])[0]
    return both
