"""Training patches and validation crops: what a step sees, as a pure function of (seed, step, index in the batch)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations

import numpy as np
import torch
from torch.utils.data import Dataset, Sampler

from burnish.recipe import TrainingSettings
from burnish.training.budget import Clock
from burnish.training.pictures import Pictures, Pixels, unit
from burnish.training.randomness import uniforms

VALIDATION_SIDE = 256
"""Validation looks at centre crops of at most this side, in pixels."""

_ORDERS = tuple(permutations(range(3)))


class TrainingPatches(Dataset[tuple[int, torch.Tensor]]):
    """Step → (step, clean patches N,C,P,P; uint8 where all pictures are 8 bit, else float32 in [0, 1]).

    A picture is drawn in proportion to its area, the place uniformly; then mirrored, turned by quarters and its colours
    permuted as the recipe says. Patch ``i`` of step ``s`` depends on (seed, s, i) alone; process ``r`` of ``w`` takes
    the r-th part of every batch, so that the number of processes does not change what is seen.
    """

    def __init__(self, pictures: Pictures, settings: TrainingSettings, *, rank: int = 0, world: int = 1) -> None:
        self._pictures = pictures
        self._settings = settings
        share = settings.batch // world
        self._mine = range(rank * share, (rank + 1) * share)
        self._reach = np.cumsum(pictures.areas) / pictures.area
        self._eight_bit = all(pixels.dtype == np.uint8 for pixels in pictures.pixels)

    def __getitem__(self, step: int) -> tuple[int, torch.Tensor]:
        """The clean patches of that step."""
        draws = uniforms(self._settings.seed, "patches", step, shape=(self._settings.batch, 6))
        patches = [self._patch(draws[index].tolist()) for index in self._mine]
        if self._eight_bit:
            return step, torch.from_numpy(np.stack(patches))
        return step, torch.stack([unit(patch) for patch in patches])

    def _patch(self, draw: list[float]) -> Pixels:
        place, top, left, mirror, turn, order = draw
        last = len(self._pictures) - 1
        pixels = self._pictures.pixels[min(int(np.searchsorted(self._reach, place, side="right")), last)]
        side, augment = self._settings.patch, self._settings.augment
        y, x = int(top * (pixels.shape[1] - side + 1)), int(left * (pixels.shape[2] - side + 1))
        patch = pixels[:, y : y + side, x : x + side]
        if "flip" in augment and mirror < 0.5:
            patch = patch[:, :, ::-1]
        if "rotate" in augment:
            patch = np.rot90(patch, int(turn * 4), axes=(1, 2))
        if "channels" in augment and patch.shape[0] == 3:
            patch = patch[list(_ORDERS[int(order * len(_ORDERS))])]
        return patch


class StepSampler(Sampler[int]):
    """The numbers of the steps from where the clock is, without end: a resumed training goes on at its next step."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def __iter__(self) -> Iterator[int]:
        step = self._clock.step
        while True:
            yield step
            step += 1


class ValidationCrops(Dataset[tuple[int, torch.Tensor]]):
    """Index → (index, centre crop 1,C,H,W of at most ``VALIDATION_SIDE``, float32 in [0, 1])."""

    def __init__(self, pictures: Pictures) -> None:
        self._pictures = pictures

    def __len__(self) -> int:
        return len(self._pictures)

    def __getitem__(self, index: int) -> tuple[int, torch.Tensor]:
        """The crop of that picture."""
        pixels = self._pictures.pixels[index]
        height, width = pixels.shape[1:]
        tall, wide = min(height, VALIDATION_SIDE), min(width, VALIDATION_SIDE)
        y, x = (height - tall) // 2, (width - wide) // 2
        return index, unit(pixels[None, :, y : y + tall, x : x + wide])
