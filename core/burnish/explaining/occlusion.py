"""Occlusion: what a detector loses when a square of the input is covered; by captum."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from burnish.console.progress import track
from burnish.explaining.attribution import Detect

SQUARES = 196
"""About how many squares cover the picture; each costs a restoration."""


def occluded(detect: Detect, picture: Tensor, cover: Tensor, side: int, *, quiet: bool = True) -> Tensor:
    """By how much D falls for each value when its square is covered, divided by the number of the square's values.

    So the sum over a square is what the square contributes, as with integrated gradients.

    Args:
        detect: D.
        picture: 1,C,h,w or 1,T,C,h,w.
        cover: What is put in the place of a square, of the same shape.
        side: Of the squares, in pixels.
        quiet: No progress.

    Raises:
        ImportError: captum is not installed.
    """
    from captum.attr import Occlusion

    height, width = picture.shape[-2:]
    square = (picture.shape[-3], min(side, height), min(side, width))
    lead = (1,) if picture.ndim == 5 else ()  # frame by frame
    squares = (picture.shape[1] if lead else 1) * math.prod(math.ceil(whole / side) for whole in (height, width))
    passing: Iterator[int] = track(
        itertools.count(), description="Occlusion", total=squares, unit="square", quiet=quiet
    )

    def shown(covered: Tensor) -> Tensor:
        next(passing)
        return detect(covered)

    attribute: Callable[..., Tensor] = Occlusion(shown).attribute
    with torch.no_grad():
        found = attribute(
            picture, sliding_window_shapes=(*lead, *square), strides=(*lead, *square), baselines=cover,
            perturbations_per_eval=1,
        )  # fmt: skip
    across, along = (_sizes(whole, side) for whole in (width, height))
    return found.double().cpu() / (picture.shape[-3] * along[:, None] * across)


def _sizes(whole: int, side: int) -> Tensor:
    """Of each pixel along an axis, the length of the square that it lies in; the last one may be shorter."""
    places = torch.arange(whole) // side
    return torch.clamp(whole - places * side, max=side)


def side_for(picture: Tensor) -> int:
    """The side of the squares for a picture 1,C,h,w or 1,T,C,h,w."""
    frames = picture.shape[1] if picture.ndim == 5 else 1
    return max(2, math.ceil(math.sqrt(frames * picture.shape[-2] * picture.shape[-1] / SQUARES)))
