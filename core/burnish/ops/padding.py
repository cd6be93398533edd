"""Pads a picture at right and bottom to a size that a restorer takes, and crops the estimate."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional

__all__ = ["crop_back", "pad_to_fit"]


def fitting(length: int, *, multiple: int, smallest: int) -> int:
    """The smallest multiple of ``multiple`` that is at least ``length`` and ``smallest``, in pixels."""
    return -(-max(length, smallest) // multiple) * multiple


def pad_to_fit(degraded: Tensor, *, multiple: int, smallest: int) -> Tensor:
    """…,H,W padded at right and bottom until both sides are multiples of ``multiple`` and at least ``smallest``.

    A side that is at least one longer than its padding is mirrored about its last pixel (which is not doubled);
    a shorter one repeats its last pixel. What fits already is given back as it is.
    """
    height, width = degraded.shape[-2:]
    down = fitting(height, multiple=multiple, smallest=smallest) - height
    right = fitting(width, multiple=multiple, smallest=smallest) - width
    if not down and not right:
        return degraded
    padded = degraded.flatten(0, -4) if degraded.dim() > 4 else degraded[(None,) * (4 - degraded.dim())]
    padded = functional.pad(padded, (0, 0, 0, down), mode="reflect" if down < height else "replicate")
    padded = functional.pad(padded, (0, right, 0, 0), mode="reflect" if right < width else "replicate")
    return padded.reshape(*degraded.shape[:-2], height + down, width + right)


def crop_back(estimate: Tensor, *, given: tuple[int, int], padded: tuple[int, int]) -> Tensor:
    """The part N,C,s·H,s·W of an estimate made from a padded picture, where s is the scale."""
    if given == padded:
        return estimate
    scale = estimate.shape[-1] / padded[1]
    return estimate[..., : round(given[0] * scale), : round(given[1] * scale)]
