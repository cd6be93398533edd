"""The receptive field of a network that does not tell it: measured by a change in the middle of a narrow strip."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

from burnish.ops.padding import fitting

__all__ = ["receptive_field"]

LENGTHS = (64, 128, 256, 512)
"""Lengths in pixels of the strips, one after the other until the change reaches neither end."""
WIDTH = 16
"""Their width in pixels, at least."""
AGREES = 1e-5
"""Largest difference of a cut strip's estimate, relative to its largest value."""

Restore = Callable[[Tensor], Tensor]
"""1,C,H,W in [0, 1] → 1,C,s·H,s·W."""


def receptive_field(
    restore: Restore, *, channels: int, scale: int = 1, multiple: int = 1, smallest: int = 1
) -> int | None:
    """Side in input pixels, odd, of the square that one output pixel depends on; None: over 511, or the whole picture.

    A block of ``multiple`` pixels in the middle of a strip of random values is changed: to NaN, which spreads along
    every path, however small its weights are, and to other values, since not every engine lets NaN pass. How far the
    estimate changes is the reach. It is true of the network as it is cut into pieces by the host only if the cut pieces
    agree: a strip of another size is restored whole and in part, and if they differ (windows that do not begin where
    the piece does) there is no finite field, either.

    Args:
        restore: The network, without gradients.
        channels: Of its pictures.
        scale: s, by how much it enlarges.
        multiple: Height and width that it takes are multiples of this.
        smallest: The smallest height and width in pixels that it takes.
    """
    draw = torch.Generator().manual_seed(0)
    width = fitting(WIDTH, multiple=multiple, smallest=smallest)
    for length in LENGTHS:
        strip = torch.rand(1, channels, width, fitting(length, multiple=multiple, smallest=smallest), generator=draw)
        reaches = [_reach(_turned(restore, turn), strip, scale, multiple, draw) for turn in (False, True)]
        if None not in reaches:
            reach = max(each for each in reaches if each is not None)
            agrees = all(_agrees(_turned(restore, turn), strip, scale, multiple, reach) for turn in (False, True))
            return 2 * reach + 1 if agrees else None
    return None


def _turned(restore: Restore, turn: bool) -> Restore:
    """Along the strip, or across: the network sees it upright."""
    return (lambda strip: restore(strip.mT.contiguous()).mT) if turn else restore


def _reach(restore: Restore, strip: Tensor, scale: int, multiple: int, draw: torch.Generator) -> int | None:
    """By how many pixels a change of one is felt at most along the strip; None: as far as an end."""
    length = strip.shape[-1]
    first = length // 2 // multiple * multiple
    block = slice(first, first + multiple)
    before = restore(strip)
    changed = torch.zeros(before.shape[-1], dtype=torch.bool)
    for value in (torch.tensor(math.nan), torch.rand(1, generator=draw), 1.0 - strip[..., block]):
        other = strip.clone()
        other[..., block] = value
        changed |= (restore(other) != before).flatten(0, -2).any(dim=0)
    places = changed.nonzero().flatten() // scale
    if not len(places):
        return None
    left, right = int(places.min()), int(places.max())
    return None if left == 0 or right == length - 1 else max(first + multiple - 1 - left, right - first, 0)


def _agrees(restore: Restore, strip: Tensor, scale: int, multiple: int, reach: int) -> bool:
    """Whether pieces of a longer strip give what the whole gives, wherever on the grid they begin."""
    margin = -(-reach // multiple) * multiple
    keep = max(32 // multiple, 1) * multiple
    length = strip.shape[-1] + 2 * margin + keep
    whole_strip = strip.repeat(1, 1, 1, -(-length // strip.shape[-1]))[..., : length // multiple * multiple]
    whole = restore(whole_strip)
    for shift in (1, 2, 3, 5):
        start = shift * multiple
        first, last = start + margin, start + margin + keep
        if last + margin > whole_strip.shape[-1]:
            break
        part = restore(whole_strip[..., start : last + margin].contiguous())
        found, wanted = part[..., margin * scale : (margin + keep) * scale], whole[..., first * scale : last * scale]
        if not torch.allclose(found, wanted, rtol=0.0, atol=AGREES * max(1.0, float(wanted.abs().max()))):
            return False
    return True
