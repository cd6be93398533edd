"""Blur of a scene in which one thing moves by itself, before a background that a hand-held camera shakes."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from burnish.protocols import Observation
from numpy.typing import NDArray
from torch import Tensor

from burnish_degradations.blur.camera_shake import path_kernel
from burnish_degradations.blur.convolution import Boundary, central_part, convolve, convolve_adjoint
from burnish_degradations.blur.trajectories import SAMPLES, trajectories
from burnish_degradations.drawing import Range, bounds, draw_numbers, draw_seeds, seeded
from burnish_degradations.gaussian_noise import add_noise, draw_noise
from burnish_degradations.light import TransferName, said, through_light
from burnish_degradations.replayable import Parameters, Replayable

WAVES = 4
"""Waves around the outline of an object: 1, 2, … of them, weaker in turn."""


class MovingObject(Replayable):
    """y = (1 − k₁∗m) ⊙ (k₀∗x) + k₁∗(m ⊙ x) + σ n: a mask m of an object, k₀ of the camera, k₁ of camera and object.

    The camera moves as in ``CameraShake`` (``length``, ``anxiety``). The object adds a straight motion of
    ``object_length`` pixels in any direction. Its outline is a random smooth one, of a mean radius of ``size`` times
    the picture's shorter side. What the object uncovers shows the picture below it. ``transfer``: see ``Blur``.

    Reference: S. Dai, Y. Wu, "Motion from blur", doi:10.1109/CVPR.2008.4587582.
    """

    def __init__(
        self,
        *,
        length: Range = (0.0, 16.0),
        anxiety: Range = (0.001, 0.01),
        object_length: Range = (4.0, 24.0),
        size: Range = (0.15, 0.4),
        boundary: Boundary = "reflect",
        noise: Range = 0.0,
        transfer: TransferName = "linear",
    ) -> None:
        self.length, self.anxiety, self.object_length, self.size = length, anxiety, object_length, size
        self.boundary, self.noise, self.transfer = boundary, noise, transfer
        self.side = 2 * math.ceil((bounds(length)[1] + bounds(object_length)[1]) / 2.0) + 3
        self._nominal: dict[str, Any] | None = None

    def draw(self, shape: tuple[int, ...], generator: torch.Generator) -> dict[str, Any]:
        """``scene`` (both motions and the outline for every picture) and ``noise`` (see ``GaussianNoise``)."""
        return {"scene": self._draw_scene(shape[0], generator), "noise": draw_noise(self.noise, shape[0], generator)}

    def apply(self, clean: Tensor, parameters: Parameters) -> Observation:
        """N,C,H,W → the same size, or the valid part of both; condition ``sigma`` (N)."""
        blurred = through_light(self.transfer, clean, lambda light: self.A(light, parameters["scene"]))
        degraded, sigma = add_noise(blurred, parameters["noise"])
        return Observation(
            degraded=degraded,
            target=central_part(clean, self.side // 2) if self.boundary == "valid" else clean,
            conditions={"sigma": sigma},
            parameters=dict(parameters),
            transfer=said(self.transfer),
        )

    def A(self, x: Tensor, scene: Parameters | None = None) -> Tensor:  # noqa: N802
        """Blur without noise; ``scene`` as drawn, by default with seed 0."""
        camera, thing, mask = self._scene(x, (x.shape[2], x.shape[3]), scene)
        hidden = convolve(mask, thing, self.boundary)
        return (1.0 - hidden) * convolve(x, camera, self.boundary) + convolve(mask * x, thing, self.boundary)

    def A_adjoint(self, y: Tensor, scene: Parameters | None = None) -> Tensor:  # noqa: N802
        """The transpose of ``A`` with the same scene."""
        lost = self.side - 1 if self.boundary == "valid" else 0
        camera, thing, mask = self._scene(y, (y.shape[2] + lost, y.shape[3] + lost), scene)
        seen = (1.0 - convolve(mask, thing, self.boundary)) * y
        return convolve_adjoint(seen, camera, self.boundary) + mask * convolve_adjoint(y, thing, self.boundary)

    def kernels(self, scene: Parameters) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Of the camera and of the object, each N,k,k: centred on their means, each sums to 1."""
        x, y = trajectories(scene["seed"], scene["anxiety"], scene["length"])
        time = np.linspace(-0.5, 0.5, SAMPLES)
        way = np.asarray(scene["object_length"], dtype=np.float64)[:, None] * time
        angle = np.radians(scene["direction"])[:, None]
        moved = x + way * np.cos(angle), y - way * np.sin(angle)
        return self._of_paths(x, y), self._of_paths(*moved)

    def _of_paths(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.stack([path_kernel(self.side, *pair) for pair in zip(x, y, strict=True)])

    def _draw_scene(self, count: int, generator: torch.Generator) -> dict[str, Any]:
        return {
            "length": draw_numbers(self.length, count, generator),
            "anxiety": draw_numbers(self.anxiety, count, generator),
            "object_length": draw_numbers(self.object_length, count, generator),
            "direction": draw_numbers((0.0, 360.0), count, generator),
            "size": draw_numbers(self.size, count, generator),
            "seed": draw_seeds(count, generator),
        }

    def _scene(self, like: Tensor, size: tuple[int, int], scene: Parameters | None) -> tuple[Tensor, Tensor, Tensor]:
        """Kernels of camera and object (N,k,k) and the mask (N,1,H,W)."""
        if scene is None:
            self._nominal = self._nominal or self._draw_scene(1, torch.Generator().manual_seed(0))
            scene = self._nominal
        camera, thing = (torch.from_numpy(kernels).to(like) for kernels in self.kernels(scene))
        outlines = zip(scene["size"], scene["seed"], strict=True)
        mask = torch.from_numpy(np.stack([_mask(size, share, seed) for share, seed in outlines]))[:, None].to(like)
        count = len(like)
        return camera.expand(count, -1, -1), thing.expand(count, -1, -1), mask.expand(count, -1, -1, -1)


def _mask(size: tuple[int, int], share: float, seed: int) -> NDArray[np.float64]:
    """1 inside a smooth outline r(φ) = r₀ (1 + Σ aₖ cos(kφ + pₖ)) about a random centre, 0 outside; H,W."""
    drawn = torch.rand(2 + 2 * WAVES, generator=seeded(seed), dtype=torch.float64).numpy()
    centre, strength, phase = drawn[:2] * size, drawn[2 : 2 + WAVES], 2.0 * math.pi * drawn[2 + WAVES :]
    y, x = np.ogrid[: size[0], : size[1]]
    y, x = y - centre[0], x - centre[1]
    angle = np.arctan2(y, x)
    radius = np.ones(size)
    for wave in range(WAVES):
        radius += 0.4 / (wave + 1) * strength[wave] * np.cos((wave + 1) * angle + phase[wave])
    inside: NDArray[np.float64] = np.clip(share * min(size) * radius - np.hypot(y, x) + 0.5, 0.0, 1.0)
    return inside
