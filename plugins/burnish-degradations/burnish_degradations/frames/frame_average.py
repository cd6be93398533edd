"""Motion blur of clips as in a camera: several sharp frames of a fast camera are averaged into one (GoPro, DVD)."""

from __future__ import annotations

from typing import Any

import torch
from burnish.errors import ConfigError, DataError
from burnish.protocols import Observation
from torch import Tensor

from burnish_degradations.drawing import Range, bounds
from burnish_degradations.gaussian_noise import add_noise, draw_noise
from burnish_degradations.replayable import Parameters, ReplayableOfClips


class FrameAverage(ReplayableOfClips):
    """yₜ = (1/m Σ xᵢ^γ)^(1/γ) + σ n, the mean over m consecutive frames about the target frame.

    ``window`` is m, odd; a pair draws one of the odd numbers between for each clip. ``step`` is the number of clean
    frames between two exposures; None is the largest window, which opens the shutter all the time. ``gamma`` 2.2 adds
    up light, as a sensor does; 1 adds up the picture's values. Negative values count as 0 where gamma is not 1.

    References: Nah, Kim, Lee, arXiv:1612.02177; Su et al., arXiv:1611.08387.
    """

    def __init__(self, *, window: Range = 5, step: int | None = None, gamma: float = 2.2, noise: Range = 0.0) -> None:
        low, high = (round(bound) for bound in bounds(window))
        if low % 2 == 0 or high % 2 == 0:
            raise ConfigError(f"the window {window} has no middle frame; give an odd window")
        self.window, self.step = (low, high), step or high
        self.gamma, self.noise = gamma, noise

    def draw(self, shape: tuple[int, ...], generator: torch.Generator) -> dict[str, Any]:
        """``window``: frames averaged in each clip; ``noise``: see ``GaussianNoise``."""
        half = torch.randint(self.window[0] // 2, self.window[1] // 2 + 1, (shape[0],), generator=generator)
        return {"window": (2 * half + 1).tolist(), "noise": draw_noise(self.noise, shape[0], generator)}

    def apply(self, clean: Tensor, parameters: Parameters) -> Observation:
        """N,T,C,H,W → N,T′,C,H,W with T′ = ⌊(T − largest window) / step⌋ + 1; target their middle frames; ``sigma``."""
        widest = self.window[1]
        if clean.shape[1] < widest:
            raise DataError(f"a clip of {clean.shape[1]} frames is too short to average {widest}; use longer clips")
        light = clean if self.gamma == 1.0 else clean.clamp_min(0.0) ** self.gamma
        stop = clean.shape[1] - widest + 1
        total = torch.zeros_like(clean[:, : stop : self.step])
        length = torch.tensor(parameters["window"], device=clean.device)
        for place in range(widest):
            weight = (length // 2 >= abs(place - widest // 2)) / length
            total += weight.to(clean)[:, None, None, None, None] * light[:, place : place + stop : self.step]
        blurred = total if self.gamma == 1.0 else total ** (1.0 / self.gamma)
        degraded, sigma = add_noise(blurred.flatten(1, 2), parameters["noise"])
        middle = widest // 2
        return Observation(
            degraded=degraded.reshape(blurred.shape),
            target=clean[:, middle : middle + stop : self.step],
            conditions={"sigma": sigma},
            parameters=dict(parameters),
        )
