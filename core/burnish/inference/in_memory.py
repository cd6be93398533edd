"""Restoring arrays, images and tensors: the result has the kind of the input."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace

import torch
from torch import Tensor

from burnish.errors import UsageError
from burnish.inference.frames import restore_clip
from burnish.inference.linear_light import picture_curve
from burnish.inference.pictures import restore_picture_detailed, scaled
from burnish.inference.restoring import restore
from burnish.inference.value_range import with_white
from burnish.io import from_tensor, to_tensor
from burnish.io.arrays import to_picture, to_pictures
from burnish.io.metadata_loss import clipped
from burnish.restorer.notes import hearing
from burnish.restorer.options import RestoreOptions
from burnish.restorer.restorer import Restorer

_log = logging.getLogger("burnish")


def restore_kind(
    restorer: Restorer, picture: object, conditions: Mapping[str, object], options: RestoreOptions
) -> object:
    """See ``Restorer.__call__``."""
    if isinstance(picture, Tensor):
        return _tensor(restorer, picture, conditions, options)
    if isinstance(picture, list | tuple):
        return _frames(restorer, picture, conditions, options)
    stored, back = to_picture(picture)
    done = restore_picture_detailed(restorer, stored, conditions, options)
    _say(restorer, done.notes)
    return back(done.picture)


def _tensor(restorer: Restorer, given: Tensor, conditions: Mapping[str, object], options: RestoreOptions) -> Tensor:
    wanted = (4,) if restorer.spec.temporal == "single" else (5,)
    if given.ndim not in wanted or not given.is_floating_point():
        shape = "N,C,H,W" if wanted == (4,) else "N,T,C,H,W"
        fact = f"{given.dtype} shaped {tuple(given.shape)}".removeprefix("torch.")
        raise UsageError(f"a tensor of {fact} is not restored; give {shape}, float, white at 1")
    if options.transfer in ("auto", "icc"):
        raise UsageError(
            f"transfer {options.transfer!r} depends on a picture's file, and a tensor has none; use srgb or linear"
        )
    estimate = restore(restorer, given, conditions, options)
    return estimate.to(device=given.device, dtype=given.dtype)


def _frames(
    restorer: Restorer, frames: Sequence[object], conditions: Mapping[str, object], options: RestoreOptions
) -> object:
    """The picture of a burst, or the frames of a clip; restorers of single pictures restore a clip frame by frame."""
    pictures, backs = to_pictures(frames)
    options = replace(options, transfer=picture_curve(restorer, pictures[0], options.transfer))
    known = with_white(restorer, conditions, pictures)
    tensors = [to_tensor(picture) for picture in pictures]
    with hearing() as heard:
        if restorer.spec.temporal == "burst":
            estimates = [restore(restorer, torch.stack(tensors, dim=1), known, options)]
        else:
            estimates = list(restore_clip(restorer, tensors, known, options))
    notes = (
        scaled(known)
        + heard.notes
        + tuple(note for estimate, like in zip(estimates, pictures, strict=False) for note in clipped(estimate, like))
    )
    _say(restorer, tuple(dict.fromkeys(notes)))
    made = [back(from_tensor(estimate, like)) for estimate, like, back in zip(estimates, pictures, backs, strict=False)]
    return made[0] if restorer.spec.temporal == "burst" else made


def _say(restorer: Restorer, notes: Sequence[str]) -> None:
    for note in notes:
        _log.warning("%s: %s", restorer.subject, note)
