"""Restoring one picture without losing anything else that its file holds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import torch

from burnish.imaging import Picture, from_tensor, to_tensor
from burnish.inference.conditions import with_mask
from burnish.inference.loaded import LoadedRestorer
from burnish.inference.restoring import MEMORY_MB, restore


def restore_picture(
    loaded: LoadedRestorer,
    picture: Picture,
    conditions: Mapping[str, Any] | None = None,
    *,
    tile: Literal["auto"] | int = "auto",
    precision: str = "auto",
    memory_mb: int = MEMORY_MB,
) -> Picture:
    """The restored picture: same depth, alpha (resized where the picture grows), orientation and metadata.

    To a restorer of bursts or clips it is the only frame. Pixels are restored as they are stored, whatever the
    orientation tag says. A restorer that changes nothing gives
    back the very pixels, also those of float pictures outside of [0, 1]. Invalid pixels (NaN, no data) are filled for
    the restorer, left out of its ``mask`` where it takes one, and come back as they were.

    Raises:
        As ``restore_detailed``.
    """
    degraded = to_tensor(picture)
    given = degraded if loaded.spec.temporal == "single" else degraded[:, None]
    known = with_mask(conditions, picture.invalid)
    estimate = restore(loaded, given, known, tile=tile, precision=precision, memory_mb=memory_mb)
    estimate = estimate[:, 0] if estimate.ndim == 5 else estimate
    if estimate.shape == degraded.shape and torch.equal(estimate, degraded):
        return picture
    return from_tensor(estimate, picture)
