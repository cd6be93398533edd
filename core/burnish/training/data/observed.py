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

from burnish.console.progress import track
from burnish.data.items import Item, kernel_of
from burnish.data.known import read_known
from burnish.data.matching import fit_brightness
from burnish.errors import DataError
from burnish.inference.kernels import read_kernel
from burnish.inference.value_range import percentile, white_at
from burnish.io import read_clean
from burnish.io.depth import stored_depth
from burnish.io.folders import check_one_size
from burnish.recipe.data import DataSettings
from burnish.training.data.pictures import Pixels, Store, colour_of, integers, pad_to, unit

Layer = Pixels | NDArray[np.float32]
"""C,H,W; float32 of files that hold floats, which noise may have put outside [0, 1]."""


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
    conditions: tuple[Mapping[str, Tensor], ...]
    """What is known of the degraded picture, or of each shot; without the axis of the batch."""


@dataclass(frozen=True, kw_only=True)
class Observations:
    """All images of a split."""

    images: tuple[Observed, ...]
    areas: tuple[int, ...]
    """Pixels of each restored picture before any padding; of a scene those of all shots."""
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
    found = [read(item) for item in track(items, description="Reading pictures", quiet=quiet)]
    images = [image for image, _ in found]
    _refuse_half_known(images)
    return Observations(
        images=tuple(_with_kernels_of_one_size(images)),
        areas=tuple(area for _, area in found),
        data=data,
        scale=scale,
    )


def _read(
    item: Item, *, data: DataSettings, channels: int, scale: int, smallest: int, store: Store
) -> tuple[Observed, int]:
    """The image, and its area: pixels of what is made of it, before any padding."""
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
    pad = partial(pad_to, mode="reflect" if scale == 1 else "symmetric")
    kept = (store.keep(pad(layer, side)) for layer, side in zip(layers, sides, strict=True))
    image = Observed(
        name=item.name,
        layers=tuple(kept),
        brightness=brightness,
        white=white,
        conditions=tuple(_conditions(item, path, white) for path in item.shots or files[:1]),
    )
    height, width = layers[0].shape[-2:]
    return image, height * width * scale**2 * (len(files) if item.shots else 1)


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
    kernel = kernel_of(observed) if item.shots else item.kernel
    return {**found, "kernel": read_kernel(kernel)[0]} if kernel else found


def _refuse_half_known(images: Sequence[Observed]) -> None:
    known = [(image.name, conditions) for image in images for conditions in image.conditions]
    for name in sorted(set().union(*(conditions for _, conditions in known))):
        without = [image for image, conditions in known if name not in conditions]
        if without:
            raise DataError(
                f"{name} is known of {len(known) - len(without)} of {len(known)} pictures, but not of {without[0]}; "
                "write it into the file beside each of them, or into none"
            )


def _with_kernels_of_one_size(images: Sequence[Observed]) -> Iterator[Observed]:
    """Kernels of a batch are one tensor: smaller ones are put in the middle of zeros."""
    side = max((len(known["kernel"]) for image in images for known in image.conditions if "kernel" in known), default=0)
    for image in images:
        yield replace(image, conditions=tuple(_with_kernel_of(side, known) for known in image.conditions))


def _with_kernel_of(side: int, conditions: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
    if "kernel" not in conditions:
        return conditions
    margin = (side - len(conditions["kernel"])) // 2
    return {**conditions, "kernel": torch.nn.functional.pad(conditions["kernel"], [margin] * 4)}
