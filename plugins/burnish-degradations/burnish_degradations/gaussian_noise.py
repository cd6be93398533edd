"""Additive white Gaussian noise: the convention of denoising benchmarks, neither clipped nor quantized."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from burnish.protocols import Observation
from torch import Tensor

from burnish_degradations.drawing import Range, draw_numbers, draw_seeds, seeded
from burnish_degradations.replayable import Parameters, Replayable


class GaussianNoise(Replayable):
    """y = x + σ n, n ~ N(0, 1) for every pixel and channel; σ in [0, 1] units (25/255 ≈ 0.098)."""

    def __init__(self, *, sigma: Range = (0.0, 0.2)) -> None:
        self.sigma = sigma

    def draw(self, shape: tuple[int, ...], generator: torch.Generator) -> dict[str, Any]:
        """``sigma`` and ``seed`` of the noise, one of each for every picture."""
        return draw_noise(self.sigma, shape[0], generator)

    def apply(self, clean: Tensor, parameters: Parameters) -> Observation:
        """N,C,H,W → the same size, target as given, condition ``sigma`` (N)."""
        degraded, sigma = add_noise(clean, parameters)
        return Observation(degraded=degraded, target=clean, conditions={"sigma": sigma}, parameters=dict(parameters))


def draw_noise(sigma: Range, count: int, generator: torch.Generator) -> dict[str, Any]:
    """``sigma`` (standard deviations) and ``seed`` (of the noise fields) for ``count`` pictures."""
    return {"sigma": draw_numbers(sigma, count, generator), "seed": draw_seeds(count, generator)}


def add_noise(pictures: Tensor, parameters: Parameters) -> tuple[Tensor, Tensor]:
    """Add noise to N,C,H,W; every picture's field is filled on its device by a generator of its own.

    Returns:
        The noisy pictures, not clipped, and σ as a tensor of N on the same device.
    """
    deviations: Sequence[float] = parameters["sigma"]
    sigma = torch.tensor(deviations, dtype=pictures.dtype, device=pictures.device)
    if not any(deviations):
        return pictures, sigma
    noise = torch.empty_like(pictures, memory_format=torch.contiguous_format)
    for field, seed in zip(noise, parameters["seed"], strict=True):
        field.normal_(generator=seeded(seed, pictures.device))
    return torch.addcmul(pictures, noise, sigma[:, None, None, None]), sigma
