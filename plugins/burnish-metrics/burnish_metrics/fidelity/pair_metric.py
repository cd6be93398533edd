"""A metric of a batch, image by image: both pictures prepared by a convention, then compared."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor

from burnish_metrics.convention import Array, Convention, Rounding


class PairMetric:
    """A metric of one image and its reference, ``score``, made into one of batches.

    Args:
        border: See ``Convention``.
        rounding: See ``Convention``.
        data_range: See ``Convention``.
    """

    name: ClassVar[str]
    """Its id, for messages."""
    luma: ClassVar[bool] = False
    """Whether it compares BT.601 studio luma instead of all channels."""

    def __init__(self, *, border: int | str = "scale", rounding: Rounding = "file", data_range: float = 1.0) -> None:
        self.convention = Convention(luma=self.luma, border=border, rounding=rounding, data_range=data_range)

    def __call__(self, estimate: Tensor, reference: Tensor | None) -> Tensor:
        """Score N,C,H,W in [0, 1] against the reference of that shape; float64 of N.

        Raises:
            EvaluationError: As ``Convention.pairs``, or the pictures are too small for the metric.
        """
        pairs = self.convention.pairs(self.name, estimate, reference)
        return torch.tensor([self.score(x, y) for x, y in pairs], dtype=torch.float64)

    def score(self, x: Array, y: Array) -> float:
        """The score of the estimate ``x`` against the reference ``y``, both H,W,C in 0..255."""
        raise NotImplementedError
