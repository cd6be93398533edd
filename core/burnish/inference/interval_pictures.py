"""The interval of an estimate as pictures: low, high and width."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from torch import Tensor

from burnish.errors import UsageError
from burnish.inference.value_range import white_in
from burnish.io import Picture, from_tensor
from burnish.io.picture import PEAKS
from burnish.restorer.restorer import Restorer
from burnish.uncertainty.interval import UNLIKE, interval_of


@dataclass(frozen=True, kw_only=True)
class IntervalPictures:
    """Each of the depth and metadata of the restored picture."""

    low: Picture
    """Rounded down."""
    high: Picture
    """Rounded up."""
    width: Picture
    """The distance of both, in the same levels; without alpha."""
    notes: tuple[str, ...] = ()
    """That the picture is unlike those of the calibration."""

    def unsure(self, limit: float) -> Picture:
        """White where the interval of a channel is wider than ``limit``, in [0, 1]; 8 bit, one channel."""
        wide = self.width.pixels.max(axis=2, keepdims=True) > limit * PEAKS[self.width.pixels.dtype.name]
        return Picture(pixels=np.where(wide, np.uint8(255), np.uint8(0)))


def interval_pictures(
    loaded: Restorer,
    picture: Picture,
    degraded: Tensor,
    estimate: Tensor,
    coverage: float,
    *,
    known: Mapping[str, object],
    again: Callable[[Tensor], Tensor],
) -> IntervalPictures:
    """The interval of every value of a picture's estimate.

    Args:
        loaded: The restorer.
        picture: What was restored; of a burst frame 0.
        degraded: It as 1,C,h,w; of a burst all frames, 1,T,C,h,w.
        estimate: Of it, 1,C,H,W.
        coverage: As of ``interval_of``.
        known: The conditions.
        again: Restores another of the shape of ``degraded`` under them.

    Raises:
        UsageError, BundleError: As ``interval_of``; or ``coverage`` is out of range.
    """
    if not 0.0 < coverage < 1.0:
        raise UsageError(f"coverage {coverage:g} is out of range; give a part of a picture's values, as 0.9")
    white = white_in(known) or 1.0
    found = interval_of(
        loaded, degraded / white, estimate / white, coverage, lambda other: again(other * white) / white
    )
    kind = picture.pixels.dtype.name
    half = 0.0 if kind == "float32" else 0.5 / PEAKS[kind]
    low, high = from_tensor(white * found.low - half, picture), from_tensor(white * found.high + 0.999 * half, picture)
    note = (
        f"its intervals are {found.wider:.1f} times as wide as those of any picture of the calibration; it is unlike "
        "these, and the promise of the coverage is not made for it; calibrate on pictures like it"
    )
    return IntervalPictures(
        low=low,
        high=high,
        width=Picture(pixels=high.pixels - low.pixels),
        notes=(note,) if found.wider > UNLIKE else (),
    )
