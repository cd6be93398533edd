"""Pictures as they circulate on the internet: blurred, resized, noisy and compressed, twice (Real-ESRGAN)."""

from __future__ import annotations

import math
from typing import Any

import torch
from burnish.protocols import Observation
from torch import Tensor

from burnish_degradations.bicubic import crop_to_multiple
from burnish_degradations.drawing import Range, draw_numbers
from burnish_degradations.real_world.kernels import sinc_kernel
from burnish_degradations.real_world.stage import METHODS, Drawn, Stage, blurred_by, compressed, degrade, resized
from burnish_degradations.replayable import Parameters, Replayable


class RealWorld(Replayable):
    """y = (J R S₂ · J N R B)₂ (J N R B)₁ x: the second-order degradation of Real-ESRGAN, down to 1/``scale``.

    Each order blurs (B), resizes (R: area, bilinear or bicubic), adds noise (N: Gaussian or Poisson, coloured or grey)
    and compresses (J); the second ends at the wanted size, with a ringing sinc filter (S, in 8 of 10 pictures) either
    before or after its JPEG. The settings without ``second`` are those of the first order.

    Reference: Wang, Xie, Dong, Shan, arXiv:2107.10833.
    """

    def __init__(
        self,
        *,
        scale: int = 4,
        width: Range = (0.2, 3.0),
        second_width: Range = (0.2, 1.5),
        resize: Range = (0.15, 1.5),
        second_resize: Range = (0.3, 1.2),
        noise: Range = (1 / 255, 30 / 255),
        second_noise: Range = (1 / 255, 25 / 255),
        shot: Range = (0.05, 3.0),
        second_shot: Range = (0.05, 2.5),
        quality: Range = (30, 95),
        second_quality: Range = (30, 95),
    ) -> None:
        self.scale = scale
        self.first = Stage(
            width=width, blur=1.0, resize=resize, directions=(0.2, 0.7, 0.1), noise=noise, shot=shot, quality=quality
        )
        self.second = Stage(
            width=second_width,
            blur=0.8,
            resize=second_resize,
            directions=(0.3, 0.4, 0.3),
            noise=second_noise,
            shot=second_shot,
            quality=second_quality,
        )

    def draw(self, shape: tuple[int, ...], generator: torch.Generator) -> dict[str, Any]:
        """``first`` and ``second`` as ``Stage.draw``; ``last``: ``cutoff`` (0: no sinc), ``method``, ``jpeg_first``."""
        count = shape[0]
        first, second = self.first.draw(count, generator), self.second.draw(count, generator)
        chance = torch.rand(count, 3, generator=generator, dtype=torch.float64).tolist()
        cutoffs = draw_numbers((math.pi / 3.0, math.pi), count, generator)
        last = {
            "cutoff": [cutoff if row[0] < 0.8 else 0.0 for cutoff, row in zip(cutoffs, chance, strict=True)],
            "method": [METHODS[int(3 * row[1])] for row in chance],
            "jpeg_first": [row[2] < 0.5 for row in chance],
        }
        return {"first": first, "second": second, "last": last}

    def apply(self, clean: Tensor, parameters: Parameters) -> Observation:
        """N,C,H,W → degraded N,C,⌊H/s⌋,⌊W/s⌋ in 8-bit levels, target N,C,s⌊H/s⌋,s⌊W/s⌋; condition ``scale``."""
        target = crop_to_multiple(clean, self.scale)
        size = target.shape[2] // self.scale, target.shape[3] // self.scale
        pictures = []
        for index, picture in enumerate(target):
            first, second, last = ({key: row[index] for key, row in parameters[part].items()} for part in _PARTS)
            once = compressed(degrade(picture, first, (picture.shape[1], picture.shape[2])), first["quality"])
            twice = degrade(once, second, size)
            pictures.append(_finished(twice, size, second["quality"], last))
        degraded = torch.stack(pictures).mul_(255.0).add_(0.5).floor_().clamp_(0.0, 255.0).div_(255.0)
        conditions = {"scale": self.scale}
        return Observation(degraded=degraded, target=target, conditions=conditions, parameters=dict(parameters))


_PARTS = ("first", "second", "last")


def _finished(picture: Tensor, size: tuple[int, int], quality: int, last: Drawn) -> Tensor:
    """The wanted size, the ringing filter and the last JPEG, in the drawn order."""
    kernel = sinc_kernel(last["cutoff"]) if last["cutoff"] else None
    if last["jpeg_first"]:
        return blurred_by(resized(compressed(picture, quality), size, last["method"]), kernel)
    return compressed(blurred_by(resized(picture, size, last["method"]), kernel), quality)
