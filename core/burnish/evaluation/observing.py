"""From a benchmark's item to the observation that a restorer is given: by the seeded degrader, or from a file."""

from __future__ import annotations

import hashlib
from typing import Literal, cast

import torch

from burnish.errors import DataError
from burnish.evaluation.dataset import Item
from burnish.imaging import read_clean
from burnish.protocols import Degrader, Observation


def image_seed(seed: int, name: str) -> int:
    """The seed of one image's generator: of the benchmark's seed and the image's relative name alone.

    So an image is degraded alike whatever others are in the folder, and in whatever order they come.
    """
    return int.from_bytes(hashlib.sha256(f"{seed}:{name}".encode()).digest()[:8], "big") >> 1


def observe(item: Item, *, degrader: Degrader | None, colour: str, seed: int, scale: int) -> Observation:
    """Read one clean picture, 1,C,H,W in [0, 1], and degrade it on the CPU, or read its degraded file.

    Args:
        item: The picture.
        degrader: What degrades it; None where the item has a degraded file.
        colour: How both files are read.
        seed: The benchmark's.
        scale: The restorer's enlargement, which a degraded file must be smaller by.

    Raises:
        DataError: The two files' sizes do not fit each other.
    """
    how = cast(Literal["rgb", "grey", "y"], colour)
    clean = read_clean(item.clean, how)
    if degrader is not None:
        return degrader(clean, torch.Generator().manual_seed(image_seed(seed, item.name)))
    if item.degraded is None:
        raise DataError(f"{item.clean}: has no degraded picture")
    degraded = read_clean(item.degraded, how)
    height, width = (side * scale for side in degraded.shape[2:])
    over = (clean.shape[2] - height, clean.shape[3] - width)
    if not all(0 <= pixels < scale for pixels in over):
        sizes = " and ".join(f"{picture.shape[3]}×{picture.shape[2]}" for picture in (degraded, clean))
        raise DataError(
            f"{item.degraded} and {item.clean} are {sizes}, which does not fit a restorer that enlarges by {scale}"
        )
    return Observation(degraded=degraded, target=clean[..., :height, :width], conditions={"scale": scale})
