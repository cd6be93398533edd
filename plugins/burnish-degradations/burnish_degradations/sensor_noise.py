"""The noise of a sensor: counting photons (Poisson) and reading them (Gaussian), so bright pixels are noisier."""

from __future__ import annotations

from typing import Any

import torch
from burnish.protocols import Observation
from torch import Tensor

from burnish_degradations.drawing import Range, draw_numbers, draw_seeds, seeded
from burnish_degradations.replayable import Parameters, Replayable


class SensorNoise(Replayable):
    """y = a·P(x/a) + r·n with P Poisson and n normal: the mean is x, the variance a·x + r²; not clipped, not rounded.

    ``gain`` is a, the brightness of one counted electron in [0, 1] units (0: no shot noise); ``read`` is r. With an
    ``offset`` b, the value without light, only what is above it is counted: the variance is a·max(x − b, 0) + r², and
    values below b keep their mean. With ``gamma`` other than 1 this happens to the light x^γ, and y is brought back by
    its root, negative light being 0. Pictures are clipped at 0 before, since light is not negative.

    Reference: Foi, Trimeche, Katkovnik, Egiazarian, doi:10.1109/TIP.2008.2001399.
    """

    def __init__(
        self, *, gain: Range = (0.0, 0.01), read: Range = (0.0, 0.02), offset: float = 0.0, gamma: float = 1.0
    ) -> None:
        self.gain, self.read, self.offset, self.gamma = gain, read, offset, gamma

    def draw(self, shape: tuple[int, ...], generator: torch.Generator) -> dict[str, Any]:
        """``gain``, ``read`` and ``seed`` of the noise, one of each for every picture."""
        return {
            "gain": draw_numbers(self.gain, shape[0], generator),
            "read": draw_numbers(self.read, shape[0], generator),
            "seed": draw_seeds(shape[0], generator),
        }

    def apply(self, clean: Tensor, parameters: Parameters) -> Observation:
        """N,C,H,W → the same size, target unchanged; ``sigma`` (N): root mean square of the resulting noise."""
        light = clean.clamp_min(0.0) ** self.gamma
        drawn = zip(light, parameters["gain"], parameters["read"], parameters["seed"], strict=True)
        noisy = torch.stack(
            [self._exposed(picture, gain, read, seeded(seed, clean.device)) for picture, gain, read, seed in drawn]
        )
        if self.gamma != 1.0:
            noisy = noisy.clamp_min(0.0) ** (1.0 / self.gamma)
        sigma = (noisy - clean).flatten(1).square().mean(dim=1).sqrt()
        return Observation(degraded=noisy, target=clean, conditions={"sigma": sigma}, parameters=dict(parameters))

    def _exposed(self, light: Tensor, gain: float, read: float, generator: torch.Generator) -> Tensor:
        if self.offset == 0.0:
            return exposed(light, gain, read, generator)
        above = (light - self.offset).clamp_min(0.0)
        return exposed(above, gain, read, generator).add_(light.clamp_max(self.offset))


def exposed(light: Tensor, gain: float, read: float, generator: torch.Generator) -> Tensor:
    """C,H,W of non-negative light, counted in units of ``gain`` and read with deviation ``read``."""
    counted = torch.poisson(light / gain, generator=generator) * gain if gain > 0.0 else light
    if read == 0.0:
        return counted
    field = torch.empty_like(light, memory_format=torch.contiguous_format).normal_(generator=generator)
    return torch.add(counted, field, alpha=read)
