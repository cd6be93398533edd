"""Checkpoints: written completely or not at all, verified by a digest in the name, read without running code."""

from __future__ import annotations

import hashlib
import io
import logging
import pickle
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypedDict

import torch

from burnish.errors import TrainingError
from burnish.io import scratch
from burnish.io.atomic import write_whole

KEPT = 2
"""How many checkpoints stay; the older one is for the case that the newer is damaged."""

_NAME = re.compile(r"step-(\d{9})-([0-9a-f]{16})\.ckpt")

_log = logging.getLogger("burnish.training")


class Checkpoint(TypedDict):
    """What of Lightning's checkpoint is used."""

    callbacks: dict[str, dict[str, Any]]
    """What each callback has stored, by its ``state_key``."""
    state_dict: dict[str, torch.Tensor]


class DamagedCheckpointError(TrainingError):
    """A checkpoint's bytes are not those that were written."""


def write_checkpoint(checkpoint: Mapping[str, object], folder: Path, *, step: int) -> Path:
    """Store tensors and plain values as ``step-<step>-<digest>.ckpt``; then remove all but the newest ``KEPT``.

    Raises:
        TrainingError: The file cannot be written; names it and the fact.
    """
    buffer = io.BytesIO()
    torch.save(dict(checkpoint), buffer)
    data = buffer.getbuffer()
    target = folder / f"step-{step:09d}-{hashlib.sha256(data).hexdigest()[:16]}.ckpt"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_whole(target, data)
    except OSError as error:
        raise TrainingError(f"{target}: cannot be written ({error.strerror}); make room or choose --work") from error
    for _, old in _stored(folder)[KEPT:]:
        old.unlink(missing_ok=True)
    return target


def read_checkpoint(file: Path) -> Checkpoint:
    """Load one checkpoint onto the CPU; only tensors and plain values can come out of it.

    Raises:
        DamagedCheckpointError: Its bytes are not those that its name says.
        TrainingError: It cannot be read, for now or for good.
    """
    match = _NAME.fullmatch(file.name)
    try:
        data = file.read_bytes()
        if match is None or hashlib.sha256(data).hexdigest()[:16] != match[2]:
            raise DamagedCheckpointError(f"{file}: is damaged: its bytes do not match the hash in its name")
        checkpoint: Checkpoint = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
    except OSError as error:
        raise TrainingError(f"{file}: cannot be read ({error.strerror}); if this persists, remove it") from error
    except (RuntimeError, pickle.UnpicklingError, EOFError) as error:
        fact = " ".join(str(error).split())
        raise TrainingError(
            f"{file}: is not a checkpoint, or cannot be loaded ({fact}); if this persists, remove it"
        ) from error
    return checkpoint


def newest(folder: Path, *, mine: bool = True) -> tuple[Path, Checkpoint] | None:
    """The newest checkpoint that is whole, and its file; a damaged one is passed over with a warning.

    Args:
        folder: Where they lie.
        mine: A damaged one is removed; False: nothing is changed there.

    Raises:
        TrainingError: One cannot be read though its bytes may be whole: nothing is thrown away for that.
    """
    for _, file in _stored(folder):
        try:
            return file, read_checkpoint(file)
        except DamagedCheckpointError as error:
            _log.warning("%s; the checkpoint before it is used", error)
            if mine:
                file.unlink(missing_ok=True)
    return None


def newest_step(folder: Path) -> int:
    """The step of the newest checkpoint, whole or not; 0: there is none."""
    return next((step for step, _ in _stored(folder)), 0)


def is_being_written(folder: Path) -> bool:
    """Whether a living process writes a checkpoint there just now."""
    return any(scratch.NAMED.fullmatch(file.name) and scratch.is_held(file) for file in folder.glob(".*"))


def discard(folder: Path) -> None:
    """Remove all checkpoints."""
    for _, file in _stored(folder):
        file.unlink(missing_ok=True)


def sweep(folder: Path) -> None:
    """Remove what interrupted writes left; the folder's lock must be held."""
    scratch.sweep(folder)
    for left in folder.glob(".step-*.ckpt.*"):  # of earlier versions
        left.unlink(missing_ok=True)


def _stored(folder: Path) -> list[tuple[int, Path]]:
    """(step, file), newest first."""
    files = folder.iterdir() if folder.is_dir() else ()
    found = [(int(match[1]), file) for file in files if (match := _NAME.fullmatch(file.name))]
    return sorted(found, key=lambda item: item[0], reverse=True)
