"""The part of ``burnish degrade`` that makes several frames: bursts of pictures, and clips of clips."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from burnish.errors import DataError, UsageError

if TYPE_CHECKING:
    from torch import Tensor

    from burnish.io import Picture
    from burnish.protocols import Observation

Make = Callable[[Any], "tuple[Observation, dict[str, Any]]"]
"""A clean picture or clip → its observation, and the record of how it was made."""


def frame_pairs(source: Path, target: Path, temporal: str) -> list[tuple[Path, Path]]:
    """Which picture becomes which folder of frames (``burst``), or which clip which (``video``).

    Raises:
        DataError: ``source`` is missing, or holds no pictures or clips.
        UsageError: ``target`` is the source, a file, or named like one; or as ``outputs.check_pairs``.
    """
    from burnish.io.outputs import check_pairs

    pairs = _frame_pairs(source, target, temporal)
    check_pairs(pairs)
    return pairs


def _frame_pairs(source: Path, target: Path, temporal: str) -> list[tuple[Path, Path]]:
    from burnish.io import is_picture, list_clips, list_pictures
    from burnish.io.outputs import outside, refuse_same

    if is_picture(target) or target.is_file():
        raise UsageError(f"{target}: several frames need an output folder; give a folder")
    refuse_same(source, target)
    if temporal == "video":
        clips = outside(list_clips(source), target)
        return [(clip, target if clip == source else target / clip.relative_to(source)) for clip in clips]
    if source.is_dir():
        found = outside(list_pictures(source), target)
        return [(path, target / path.relative_to(source).with_suffix("")) for path in found]
    if not source.exists():
        raise DataError(f"{source}: is missing; give a picture or a folder of pictures")
    return [(source, target)]


def degrade_frames(make: Make, source: Path, target: Path, *, record_of: Callable[[Path], Path]) -> None:
    """Degrade one picture or clip into a folder of frames, completely or not at all, with its record next to it.

    Frames have the depth and metadata of what they come from, without alpha, and their names where there are as many.
    True motion, where the degrader gives it, is written as ``TARGET.flow.npy`` (T,2,H,W float32, pixels).

    Raises:
        UsageError: ``target`` holds something already.
    """
    from burnish.io.atomic import refuse_full, write_whole

    refuse_full(target)
    clean, originals = _read(source)
    made, record = make(clean)
    frames = made.degraded[0]
    record["conditions"] = plain(made.conditions)
    target.parent.mkdir(parents=True, exist_ok=True)
    if "flow" in made.conditions:
        write_whole(target.with_name(f"{target.name}.flow.npy"), _array(made.conditions["flow"][0]))
    write_whole(record_of(target), (json.dumps(record, indent=2) + "\n").encode())
    _write(target, frames, originals)


def _read(source: Path) -> tuple[Tensor, list[tuple[str, Picture]]]:
    """The clean picture 1,C,H,W or clip 1,T,C,H,W, and names and pictures of its frames."""
    import torch

    from burnish.io import list_frames, read_picture, to_tensor, upright
    from burnish.io.folders import check_one_size

    files = list_frames(source) if source.is_dir() else [source]
    pictures = [upright(read_picture(path)) for path in files]
    tensors = [to_tensor(picture) for picture in pictures]
    check_one_size(files, (tensor.shape for tensor in tensors))
    originals = [(path.stem, replace(picture, alpha=None)) for path, picture in zip(files, pictures, strict=True)]
    return (torch.stack(tensors, dim=1) if source.is_dir() else tensors[0]), originals


def _write(target: Path, frames: Tensor, originals: list[tuple[str, Picture]]) -> None:
    from burnish.io import from_tensor, write_picture
    from burnish.io.atomic import new_folder

    same = len(originals) == len(frames) > 1
    with new_folder(target) as fresh:
        for index, frame in enumerate(frames):
            name, like = originals[index] if same else (f"{index:04d}", originals[0][1])
            write_picture(fresh / f"{name}.png", from_tensor(frame[None], like))


def plain(conditions: Mapping[str, Any]) -> dict[str, Any]:
    """The conditions of one observation as JSON values, σ a number, the kernel its rows; motion is left out."""
    return {
        key: value[0].tolist() if hasattr(value, "ndim") and value.ndim else value
        for key, value in conditions.items()
        if key != "flow"
    }


def _array(values: Tensor) -> bytes:
    import numpy as np

    stream = io.BytesIO()
    np.save(stream, values.numpy().astype(np.float32), allow_pickle=False)
    return stream.getvalue()
