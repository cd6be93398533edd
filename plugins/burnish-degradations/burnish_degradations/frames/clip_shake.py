"""Blur of clips by a hand-held camera: one trajectory over the whole clip, each frame blurred by its part."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from burnish.protocols import Observation
from numpy.typing import NDArray
from torch import Tensor

from burnish_degradations.blur.camera_shake import path_kernel
from burnish_degradations.blur.convolution import Boundary, central_part, convolve
from burnish_degradations.blur.trajectories import SAMPLES, trajectories
from burnish_degradations.drawing import Range, bounds, draw_numbers, draw_seeds
from burnish_degradations.gaussian_noise import add_noise, draw_noise
from burnish_degradations.light import TransferName, said, through_light
from burnish_degradations.replayable import Parameters, ReplayableOfClips


class ClipShake(ReplayableOfClips):
    """yₜ = kₜ ∗ xₜ + σ n: kernels of one random motion (Boracchi, Foi), each continuing where the previous one ended.

    ``length`` is that of the path in pixels from one frame to the next, ``exposure`` the part of it that the shutter
    sees, ``anxiety`` the shakiness of the hand (see ``CameraShake``): at 0.0005 neighbours are blurred alike, at
    0.005 a hand has turned within a frame. Each kernel is centred on its mean: where the camera points is the clean
    clip's matter. ``transfer``: see ``Blur``.

    Reference: doi:10.1109/TIP.2012.2192126.
    """

    def __init__(
        self,
        *,
        length: Range = (4.0, 20.0),
        anxiety: Range = (0.0002, 0.005),
        exposure: Range = (0.5, 1.0),
        boundary: Boundary = "reflect",
        noise: Range = 0.0,
        transfer: TransferName = "linear",
    ) -> None:
        self.transfer = transfer
        self.length, self.anxiety, self.exposure = length, anxiety, exposure
        self.boundary, self.noise = boundary, noise
        self.side = 2 * math.ceil(bounds(length)[1] * bounds(exposure)[1] / 2.0) + 3

    def draw(self, shape: tuple[int, ...], generator: torch.Generator) -> dict[str, Any]:
        """``length`` (pixels), ``anxiety``, ``exposure`` and ``seed`` of each clip's motion; ``noise`` of each clip."""
        count = shape[0]
        return {
            "length": draw_numbers(self.length, count, generator),
            "anxiety": draw_numbers(self.anxiety, count, generator),
            "exposure": draw_numbers(self.exposure, count, generator),
            "seed": draw_seeds(count, generator),
            "noise": draw_noise(self.noise, count, generator),
        }

    def apply(self, clean: Tensor, parameters: Parameters) -> Observation:
        """N,T,C,H,W → the same size, or the valid part of both; condition ``sigma`` (N)."""
        count, frames = clean.shape[:2]
        kernels = torch.from_numpy(self.kernels(parameters, frames)).to(clean)
        blurred = through_light(
            self.transfer,
            clean.flatten(0, 1),
            lambda light: convolve(light, kernels.flatten(0, 1), self.boundary),
        )
        together = blurred.reshape(count, -1, *blurred.shape[2:])
        degraded, sigma = add_noise(together, parameters["noise"])
        target = central_part(clean, self.side // 2) if self.boundary == "valid" else clean
        return Observation(
            degraded=degraded.reshape(count, frames, *blurred.shape[1:]),
            target=target,
            conditions={"sigma": sigma},
            parameters=dict(parameters),
            transfer=said(self.transfer),
        )

    def kernels(self, parameters: Parameters, frames: int) -> NDArray[np.float64]:
        """N,T,k,k with k = 2 ⌈½ largest length · exposure⌉ + 3, convolution orientation, each sums to 1."""
        drawn = parameters["seed"], parameters["anxiety"], parameters["length"]
        x, y = trajectories(*drawn, exposures=frames)
        clips = []
        for exposure, *path in zip(parameters["exposure"], x, y, strict=True):
            open_for = max(round(exposure * SAMPLES), 1)
            starts = range(0, frames * (SAMPLES - 1), SAMPLES - 1)
            clips.append(
                [path_kernel(self.side, *(part[start : start + open_for] for part in path)) for start in starts]
            )
        return np.array(clips)
