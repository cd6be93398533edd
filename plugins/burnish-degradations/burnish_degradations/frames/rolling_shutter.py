"""A rolling shutter: the rows of a frame are exposed one after the other, so moving objects are skewed."""

from __future__ import annotations

import math
from typing import Any

import torch
from burnish.errors import DataError
from burnish.protocols import Observation
from torch import Tensor

from burnish_degradations.drawing import Range, bounds, draw_numbers
from burnish_degradations.gaussian_noise import add_noise, draw_noise
from burnish_degradations.replayable import Parameters, ReplayableOfClips


class RollingShutter(ReplayableOfClips):
    """Row r of frame t is that of the scene at t + ``readout`` · (r/(H − 1) − ½), linear between frames, plus σ n.

    ``readout`` is the time from the first row to the last one, in frames; negative reads from the bottom. The target is
    the scene at t, the middle of the readout. Motion between two frames should be small (a fast camera's clip), since
    what lies between them in time is a blend of both.

    Reference: Liu, Cui, Peng, Wang, "Deep shutter unrolling network", doi:10.1109/CVPR42600.2020.00598.
    """

    def __init__(self, *, readout: Range = (0.5, 2.0), noise: Range = 0.0) -> None:
        self.readout, self.noise = readout, noise
        self.margin = math.ceil(max(abs(bound) for bound in bounds(readout)) / 2.0)

    def draw(self, shape: tuple[int, ...], generator: torch.Generator) -> dict[str, Any]:
        """``readout`` of each clip, in frames; ``noise``: see ``GaussianNoise``."""
        return {
            "readout": draw_numbers(self.readout, shape[0], generator),
            "noise": draw_noise(self.noise, shape[0], generator),
        }

    def apply(self, clean: Tensor, parameters: Parameters) -> Observation:
        """N,T,C,H,W → N,T′,C,H,W with T′ = T − 2 ⌈½ largest readout⌉; target the frames in the middle; ``sigma``."""
        kept = clean.shape[1] - 2 * self.margin
        if kept < 1:
            need = 2 * self.margin + 1
            raise DataError(
                f"a clip of {clean.shape[1]} frames is too short for this readout, which needs {need}; "
                "use longer clips or a smaller readout"
            )
        target = clean[:, self.margin : self.margin + kept]
        skewed = self._skewed(clean, parameters["readout"], kept)
        degraded, sigma = add_noise(skewed.flatten(1, 2), parameters["noise"])
        return Observation(
            degraded=degraded.reshape(skewed.shape),
            target=target,
            conditions={"sigma": sigma},
            parameters=dict(parameters),
        )

    def _skewed(self, clean: Tensor, readout: list[float], kept: int) -> Tensor:
        count, frames, _, height, _ = clean.shape
        rows = torch.arange(height, device=clean.device)
        delay = torch.tensor(readout, dtype=torch.float64, device=clean.device)[:, None] * (
            rows / max(height - 1, 1) - 0.5
        )
        time = delay[:, None] + torch.arange(kept, device=clean.device)[None, :, None] + self.margin
        earlier = time.floor().long().clamp_(0, frames - 1)
        later = (earlier + 1).clamp_(max=frames - 1)
        share = (time - earlier).to(clean)[..., None, None]
        clip = torch.arange(count, device=clean.device)[:, None, None]
        skewed = torch.lerp(clean[clip, earlier, :, rows], clean[clip, later, :, rows], share)
        return skewed.transpose(2, 3).contiguous()
