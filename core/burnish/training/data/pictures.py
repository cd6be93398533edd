"""Decoded pictures and clips, read once and kept as integers: in memory, or mapped from files where there are many."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray

from burnish.console.progress import track
from burnish.errors import DataError
from burnish.io import list_frames, read_clean
from burnish.io.folders import check_one_size
from burnish.io.free_memory import free_memory

Pixels = NDArray[np.uint8 | np.uint16]

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
    colour = _colour(channels)
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
    room = MEMORY_SHARE * free_memory(unknown=float("inf")) / readers
    pixels: list[Pixels] = []
    areas = []
    for number, one in enumerate(decoded):
        areas.append(one.size // one.shape[-3])
        padded = pad_to(one, smallest)
        room -= padded.nbytes
        pixels.append(padded if room > 0 or spill is None else _on_disk(padded, spill / f"{number:07d}.npy"))
    return Pictures(names=tuple(str(path) for path in paths), pixels=tuple(pixels), areas=tuple(areas))


def _colour(channels: int) -> Literal["grey", "rgb"]:
    return "grey" if channels == 1 else "rgb"


def _clip(clip: Path, channels: int, frames: int) -> Pixels:
    """T,C,H,W; uint16 where one frame is."""
    colour = _colour(channels)
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


def unit(pixels: Pixels) -> torch.Tensor:
    """Integers of any shape as float32 in [0, 1]."""
    peak = float(np.iinfo(pixels.dtype).max)
    return torch.from_numpy(np.ascontiguousarray(pixels).astype(np.float32)).div_(peak)


def pad_to(pixels: Pixels, side: int) -> Pixels:
    """…,H,W padded by reflection at right and bottom until height and width are at least ``side``."""
    down, right = max(0, side - pixels.shape[-2]), max(0, side - pixels.shape[-1])
    if not down and not right:
        return pixels
    padded: Pixels = np.pad(pixels, [(0, 0)] * (pixels.ndim - 2) + [(0, down), (0, right)], mode="reflect")
    return padded


def _on_disk(pixels: Pixels, file: Path) -> Pixels:
    file.parent.mkdir(parents=True, exist_ok=True)
    np.save(file, pixels)
    mapped: Pixels = np.load(file, mmap_mode="r")
    return mapped
