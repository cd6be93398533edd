"""Decoded pictures and clips, read once and kept as integers: in memory, or mapped from files where there are many."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar, cast

import numpy as np
import torch
from numpy.typing import NDArray

from burnish.console.progress import track
from burnish.errors import DataError
from burnish.io import list_frames, read_clean
from burnish.io.folders import check_one_size
from burnish.io.free_memory import free_memory

Pixels = NDArray[np.uint8 | np.uint16]
Kept = TypeVar("Kept", bound=NDArray[Any])
"""Any array; the same type comes back."""

MEMORY_SHARE = 0.4
"""Part of the memory that is free at the start which decoded pictures may fill."""


@dataclass(frozen=True, kw_only=True)
class Pictures:
    """Clean pictures or clips of one number of channels."""

    names: tuple[str, ...]
    """Names of files, or of clips' folders, in order."""
    pixels: tuple[Pixels, ...]
    """C,H,W each, of clips T,C,H,W; uint8 over 0…255, or uint16 over 0…65535 where a file holds more than 8 bits."""
    areas: tuple[int, ...]
    """Pixels of each file, before any padding; of clips those of all frames."""

    def __len__(self) -> int:
        return len(self.pixels)

    @property
    def area(self) -> int:
        """Pixels of all files together."""
        return sum(self.areas)


def read_pictures(
    paths: Sequence[Path],
    *,
    channels: int,
    smallest: int = 1,
    spill: Path | None = None,
    quiet: bool = True,
    readers: int = 1,
) -> Pictures:
    """Decode pictures once.

    Args:
        paths: Their files.
        channels: 1 reads them as grey, 3 as RGB.
        smallest: Pictures with a smaller side are padded to it by reflection, so that a patch fits.
        spill: Folder for what does not fit into memory; None: everything stays in memory.
        quiet: No progress bar.
        readers: How many processes of this machine read at the same time, each with its part of the memory.

    Raises:
        DataError: There are none.
        ImagingError: A file cannot be read.
    """
    if not paths:
        raise DataError("there are no pictures to train on; put some into the recipe's data folder")
    colour = colour_of(channels)
    decoded = (integers(read_clean(path, colour)) for path in track(paths, description="Reading pictures", quiet=quiet))
    return _kept(paths, decoded, smallest=smallest, spill=spill, readers=readers)


def read_clips(
    clips: Sequence[Path],
    *,
    channels: int,
    frames: int,
    smallest: int = 1,
    spill: Path | None = None,
    quiet: bool = True,
    readers: int = 1,
) -> Pictures:
    """Decode clips once; arguments as ``read_pictures``, each path a folder of frames.

    Args:
        clips: Their folders.
        channels: 1 reads them as grey, 3 as RGB.
        frames: A clip must have at least so many.
        smallest: As ``read_pictures``.
        spill: As ``read_pictures``.
        quiet: No progress bar.
        readers: As ``read_pictures``.

    Raises:
        DataError: There are none, one is too short, or its frames differ in size.
        ImagingError: A frame cannot be read.
    """
    if not clips:
        raise DataError("there are no clips to train on; put folders of frames into the recipe's data folder")
    decoded = (_clip(clip, channels, frames) for clip in track(clips, description="Reading clips", quiet=quiet))
    return _kept(clips, decoded, smallest=smallest, spill=spill, readers=readers)


def _kept(
    paths: Sequence[Path], decoded: Iterable[Pixels], *, smallest: int, spill: Path | None, readers: int
) -> Pictures:
    """All that was decoded, padded, in memory or where that is full in ``spill``."""
    store = Store(spill, readers=readers)
    pixels: list[Pixels] = []
    areas = []
    for one in decoded:
        areas.append(one.size // one.shape[-3])
        pixels.append(store.keep(pad_to(one, smallest)))
    return Pictures(names=tuple(str(path) for path in paths), pixels=tuple(pixels), areas=tuple(areas))


class Store:
    """Keeps decoded arrays in memory, and what does not fit there as files that are mapped.

    Args:
        spill: Folder for what does not fit into memory; None: everything stays in memory.
        readers: How many processes of this machine read at the same time, each with its part of the memory.
    """

    def __init__(self, spill: Path | None, *, readers: int = 1) -> None:
        self._spill = spill
        self._room = MEMORY_SHARE * free_memory(unknown=float("inf")) / readers
        self._count = 0

    def keep(self, pixels: Kept) -> Kept:
        """The same values, in memory or in a mapped file."""
        self._room -= pixels.nbytes
        self._count += 1
        if self._room > 0 or self._spill is None:
            return pixels
        return _on_disk(pixels, self._spill / f"{self._count - 1:07d}.npy")


def colour_of(channels: int) -> Literal["grey", "rgb"]:
    """How ``read_clean`` reads a picture of so many channels."""
    return "grey" if channels == 1 else "rgb"


def _clip(clip: Path, channels: int, frames: int) -> Pixels:
    """T,C,H,W; uint16 where one frame is."""
    colour = colour_of(channels)
    files = list_frames(clip)
    if len(files) < frames:
        raise DataError(f"{clip}: has {len(files)} frames, but training.frames needs {frames}; remove the clip")
    decoded = [integers(read_clean(path, colour)) for path in files]
    check_one_size(files, (frame.shape for frame in decoded))
    deep = any(frame.dtype == np.uint16 for frame in decoded)
    return np.stack([frame.astype(np.uint16) * 257 if deep and frame.dtype == np.uint8 else frame for frame in decoded])


def integers(clean: torch.Tensor) -> Pixels:
    """1,C,H,W in [0, 1] as C,H,W integers: uint8 where that loses nothing, else uint16 (rounded, clipped)."""
    values = clean[0].clamp(0.0, 1.0)
    scaled = values * 255.0
    eight = scaled.round()
    if float(scaled.sub_(eight).abs_().max()) < 1e-3:
        return eight.to(torch.uint8).contiguous().numpy()
    sixteen: NDArray[np.uint16] = (values * 65535.0).round().contiguous().numpy().astype(np.uint16)
    return sixteen


def unit(pixels: Pixels | NDArray[np.float32]) -> torch.Tensor:
    """Integers of any shape as float32 in [0, 1]; floats as they are."""
    if pixels.dtype == np.float32:
        return torch.from_numpy(np.ascontiguousarray(pixels))
    peak = float(np.iinfo(cast(Pixels, pixels).dtype).max)
    return torch.from_numpy(np.ascontiguousarray(pixels).astype(np.float32)).div_(peak)


def pad_to(pixels: Kept, side: int, *, mode: Literal["reflect", "symmetric"] = "reflect") -> Kept:
    """…,H,W padded by reflection at right and bottom until height and width are at least ``side``.

    Args:
        pixels: What is padded.
        side: The smallest height and width.
        mode: ``reflect`` mirrors at the middle of the last pixel, ``symmetric`` at its border: so do pictures of
            different resolution remain in register.
    """
    down, right = max(0, side - pixels.shape[-2]), max(0, side - pixels.shape[-1])
    if not down and not right:
        return pixels
    return cast(Kept, np.pad(pixels, [(0, 0)] * (pixels.ndim - 2) + [(0, down), (0, right)], mode=mode))


def _on_disk(pixels: Kept, file: Path) -> Kept:
    file.parent.mkdir(parents=True, exist_ok=True)
    np.save(file, pixels)
    return cast(Kept, np.load(file, mmap_mode="r"))
