"""The range of a picture's values: a learned restorer receives it scaled to [0, 1], as in its training."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from burnish.errors import RestorationError
from burnish.io import Picture
from burnish.ops.invalid import Samples
from burnish.restorer.restorer import Restorer

PERCENTILE = 99.9
"""Percentile of the valid samples; brighter ones (hot pixels, stars) do not count for the range."""
HEADROOM = 1.25
"""Tolerance of the percentile above white: noise exceeds white in training, too."""
LOW, HIGH = HEADROOM / 4, 2.0
"""Between these a percentile is within the range of training, and the picture is shown as it is; below are 14 bits."""
SHOWN = (-1.0, 2.0)
"""Values outside are clipped for the restorer, and the clipped part is added to its estimate."""
SAMPLES = 4_000_000
"""Number of evenly spread samples that is enough for a percentile."""


def white_of(pictures: Iterable[Picture]) -> float:
    """The value, in the scale of ``to_tensor``, that is white for pictures of one common range; a power of two.

    1 for 8 bit, however dark, and wherever the brightest of the percentiles is between ``LOW`` and ``HIGH``.
    """
    highest = 0.0
    for picture in pictures:
        if picture.pixels.dtype == np.uint8:
            return 1.0
        samples = picture.pixels[~picture.invalid] if picture.invalid.any() else picture.pixels
        highest = max(highest, percentile(samples) / picture.peak)
    return white_at(highest)


def white_at(highest: float) -> float:
    """The white level for a percentile of ``highest``."""
    if highest <= 0 or LOW < highest <= HIGH:
        return 1.0
    return 2.0 ** math.ceil(math.log2(highest / HEADROOM))


def percentile(samples: Samples) -> float:
    """``PERCENTILE`` of the samples, 0 without samples."""
    flat = samples.reshape(-1)
    return float(np.percentile(flat[:: max(1, flat.size // SAMPLES)], PERCENTILE)) if flat.size else 0.0


@dataclass(frozen=True, kw_only=True)
class Levels:
    """The scaling of a picture for a learned restorer, and the inverse for its estimate."""

    white: float

    def shown(self, degraded: Tensor) -> Tensor:
        """The picture divided by white, clipped to ``SHOWN``."""
        return (degraded / self.white).clamp(*SHOWN)

    def told(self, loaded: Restorer, conditions: Mapping[str, object]) -> dict[str, object]:
        """The conditions with σ divided by white.

        Raises:
            RestorationError: σ is larger than all that the picture fills.
        """
        known = dict(conditions)
        if known.get("sigma") is not None:
            sigma = torch.as_tensor(known["sigma"], dtype=torch.float32)
            known["sigma"] = shown = sigma / self.white
            if bool((sigma <= 1).all()) and bool((shown > 1).any()):
                raise RestorationError(
                    f"{loaded.label}: sigma {float(sigma.max()):g} is more than the picture's own range, "
                    f"{self.white:g} of the file's; give sigma in the file's range, "
                    f"full-range sigma times {self.white:g}"
                )
        return known

    def taken_back(self, estimate: Tensor, degraded: Tensor) -> Tensor:
        """The estimate times white, plus the part of the input that was clipped (of a burst: of its first frame)."""
        before = degraded if degraded.ndim == estimate.ndim else degraded[:, 0]
        surplus = before - self.shown(before) * self.white
        if bool(surplus.any()):
            for axis in (-2, -1):
                surplus = surplus.repeat_interleave(estimate.shape[axis] // surplus.shape[axis], axis)
            return estimate * self.white + surplus
        return estimate * self.white


def white_in(conditions: Mapping[str, object]) -> float | None:
    """The white level, if it is known."""
    white = conditions.get("white")
    return None if white is None else float(torch.as_tensor(white))


def levels_for(loaded: Restorer, conditions: Mapping[str, object], degraded: object) -> Levels | None:
    """The scaling of a picture with a known ``white``; None if it needs none."""
    white = white_in(conditions)
    if white is None or not loaded.learned or not isinstance(degraded, Tensor) or not degraded.is_floating_point():
        return None
    low, high = (float(value) for value in torch.aminmax(degraded)) if degraded.numel() else (0.0, 0.0)
    inside = SHOWN[0] <= low and high <= SHOWN[1]
    return None if white == 1.0 and inside else Levels(white=white)


def with_white(loaded: Restorer, conditions: Mapping[str, object], pictures: Iterable[Picture]) -> dict[str, object]:
    """The conditions with the pictures' ``white``, if the restorer is a learned one and none is given."""
    known = dict(conditions)
    if loaded.learned and known.get("white") is None:
        known["white"] = white_of(pictures)
    return known
