"""Patches and validation crops of real observations, cut alike from all pictures that belong together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import cast

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from burnish.recipe.data import DataSettings
from burnish.recipe.training import TrainingSettings
from burnish.training.data.augmenting import turned
from burnish.training.data.observed import Layer, Observations, Observed
from burnish.training.data.patches import VALIDATION_SIDE
from burnish.training.data.pictures import unit
from burnish.training.randomness import uniforms

Samples = dict[str, Tensor]
"""``degraded`` N,C,P,P; ``target`` N,C,sP,sP (none of degraded pictures alone); ``sigma``, ``gain``, ``read_noise``,
``offset`` N and ``kernel`` N,k,k where they are known."""


@dataclass(frozen=True, kw_only=True)
class Cut:
    """A place of an image, cut out and augmented."""

    image: Observed
    degraded: Layer
    target: Layer | None
    conditions: Mapping[str, Tensor]


class ObservedPatches(Dataset[tuple[int, Samples]]):
    """Step → (step, samples of all that belongs to a patch, at the same place and augmented alike).

    As ``TrainingPatches``: an image is drawn in proportion to its area, the place uniformly, and patch ``i`` of step
    ``s`` depends on (seed, s, i) alone. Of a scene, two different shots are drawn.
    """

    def __init__(
        self, observations: Observations, settings: TrainingSettings, *, rank: int = 0, world: int = 1
    ) -> None:
        self._observations = observations
        self._settings = settings
        share = settings.batch // world
        self._mine = range(rank * share, (rank + 1) * share)
        self._reach = np.cumsum(observations.areas) / observations.area

    def __getitem__(self, step: int) -> tuple[int, Samples]:
        """The patches of that step."""
        settings = self._settings
        places = uniforms(settings.seed, "patches", step, shape=(settings.batch, 6))
        shots = np.zeros((settings.batch, 2))
        if self._observations.data.form == "shots":
            shots = uniforms(settings.seed, "shots", step, shape=(settings.batch, 2))
        return step, _samples([self._cut(places[index].tolist(), shots[index].tolist()) for index in self._mine])

    def _cut(self, draw: list[float], shots: list[float]) -> Cut:
        place, top, left, mirror, turn, order = draw
        last = len(self._observations) - 1
        image = self._observations.images[min(int(np.searchsorted(self._reach, place, side="right")), last)]
        whole = _chosen(image, self._observations.data, shots)
        side = self._settings.patch // self._observations.scale
        y, x = (
            int(share * (length - side + 1))
            for share, length in zip((top, left), whole.degraded.shape[-2:], strict=True)
        )
        turn_as_drawn = partial(turned, augment=self._settings.augment, mirror=mirror, turn=turn, order=order)
        found = _placed(whole, self._observations, slice(y, y + side), slice(x, x + side))
        conditions = dict(found.conditions)
        if "kernel" in conditions:
            conditions["kernel"] = unit(turn_as_drawn(conditions["kernel"].numpy()[None]))[0]
        return replace(
            found,
            degraded=turn_as_drawn(found.degraded),
            target=None if found.target is None else turn_as_drawn(found.target),
            conditions=conditions,
        )


class ObservedCrops(Dataset[tuple[int, Samples]]):
    """Index → (index, samples of one centre crop of at most ``VALIDATION_SIDE``); of a scene the first two shots."""

    def __init__(self, observations: Observations) -> None:
        self._observations = observations

    def __len__(self) -> int:
        return len(self._observations)

    def __getitem__(self, index: int) -> tuple[int, Samples]:
        """The crop of that image."""
        image = self._observations.images[index]
        whole = _chosen(image, self._observations.data, [0.0, 0.0])
        height, width = whole.degraded.shape[-2:]
        side = VALIDATION_SIDE // self._observations.scale
        tall, wide = min(height, side), min(width, side)
        y, x = (height - tall) // 2, (width - wide) // 2
        return index, _samples([_placed(whole, self._observations, slice(y, y + tall), slice(x, x + wide))])


def _chosen(image: Observed, data: DataSettings, draw: Sequence[float]) -> Cut:
    """The whole degraded picture and what it is compared with: the clean one, another shot, or nothing."""
    layers = image.layers
    if data.form != "shots":
        target = layers[1] if data.form == "pairs" else None
        return Cut(image=image, degraded=layers[0], target=target, conditions=image.conditions[0])
    count = len(layers)
    first = int(draw[0] * count)
    second = (first + 1 + int(draw[1] * (count - 1))) % count
    return Cut(image=image, degraded=layers[first], target=layers[second], conditions=image.conditions[first])


def _placed(whole: Cut, observations: Observations, rows: slice, columns: slice) -> Cut:
    """The part at these rows and columns of the degraded picture, and the same place of the target."""
    target, scale = whole.target, observations.scale if observations.data.form == "pairs" else 1
    if target is not None:
        tall, wide = (slice(part.start * scale, part.stop * scale) for part in (rows, columns))
        target = target[..., tall, wide]
    return replace(whole, degraded=whole.degraded[..., rows, columns], target=target)


def _samples(cuts: Sequence[Cut]) -> Samples:
    """What was cut as one tensor of each kind."""
    white = _per_picture([cut.image.white for cut in cuts])
    found = {"degraded": _stacked([cut.degraded for cut in cuts]).div_(white)}
    targets = [cut.target for cut in cuts if cut.target is not None]
    if targets:
        factor = _per_picture([cut.image.brightness[0] for cut in cuts])
        offset = _per_picture([cut.image.brightness[1] for cut in cuts])
        found["target"] = _stacked(targets).mul_(factor).add_(offset).div_(white)
    known = cuts[0].conditions
    return {**found, **{name: torch.stack([cut.conditions[name] for cut in cuts]) for name in known}}


def _per_picture(values: Sequence[float]) -> Tensor:
    return torch.tensor(values, dtype=torch.float32).view(-1, 1, 1, 1)


def _stacked(layers: Sequence[Layer]) -> Tensor:
    """N,C,P,P float32: integers as parts of their range; converted at once where they are of one type."""
    if len({layer.dtype for layer in layers}) == 1:
        return unit(cast(Layer, np.stack(layers)))
    return torch.stack([unit(layer) for layer in layers])
