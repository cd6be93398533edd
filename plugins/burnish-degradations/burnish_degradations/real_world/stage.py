"""One order of the real-world degradation of Real-ESRGAN: blur, resize, noise, JPEG, each drawn for every picture."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from burnish_degradations.blur.convolution import convolve
from burnish_degradations.drawing import Range, bounds, draw_numbers, draw_seeds, seeded
from burnish_degradations.jpeg import through_jpeg
from burnish_degradations.real_world.kernels import SHAPES, bell_kernel, sinc_kernel

METHODS = ("area", "bilinear", "bicubic")
"""How pictures are resized, each equally likely; without antialiasing, as careless software does it."""

BETA = (0.5, 4.0)
"""Exponents of the generalized Gaussian; those of the plateau go from 1 to 2."""

LEAST = 8
"""No side is made smaller than this."""

Drawn = Mapping[str, Any]
"""The drawn parameters of one stage for one picture, as JSON values."""


@dataclass(frozen=True, kw_only=True)
class Stage:
    """The ranges of the parameters of one order."""

    width: Range
    """Standard deviations of the blur in pixels, along and across."""
    blur: float
    """Probability of a blur at all."""
    resize: Range
    """Factors; below 1 for smaller pictures."""
    directions: tuple[float, float, float]
    """Probabilities to enlarge, to make smaller, to keep the size."""
    noise: Range
    """Standard deviation of Gaussian noise, [0, 1] units."""
    shot: Range
    """Scale of Poisson noise: its variance is shot² · x / 255."""
    quality: Range
    """Of the JPEG, whole numbers."""

    def draw(self, count: int, generator: torch.Generator) -> dict[str, list[Any]]:
        """All random parameters of this order, as lists of ``count``."""
        chance = torch.rand(count, 8, generator=generator, dtype=torch.float64).tolist()
        numbers: dict[str, list[Any]] = {
            "along": draw_numbers(self.width, count, generator),
            "across": draw_numbers(self.width, count, generator),
            "angle": draw_numbers((0.0, 180.0), count, generator),
            "beta": draw_numbers(BETA, count, generator),
            "cutoff": draw_numbers((math.pi / 3.0, math.pi), count, generator),
            "sigma": draw_numbers(self.noise, count, generator),
            "shot": draw_numbers(self.shot, count, generator),
            "quality": [round(value) for value in draw_numbers(self.quality, count, generator)],
            "seed": draw_seeds(count, generator),
        }
        return {
            **numbers,
            "kernel": [self._kernel(row) for row in chance],
            "resize": [self._factor(row) for row in chance],
            "method": [METHODS[int(3 * row[5])] for row in chance],
            "counted": [row[6] < 0.5 for row in chance],
            "grey": [row[7] < 0.4 for row in chance],
        }

    def _kernel(self, chance: Sequence[float]) -> str:
        """A random kernel: none, sinc, or one of ``SHAPES``, round or elongated, in the paper's proportions."""
        if chance[0] >= self.blur:
            return "none"
        if chance[1] < 0.1:
            return "sinc"
        shape = SHAPES[0] if chance[2] < 0.7 else SHAPES[1] if chance[2] < 0.85 else SHAPES[2]
        return shape if chance[3] < 0.4 else f"round-{shape}"

    def _factor(self, chance: Sequence[float]) -> float:
        low, high = bounds(self.resize)
        larger, smaller, _ = self.directions
        if chance[4] < larger:
            return 1.0 + max(high - 1.0, 0.0) * chance[4] / larger
        if chance[4] < larger + smaller:
            return min(low, 1.0) + (1.0 - min(low, 1.0)) * (chance[4] - larger) / smaller
        return 1.0


def degrade(picture: Tensor, drawn: Drawn, size: tuple[int, int]) -> Tensor:
    """Blur one picture C,H,W, resize it to ``size`` (H, W) times the drawn factor, and add noise."""
    blurred = blurred_by(picture, kernel_of(drawn))
    height, width = (max(round(side * drawn["resize"]), LEAST) for side in size)
    return noisy(resized(blurred, (height, width), drawn["method"]), drawn)


def kernel_of(drawn: Drawn) -> Tensor | None:
    """The drawn kernel, SIDE × SIDE in float64; None without blur."""
    kind = drawn["kernel"]
    if kind == "none":
        return None
    if kind == "sinc":
        return sinc_kernel(drawn["cutoff"])
    shape = kind.removeprefix("round-")
    beta = drawn["beta"] if shape == "generalised" else 1.0 + (drawn["beta"] - BETA[0]) / (BETA[1] - BETA[0])
    across = drawn["along"] if kind != shape else drawn["across"]
    return bell_kernel(shape, (drawn["along"], across), drawn["angle"], beta)


def blurred_by(picture: Tensor, kernel: Tensor | None) -> Tensor:
    """K ∗ x for C,H,W, mirrored at the border."""
    return picture if kernel is None else convolve(picture[None], kernel.to(picture)[None], "reflect")[0]


def resized(picture: Tensor, size: tuple[int, int], method: str) -> Tensor:
    """C,H,W → C,*size by one of ``METHODS``."""
    if tuple(picture.shape[1:]) == tuple(size):
        return picture
    corners = None if method == "area" else False
    out: Tensor = functional.interpolate(picture[None], size=size, mode=method, align_corners=corners)[0]
    return out


def noisy(picture: Tensor, drawn: Drawn) -> Tensor:
    """C,H,W with Gaussian or Poisson noise, the same in all channels where it is grey; clipped to [0, 1]."""
    generator = seeded(drawn["seed"], picture.device)
    picture = picture.clamp(0.0, 1.0)
    shape = (1, *picture.shape[1:]) if drawn["grey"] else tuple(picture.shape)
    if drawn["counted"]:
        if drawn["shot"] == 0.0:
            return picture
        light = picture.mean(dim=0, keepdim=True) if drawn["grey"] else picture
        portion = drawn["shot"] ** 2 / 255.0
        noise = torch.poisson(light / portion, generator=generator) * portion - light
    else:
        noise = torch.empty(shape, dtype=picture.dtype, device=picture.device).normal_(generator=generator)
        noise = drawn["sigma"] * noise
    disturbed: Tensor = picture + noise
    return disturbed.clamp_(0.0, 1.0)


def compressed(picture: Tensor, quality: int) -> Tensor:
    """C,H,W through a JPEG file with 4:2:0 chroma."""
    levels = (picture * 255.0 + 0.5).floor().clamp(0, 255).to(torch.uint8).permute(1, 2, 0).cpu().numpy()
    decoded = torch.from_numpy(through_jpeg(levels, quality, "4:2:0")).to(picture.device)
    return decoded.permute(2, 0, 1).to(picture.dtype) / 255.0
