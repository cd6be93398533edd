"""Training patches and validation crops as a pure function of (seed, step, index in the batch)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from torch.utils.data import Dataset, Sampler

from burnish.recipe.training import TrainingSettings
from burnish.training.budget import Clock
from burnish.training.data.augmenting import mixed, turned
from burnish.training.data.pictures import Pictures, Pixels, unit
from burnish.training.randomness import uniforms

VALIDATION_SIDE = 256
"""Validation looks at centre crops of at most this side, in pixels."""


class TrainingPatches(Dataset[tuple[int, torch.Tensor]]):
    """Step → (step, clean patches N,C,P,P or N,T,C,P,P of clips; uint8 where all are 8 bit, else float32 in [0, 1]).

    A picture is drawn in proportion to its area (a clip: times its frames), the place uniformly; then augmented as the
    recipe says, all frames of a clip alike, and a clip played backwards half of the time (``reverse``). Patch ``i`` of
    step ``s`` depends on (seed, s, i) alone; process ``r`` of ``w`` takes the r-th part of every batch, so that the
    number of processes does not change what is seen.
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
        patches = self._patches(step, "patches")
        if "mix" in self._settings.augment:
            others = self._patches(step, "mixed with")
            draws = uniforms(self._settings.seed, "mix", step, shape=(self._settings.batch, 5))
            mine = draws[self._mine.start : self._mine.stop].tolist()
            patches = [mixed(*three) for three in zip(patches, others, mine, strict=True)]
        if self._eight_bit:
            return step, torch.from_numpy(np.stack(patches))
        return step, torch.stack([unit(patch) for patch in patches])

    def _patches(self, step: int, purpose: str) -> list[Pixels]:
        settings = self._settings
        places = uniforms(settings.seed, purpose, step, shape=(settings.batch, 6))
        times = uniforms(settings.seed, f"{purpose}: frames", step, shape=(settings.batch, 2))
        return [self._patch(places[index].tolist(), times[index].tolist()) for index in self._mine]

    def _patch(self, draw: list[float], time: list[float]) -> Pixels:
        place, top, left, mirror, turn, order = draw
        last = len(self._pictures) - 1
        pixels = self._pictures.pixels[min(int(np.searchsorted(self._reach, place, side="right")), last)]
        side, augment = self._settings.patch, self._settings.augment
        y, x = int(top * (pixels.shape[-2] - side + 1)), int(left * (pixels.shape[-1] - side + 1))
        if pixels.ndim == 4:
            pixels = _moment(pixels, self._settings.frames, time[0], backwards="reverse" in augment and time[1] < 0.5)
        patch = pixels[..., y : y + side, x : x + side]
        return turned(patch, augment, mirror=mirror, turn=turn, order=order)


def _moment(clip: Pixels, frames: int, start: float, *, backwards: bool) -> Pixels:
    first = int(start * (len(clip) - frames + 1))
    moment = clip[first : first + frames]
    return moment[::-1] if backwards else moment


class StepSampler(Sampler[int]):
    """The numbers of the steps from the clock's on, without end: a resumed training continues at its next step."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def __iter__(self) -> Iterator[int]:
        step = self._clock.step
        while True:
            yield step
            step += 1


class ValidationCrops(Dataset[tuple[int, torch.Tensor]]):
    """Index → (index, centre crop 1,C,H,W or 1,T,C,H,W of at most ``VALIDATION_SIDE``, float32 in [0, 1]).

    Of a clip, the ``frames`` in its middle.
    """

    def __init__(self, pictures: Pictures, *, frames: int = 1) -> None:
        self._pictures = pictures
        self._frames = frames

    def __len__(self) -> int:
        return len(self._pictures)

    def __getitem__(self, index: int) -> tuple[int, torch.Tensor]:
        """The crop of that picture."""
        pixels = self._pictures.pixels[index]
        if pixels.ndim == 4:
            start = (len(pixels) - self._frames) // 2
            pixels = pixels[start : start + self._frames]
        height, width = pixels.shape[-2:]
        tall, wide = min(height, VALIDATION_SIDE), min(width, VALIDATION_SIDE)
        y, x = (height - tall) // 2, (width - wide) // 2
        return index, unit(pixels[None, ..., y : y + tall, x : x + wide])
