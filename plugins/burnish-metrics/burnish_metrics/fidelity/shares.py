"""What super-resolution added: the shares of improvement, omission and hallucination (Aybar et al. 2024)."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
import torch
from burnish.errors import EvaluationError
from numpy.typing import NDArray
from torch import Tensor

from burnish_metrics.convention import comparable

Plane = NDArray[np.float64]
Kind = Literal["improvement", "omission", "hallucination"]

LEVEL = 0.75
"""Pixels count where one of the three distances is above this quantile of the input's."""
BEND = 0.05
"""How soon both distances together turn into hallucination."""
TEMPERATURE = 0.25
"""Of the shares: the smaller, the more a pixel belongs to one kind alone."""
TINY = 1e-8
"""Added to the sum of two values before it divides their difference."""


class Shares:
    """The share of one kind among the detail of an image, 0 to 1; the three of an image sum to 1.

    With the plain enlargement l of the input, the estimate x̂ and the clean picture x, all H,W,C, the distance of two
    pictures at a pixel is d(a, b) = mean over channels of |a − b| / |a + b|. Each pixel has two coordinates in units of
    r = d(l, x): how far it is from the truth, i = d(x̂, x)/r, and from the input, o = d(x̂, l)/r. With λ = 0.05 and
    h = i + o − 1 its distances from the three kinds are

    - improvement (0, 1): i + o (1 − exp(−λ h)): the estimate is the truth;
    - omission (1, 0): o + i (1 − exp(−λ h)): it is the input, nothing was added;
    - hallucination, far from both: exp(−λ i o);

    and its shares their softmin of temperature 0.25. The figure is the mean over the pixels where d(l, x), d(x̂, x) or
    d(x̂, l) is above the 75 % quantile of d(l, x). An image without any such pixel has no detail: its shares are 0.

    Source: Aybar, Montero, Contreras, Donike, Kalaitzis, Gómez-Chova, A comprehensive benchmark for optical remote
    sensing image super-resolution, doi:10.1109/LGRS.2024.3401394. The registration of estimate and clean picture is
    left out: what a benchmark degrades is in register.
    """

    kind: ClassVar[Kind]

    def __init__(self, *, border: int = 16, harmonise: Literal["histogram", "none"] = "histogram") -> None:
        self.border = border
        self.harmonise = harmonise

    def __call__(self, estimate: Tensor, reference: Tensor | None) -> Tensor:
        """Score N,C,H,W against N,2,C,H,W: the clean picture and the input's plain enlargement; float64 of N.

        Raises:
            EvaluationError: They do not fit each other, or nothing is left inside the border.
        """
        name = f"metrics/{self.kind}"
        if reference is None or reference.ndim != 5 or reference.shape[1] != 2:
            found = "nothing" if reference is None else "×".join(map(str, reference.shape))
            raise EvaluationError(
                f"{name} compares with N×2×C×H×W, the clean picture and the enlarged input; it received {found}"
            )
        comparable(name, estimate, reference[:, 0])
        figures = []
        for one, (clean, plain) in zip(estimate, reference, strict=True):
            three = (self._inside(name, picture) for picture in (one, clean, plain))
            figures.append(shares(*three, harmonise=self.harmonise == "histogram")[self.kind])
        return torch.tensor(figures, dtype=torch.float64)

    def _inside(self, name: str, picture: Tensor) -> Plane:
        """C,H,W without the border."""
        height, width = picture.shape[-2:]
        if min(height, width) <= 2 * self.border:
            raise EvaluationError(
                f"{name}: nothing is left of {height}×{width} inside a border of {self.border}; use larger pictures"
            )
        values: Plane = picture.detach().cpu().double().numpy()
        if not np.isfinite(values).all():
            raise EvaluationError(f"{name}: a picture contains NaN or infinite values; mask or fill them")
        return values[:, self.border : height - self.border, self.border : width - self.border]


class Improvement(Shares):
    """Share of true detail that was added."""

    kind = "improvement"


class Omission(Shares):
    """Share of true detail that was not added."""

    kind = "omission"


class Hallucination(Shares):
    """Share of what was added and is not true."""

    kind = "hallucination"


def shares(estimate: Plane, clean: Plane, plain: Plane, *, harmonise: bool) -> dict[Kind, float]:
    """The three shares of one image; see ``Shares``.

    Args:
        estimate: C,H,W.
        clean: C,H,W.
        plain: The enlarged input, C,H,W.
        harmonise: The estimate's histogram is made that of the clean picture first, in each channel.
    """
    if harmonise:
        estimate = np.stack([_matched(one, like) for one, like in zip(estimate, clean, strict=True)])
    reach, wrong, added = _distance(plain, clean), _distance(estimate, clean), _distance(estimate, plain)
    place = max(1, int(LEVEL * reach.size)) - 1
    level = np.partition(reach, place, axis=None)[place]
    counted = (reach > level) | (wrong > level) | (added > level)
    if not counted.any():
        return {"improvement": 0.0, "omission": 0.0, "hallucination": 0.0}
    with np.errstate(divide="ignore"):  # infinitely far where the input is right and the estimate is not
        i, o = wrong[counted] / reach[counted], added[counted] / reach[counted]
    beyond = 1.0 - np.exp(-BEND * (i + o - 1.0))
    far = np.stack([i + o * beyond, o + i * beyond, np.exp(-BEND * i * o)])
    weights = np.exp(-far / TEMPERATURE)
    improvement, omission, hallucination = (weights / weights.sum(axis=0)).mean(axis=1)
    return {"improvement": float(improvement), "omission": float(omission), "hallucination": float(hallucination)}


def _distance(first: Plane, second: Plane) -> Plane:
    """|a − b| / |a + b| at every pixel, mean over channels, H,W."""
    found: Plane = (np.abs(first - second) / np.abs(first + second + TINY)).mean(axis=0)
    return found


def _matched(picture: Plane, like: Plane) -> Plane:
    """The picture, each value replaced by the one with the same cumulative frequency in the other picture."""
    _, places, counts = np.unique(picture, return_inverse=True, return_counts=True)
    values, others = np.unique(like, return_counts=True)
    levels = np.interp(np.cumsum(counts) / picture.size, np.cumsum(others) / like.size, values)
    return levels[places].reshape(picture.shape)
