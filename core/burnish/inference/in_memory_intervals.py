"""Intervals of arrays, images and tensors: their bounds have the kind of the input."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

import torch
from torch import Tensor

from burnish.errors import UsageError
from burnish.inference.frames import restore_clip
from burnish.inference.interval_pictures import IntervalPictures, interval_pictures
from burnish.inference.linear_light import picture_curve
from burnish.inference.pictures import restore_picture_detailed
from burnish.inference.restoring import restore
from burnish.inference.value_range import with_white
from burnish.io import Picture, from_tensor, to_tensor
from burnish.io.arrays import Back, to_picture, to_pictures
from burnish.restorer.options import RestoreOptions
from burnish.restorer.restorer import Restorer

P = TypeVar("P")
"""A kind of picture."""


@dataclass(frozen=True, kw_only=True)
class Bounded(Generic[P]):
    """A restored picture, and between which values the true ones lie."""

    estimate: P
    low: P
    """Rounded down."""
    high: P
    """Rounded up."""
    width: P
    """Their distance; without alpha."""


def bounded_kind(
    restorer: Restorer, picture: object, conditions: Mapping[str, object], options: RestoreOptions, coverage: float
) -> Bounded[object] | list[Bounded[object]]:
    """A picture with its interval; of several frames the one of a burst, or a list for a clip.

    Args:
        restorer: One with calibrated intervals.
        picture: A picture, or a list of frames.
        conditions: What is known.
        options: How it runs.
        coverage: The part of a picture's values that is promised to lie within, in (0, 1).

    Raises:
        UsageError: It is a tensor; or as ``interval_of``.
    """
    if isinstance(picture, Tensor):
        raise UsageError("a tensor has no depth to round intervals to; use burnish.uncertainty.interval.interval_of")
    if isinstance(picture, list | tuple):
        return _frames(restorer, picture, conditions, options, coverage)
    stored, back = to_picture(picture)
    done = restore_picture_detailed(restorer, stored, conditions, options, coverage)
    assert done.interval is not None
    return _bounded(done.picture, done.interval, back)


def _frames(
    restorer: Restorer,
    frames: Sequence[object],
    conditions: Mapping[str, object],
    options: RestoreOptions,
    coverage: float,
) -> Bounded[object] | list[Bounded[object]]:
    pictures, backs = to_pictures(frames)
    options = replace(options, transfer=picture_curve(restorer, pictures[0], options.transfer))
    known = with_white(restorer, conditions, pictures)
    tensors = [to_tensor(picture) for picture in pictures]

    def one(picture: Picture, back: Back, degraded: Tensor, estimate: Tensor) -> Bounded[object]:
        def again(other: Tensor) -> Tensor:
            if restorer.spec.temporal == "burst":
                return restore(restorer, other, known, options)
            return next(restore_clip(restorer, [other], known, options))

        found = interval_pictures(restorer, picture, degraded, estimate, coverage, known=known, again=again)
        return _bounded(from_tensor(estimate, picture), found, back)

    if restorer.spec.temporal == "burst":
        burst = torch.stack(tensors, dim=1)
        return one(pictures[0], backs[0], burst, restore(restorer, burst, known, options))
    estimates = restore_clip(restorer, tensors, known, options)
    return [
        one(picture, back, degraded, estimate)
        for picture, back, degraded, estimate in zip(pictures, backs, tensors, estimates, strict=True)
    ]


def _bounded(picture: Picture, found: IntervalPictures, back: Back) -> Bounded[object]:
    return Bounded(estimate=back(picture), low=back(found.low), high=back(found.high), width=back(found.width))
