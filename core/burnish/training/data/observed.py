"""Real observations to train on, read once: pairs, degraded pictures alone, or several shots of each scene."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset

from burnish.console.progress import track
from burnish.data.items import Item
from burnish.data.known import read_known
from burnish.data.matching import fit_brightness
from burnish.errors import DataError
from burnish.inference.kernels import read_kernel
from burnish.inference.value_range import percentile, white_at
from burnish.io import read_clean
from burnish.io.depth import stored_depth
from burnish.io.folders import check_one_size
from burnish.recipe.document import DataSettings, TrainingSettings
from burnish.training.data.augmenting import turned
from burnish.training.data.patches import VALIDATION_SIDE
from burnish.training.data.pictures import Pixels, Store, colour_of, integers, pad_to, unit
from burnish.training.randomness import uniforms

Layer = Pixels | NDArray[np.float32]
"""C,H,W; float32 of files that hold floats, which noise may have put outside [0, 1]."""

Samples = dict[str, Tensor]
"""``degraded`` N,C,P,P; ``target`` N,C,sP,sP (none of degraded pictures alone); ``sigma``, ``gain``, ``read_noise``,
``offset`` N and ``kernel`` N,k,k where they are known."""


@dataclass(frozen=True, kw_only=True)
class Observed:
    """One image, decoded."""

    name: str
    layers: tuple[Layer, ...]
    """The degraded picture and its clean one; or the degraded one alone; or all shots."""
    brightness: tuple[float, float] = (1.0, 0.0)
    """Factor and offset that turn the clean picture into the target."""
    white: float = 1.0
    """The value that is white, by which all values are divided: of files of more than 8 bit, see ``white_at``."""
    conditions: Mapping[str, Tensor]
    """What is known of the degraded picture, without the axis of the batch."""


@dataclass(frozen=True, kw_only=True)
class Observations:
    """All images of a split."""

    images: tuple[Observed, ...]
    areas: tuple[int, ...]
    """Pixels of each clean picture, or where there is none of the degraded one; of a scene those of all shots."""
    data: DataSettings
    scale: int
    """By how much clean pictures are larger."""

    def __len__(self) -> int:
        return len(self.images)

    @property
    def area(self) -> int:
        """Pixels of all images together."""
        return sum(self.areas)


def read_observations(
    items: Sequence[Item],
    *,
    data: DataSettings,
    channels: int,
    scale: int,
    smallest: int = 1,
    store: Store,
    quiet: bool = True,
) -> Observations:
    """Decode the pictures of a split once.

    Args:
        items: Its images.
        data: Their form, and whether the clean pictures' brightness is fitted.
        channels: 1 reads them as grey, 3 as RGB.
        scale: The restorer's enlargement.
        smallest: Clean pictures with a smaller side are padded to it by reflection, and degraded ones accordingly.
        store: Keeps the pixels.
        quiet: No progress bar.

    Raises:
        DataError: There are none, sizes do not fit, or something is known of some pictures only.
        ImagingError: A file cannot be read.
    """
    if not items:
        raise DataError("there are no pictures to train on; put some into the recipe's data folder")
    read = partial(_read, data=data, channels=channels, scale=scale, smallest=smallest, store=store)
    images = [read(item) for item in track(items, description="Reading pictures", quiet=quiet)]
    _refuse_half_known(images)
    return Observations(
        images=tuple(_with_kernels_of_one_size(images)),
        areas=tuple(_area(image, data) for image in images),
        data=data,
        scale=scale,
    )


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
        shots = uniforms(settings.seed, "shots", step, shape=(settings.batch, 2))
        return step, _stacked([self._patch(places[index].tolist(), shots[index].tolist()) for index in self._mine])

    def _patch(self, draw: list[float], shots: list[float]) -> Samples:
        place, top, left, mirror, turn, order = draw
        last = len(self._observations) - 1
        image = self._observations.images[min(int(np.searchsorted(self._reach, place, side="right")), last)]
        degraded, target = _chosen(image, self._observations.data, shots)
        scale = self._observations.scale
        side = self._settings.patch // scale
        y, x = (int(share * (whole - side + 1)) for share, whole in zip((top, left), degraded.shape[-2:], strict=True))

        def turn_as_drawn(layer: Layer) -> Layer:
            return turned(layer, self._settings.augment, mirror=mirror, turn=turn, order=order)

        def cut(layer: Layer, factor: int) -> Layer:
            return turn_as_drawn(layer[..., y * factor : (y + side) * factor, x * factor : (x + side) * factor])

        wider = scale if self._observations.data.form == "pairs" else 1
        sample = _sample(image, cut(degraded, 1), cut(target, wider) if target is not None else None)
        if "kernel" in sample:
            sample["kernel"] = unit(turn_as_drawn(sample["kernel"].numpy()[None]))[0]
        return sample


class ObservedCrops(Dataset[tuple[int, Samples]]):
    """Index → (index, samples of one centre crop of at most ``VALIDATION_SIDE``); of a scene the first two shots."""

    def __init__(self, observations: Observations) -> None:
        self._observations = observations

    def __len__(self) -> int:
        return len(self._observations)

    def __getitem__(self, index: int) -> tuple[int, Samples]:
        """The crop of that image."""
        image = self._observations.images[index]
        degraded, target = _chosen(image, self._observations.data, [0.0, 0.0])
        scale = self._observations.scale
        height, width = degraded.shape[-2:]
        tall, wide = min(height, VALIDATION_SIDE // scale), min(width, VALIDATION_SIDE // scale)
        y, x = (height - tall) // 2, (width - wide) // 2

        def cut(layer: Layer, factor: int) -> Layer:
            return layer[..., y * factor : (y + tall) * factor, x * factor : (x + wide) * factor]

        wider = scale if self._observations.data.form == "pairs" else 1
        sample = _sample(image, cut(degraded, 1), cut(target, wider) if target is not None else None)
        return index, _stacked([sample])


def _read(item: Item, *, data: DataSettings, channels: int, scale: int, smallest: int, store: Store) -> Observed:
    files = item.shots or tuple(filter(None, (item.degraded, item.clean)))
    layers = [_layer(path, channels) for path in files]
    if item.shots:
        check_one_size(files, (layer.shape for layer in layers))
    brightness = (1.0, 0.0)
    if data.form == "pairs":
        degraded, clean = layers
        sizes = [f"{layer.shape[-1]}×{layer.shape[-2]}" for layer in layers]
        if clean.shape[-2:] != (degraded.shape[-2] * scale, degraded.shape[-1] * scale):
            enlarges = f"enlarges by {scale}" if scale > 1 else "keeps the size"
            raise DataError(
                f"{files[0]} is {sizes[0]} and {files[1]} is {sizes[1]}, but the restorer {enlarges}; crop them to fit"
            )
        if data.match == "affine":
            brightness = fit_brightness(unit(degraded).numpy(), unit(clean).numpy())
    white = _white(files[0], layers[0])
    least = -(-smallest // scale)
    sides = [least * (scale if data.form == "pairs" and index == 1 else 1) for index in range(len(layers))]
    kept = (store.keep(pad_to(layer, side)) for layer, side in zip(layers, sides, strict=True))
    conditions = _conditions(item, files[0], white)
    return Observed(name=item.name, layers=tuple(kept), brightness=brightness, white=white, conditions=conditions)


def _white(path: Path, degraded: Layer) -> float:
    """As the restorer is shown the picture when it is used."""
    return 1.0 if stored_depth(path) == "uint8" else white_at(percentile(unit(degraded).numpy()))


def _layer(path: Path, channels: int) -> Layer:
    picture = read_clean(path, colour_of(channels))
    if stored_depth(path) == "float32":
        return picture[0].contiguous().numpy()
    return integers(picture)


def _conditions(item: Item, observed: Path, white: float) -> Mapping[str, Tensor]:
    found = {name: torch.tensor(value / white) for name, value in read_known(observed).conditions.items()}
    return {**found, "kernel": read_kernel(item.kernel)[0]} if item.kernel else found


def _refuse_half_known(images: Sequence[Observed]) -> None:
    every = set().union(*(image.conditions for image in images))
    for name in sorted(every):
        without = [image.name for image in images if name not in image.conditions]
        if without:
            raise DataError(
                f"{name} is known of {len(images) - len(without)} of {len(images)} pictures, but not of {without[0]}; "
                "write it into the file beside each of them, or into none"
            )


def _with_kernels_of_one_size(images: Sequence[Observed]) -> Iterator[Observed]:
    """Kernels of a batch are one tensor: smaller ones are put in the middle of zeros."""
    side = max((len(image.conditions["kernel"]) for image in images if "kernel" in image.conditions), default=0)
    for image in images:
        if "kernel" not in image.conditions:
            yield image
            continue
        margin = (side - len(image.conditions["kernel"])) // 2
        padded = torch.nn.functional.pad(image.conditions["kernel"], [margin] * 4)
        conditions = {**image.conditions, "kernel": padded}
        yield replace(image, conditions=conditions)


def _area(image: Observed, data: DataSettings) -> int:
    layers = image.layers[1:2] if data.form == "pairs" else image.layers
    return sum(layer.shape[-2] * layer.shape[-1] for layer in layers)


def _chosen(image: Observed, data: DataSettings, draw: Sequence[float]) -> tuple[Layer, Layer | None]:
    """The degraded picture and what it is compared with: the clean one, another shot, or nothing."""
    if data.form == "noisy":
        return image.layers[0], None
    if data.form == "pairs":
        return image.layers[0], image.layers[1]
    count = len(image.layers)
    first = int(draw[0] * count)
    second = (first + 1 + int(draw[1] * (count - 1))) % count
    return image.layers[first], image.layers[second]


def _sample(image: Observed, degraded: Layer, target: Layer | None) -> Samples:
    """One patch with all that belongs to it; without the axis of the batch."""
    factor, offset = image.brightness
    found = {"degraded": unit(degraded) / image.white, **image.conditions}
    if target is not None:
        found["target"] = (unit(target) * factor + offset) / image.white
    return found


def _stacked(samples: Sequence[Samples]) -> Samples:
    return {name: torch.stack([sample[name] for sample in samples]) for name in samples[0]}
