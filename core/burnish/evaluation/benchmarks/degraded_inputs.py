"""From a benchmark's item to the observation for a restorer: by the seeded degrader, or from a file."""

from __future__ import annotations

import hashlib
import os
from dataclasses import replace
from pathlib import Path
from typing import Literal, cast

import torch
from torch import Tensor

from burnish.data.items import Item
from burnish.data.known import read_known
from burnish.data.matching import fit_brightness
from burnish.errors import DataError, ImagingError
from burnish.inference.kernels import read_kernel
from burnish.inference.value_range import percentile, white_at
from burnish.io import list_frames, read_clean, read_picture, transfer_of
from burnish.io.depth import stored_depth
from burnish.io.folders import check_one_size
from burnish.protocols import Degrader, Observation


def image_seed(seed: int, name: str) -> int:
    """The seed of one image's generator: of the benchmark's seed and the image's relative name alone.

    So an image is degraded alike whatever others are in the folder, and in whatever order they come.
    """
    return int.from_bytes(hashlib.sha256(os.fsencode(f"{seed}:{name}")).digest()[:8], "big") >> 1


def observe(
    item: Item,
    *,
    degrader: Degrader | None,
    colour: str,
    seed: int,
    scale: int,
    sigma: float | None = None,
    transfer: str | None = None,
    match: str = "none",
    longest: int = 0,
) -> Observation:
    """Read one clean picture or clip, (1,T,)C,H,W in [0, 1], and degrade it on the CPU, or read its degraded file.

    Without a clean picture the target is the degraded picture, which gives nothing but its size.

    Args:
        item: The picture; a folder of frames is a clip, or beside a clean picture a burst.
        degrader: What degrades it; None where the item has a degraded file.
        colour: How both files are read.
        seed: The benchmark's.
        scale: The restorer's enlargement, which a degraded file must be smaller by.
        sigma: The noise of degraded files, where it is known and no file beside the picture says it.
        transfer: How degraded files' values stand for light (see ``transfer_of``); None: nobody wants to know.
        match: ``affine``: the clean picture's brightness is fitted to that of the degraded file.
        longest: Of a clip only so many frames of its middle are read; 0: all.

    Raises:
        DataError: The two files' sizes do not fit each other.
    """
    how, some = cast(Literal["rgb", "grey", "y"], colour), _middle(item, longest)
    if degrader is not None:
        assert item.clean is not None
        clean = _read(item.clean, how, some)
        made = degrader(clean, torch.Generator().manual_seed(image_seed(seed, item.name)))
        return replace(made, conditions={**made.conditions, **_white(item.clean, made.degraded)})
    observed = item.observed
    if observed is None:
        raise DataError(f"{item.clean}: has no degraded picture")
    degraded = _read(observed, how, some)
    clean = degraded if item.clean is None else _read(item.clean, how, some)
    if match == "affine":
        factor, offset = fit_brightness(degraded[0].numpy(), clean[0].numpy())
        clean = clean * factor + offset
    height, width = (side * scale for side in degraded.shape[-2:])
    over = (clean.shape[-2] - height, clean.shape[-1] - width)
    if not all(0 <= pixels < scale for pixels in over):
        sizes = " and ".join(f"{picture.shape[-1]}×{picture.shape[-2]}" for picture in (degraded, clean))
        raise DataError(f"{observed} and {item.clean} are {sizes}, but the restorer enlarges by {scale}")
    conditions: dict[str, object] = {"scale": scale}
    if item.kernel is not None:
        conditions["kernel"] = read_kernel(item.kernel)
    sigma = read_known(observed).conditions.get("sigma", sigma)
    if sigma is not None:
        conditions["sigma"] = torch.tensor([sigma])
    conditions |= _white(observed, degraded)
    curve = None
    if transfer is not None:
        first = list_frames(observed)[0] if observed.is_dir() else observed
        picture = read_picture(first)
        try:
            curve = transfer_of(picture, transfer)
        except ImagingError as error:
            raise ImagingError(f"{first}: {error}") from error
    return Observation(degraded=degraded, target=clean[..., :height, :width], conditions=conditions, transfer=curve)


def read_item(item: Item, colour: str) -> Tensor:
    """The clean picture, 1,C,H,W, or clip, 1,T,C,H,W, of an item, in [0, 1]; where there is none, the degraded one."""
    return _read(item.reference, cast(Literal["rgb", "grey", "y"], colour))


def read_shots(item: Item, colour: str) -> Tensor:
    """The other shots of a scene than the one to restore: 1,S,C,H,W in [0, 1].

    Raises:
        DataError: They differ in size.
    """
    shots = [_read(path, cast(Literal["rgb", "grey", "y"], colour)) for path in item.shots]
    check_one_size(item.shots, (shot.shape for shot in shots))
    return torch.stack(shots[1:], dim=1)


def _white(path: Path, degraded: Tensor) -> dict[str, float]:
    """The condition ``white`` as ``burnish restore`` finds it; none for files of 8 bit, or where it is 1."""
    if stored_depth(list_frames(path)[0] if path.is_dir() else path) == "uint8":
        return {}
    white = white_at(percentile(degraded.detach().cpu().numpy()))
    return {} if white == 1.0 else {"white": white}


def _middle(item: Item, longest: int) -> slice:
    """The frames of the middle of a clip; all of a burst, and where both folders of a clip do not match."""
    if not longest or item.clean is None or not item.clean.is_dir():
        return slice(None)
    counts = {len(list_frames(path)) for path in (item.clean, item.degraded) if path is not None}
    first = (max(counts) - longest) // 2
    return slice(first, first + longest) if len(counts) == 1 and first > 0 else slice(None)


def _read(path: Path, colour: Literal["rgb", "grey", "y"], some: slice = slice(None)) -> Tensor:
    """1,C,H,W of a file; 1,T,C,H,W of some frames of a folder."""
    if not path.is_dir():
        return read_clean(path, colour)
    files = list_frames(path)[some]
    frames = [read_clean(file, colour) for file in files]
    check_one_size(files, (frame.shape for frame in frames))
    return torch.stack(frames, dim=1)
