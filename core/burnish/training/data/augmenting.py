"""Augmentation of clean patches before their degradation: flips, quarter turns, order of colours, mixtures of two."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import permutations
from typing import Any, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8 | np.uint16]
P = TypeVar("P", bound=NDArray[Any])

_ORDERS = tuple(permutations(range(3)))


def turned(patch: P, augment: Collection[str], *, mirror: float, turn: float, order: float) -> P:
    """A patch …,C,P,P mirrored (``flip``), turned by quarters (``rotate``), its colours permuted (``channels``).

    Args:
        patch: All frames of a clip are treated alike.
        augment: The recipe's words; those that are not there change nothing.
        mirror: In [0, 1), as are the others: mirrored below 1/2.
        turn: Four equal parts, one for each quarter.
        order: Six equal parts, one for each order of three colours.
    """
    made: NDArray[Any] = patch
    if "flip" in augment and mirror < 0.5:
        made = made[..., ::-1]
    if "rotate" in augment:
        made = np.rot90(made, int(turn * 4), axes=(-2, -1))
    if "channels" in augment and made.shape[-3] == 3:
        made = made[..., list(_ORDERS[int(order * len(_ORDERS))]), :, :]
    return cast(P, made)


def mixed(patch: Pixels, other: Pixels, draw: Sequence[float]) -> Pixels:
    """Half of the time the patch itself, a quarter blended with another, a quarter with a part of the other pasted in.

    Blend: ``λ · patch + (1 − λ) · other``, λ in [1/2, 1], rounded half up (Mixup, arXiv:1710.09412). Paste: a rectangle
    of sides between a quarter and three quarters of the patch's (CutMix, arXiv:1905.04899). J. Yoo et al.,
    arXiv:2004.00448, measured which mixtures help restoration.

    Args:
        patch: …,C,P,P integers.
        other: Of the same shape.
        draw: Five numbers in [0, 1): what is done, λ or height, width, top, left.
    """
    choice, first, second, third, fourth = draw
    if choice < 0.5:
        return patch
    if choice < 0.75:
        weight = 0.5 + 0.5 * first
        blend = np.floor(weight * patch.astype(np.float32) + (1.0 - weight) * other.astype(np.float32) + 0.5)
        return blend.astype(patch.dtype)
    side = patch.shape[-1]
    height, width = (max(1, int(side * (0.25 + 0.5 * share))) for share in (first, second))
    top, left = int(third * (side - height + 1)), int(fourth * (side - width + 1))
    pasted = patch.copy()
    pasted[..., top : top + height, left : left + width] = other[..., top : top + height, left : left + width]
    return pasted
