"""Gives a network the sizes that it takes: pads to a multiple by reflection, and crops its estimate back."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional

__all__ = ["crop_back", "pad_to_fit"]


def pad_to_fit(degraded: Tensor, *, multiple: int, smallest: int) -> Tensor:
    """…,H,W padded at right and bottom until both sides are multiples of ``multiple`` and at least ``smallest``.

    By reflection, and by repeating the border where the padding is as large as the picture.
    """
    height, width = degraded.shape[-2:]
    down, right = _missing(height, multiple, smallest), _missing(width, multiple, smallest)
    if not down and not right:
        return degraded
    mode = "reflect" if down < height and right < width else "replicate"
    flat = degraded.flatten(0, -4) if degraded.dim() > 4 else degraded
    padded = functional.pad(flat, (0, right, 0, down), mode=mode)
    return padded.reshape(*degraded.shape[:-2], height + down, width + right)


def crop_back(estimate: Tensor, *, given: tuple[int, int], padded: tuple[int, int]) -> Tensor:
    """The part N,C,s·H,s·W of an estimate made from a padded picture, where s is the estimate's enlargement."""
    if given == padded:
        return estimate
    scale = estimate.shape[-1] / padded[1]
    return estimate[..., : round(given[0] * scale), : round(given[1] * scale)]


def _missing(side: int, multiple: int, smallest: int) -> int:
    return -(-max(side, smallest) // multiple) * multiple - side
