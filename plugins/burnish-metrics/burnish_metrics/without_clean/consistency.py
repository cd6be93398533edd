"""Whether an estimate, degraded again, differs from what was observed by more than the noise explains."""

from __future__ import annotations

import math

import cv2
import numpy as np
import torch
from burnish.errors import EvaluationError
from numpy.typing import NDArray
from torch import Tensor

from burnish_metrics.without_clean.prepared import checked

NAME = "metrics/consistency"

Plane = NDArray[np.float64]


class Consistency:
    """The farthest that any small window is from the noise, in standard deviations; per image, lower is better.

    With the observation y, its estimate degraded again Ax̂, and the noise's σ, the residual is
    u = (y − Ax̂) / √(σ² + f²), f the ``floor``. Over every window of n = ``window``² values of a channel, wholly inside
    the picture, let m be the mean of u and q its root mean square. The figure is the largest of all √n |m| and
    √(2n) (q − 1): if u were white noise alone, each would be about normal with a standard deviation of 1, and the
    largest of a picture about 5. An object that is not there, a shift or another brightness move m; texture that is not
    there raises q.

    It tells contradictions, not quality: a noisy picture itself agrees with itself, and scores about 0.

    Source: Frick, Marnitz, Munk, doi:10.1007/s10851-012-0368-5, for squares of one size.
    """

    def __init__(self, *, window: int = 8, floor: float = 0.5 / 255) -> None:
        self.window = window
        self.floor = floor

    def __call__(self, estimate: Tensor, reference: Tensor | None) -> Tensor:
        """Score N,C,h,w, degraded again, against N,2,C,h,w: the observation and its noise's σ; float64 of N.

        Values are clipped to [0, 1] before they are compared, as files would be.

        Raises:
            EvaluationError: They do not fit each other, or a picture is smaller than a window.
        """
        told = checked(NAME, estimate, reference, holds="the degraded picture and its noise's σ", least=2, most=2)
        side = min(estimate.shape[-2:])
        if side < self.window:
            raise EvaluationError(
                f"{NAME}: nothing is left of {side} pixels for a window of {self.window}; use larger pictures"
            )
        seen, sigma = told.detach().cpu().double().unbind(dim=1)
        rest = seen.clamp(0.0, 1.0) - estimate.detach().cpu().double().clamp(0.0, 1.0)
        units = rest / (sigma.square() + self.floor**2).sqrt()
        return torch.tensor([max(map(self._farthest, picture.numpy())) for picture in units], dtype=torch.float64)

    def _farthest(self, units: Plane) -> float:
        """Of one channel, h,w, in standard deviations."""
        means, squares = self._means(units), self._means(np.square(units))
        moved = self.window * np.abs(means).max()
        raised = math.sqrt(2.0) * self.window * (math.sqrt(max(0.0, squares.max())) - 1.0)
        return float(max(moved, raised))

    def _means(self, values: Plane) -> Plane:
        """The mean of every window that is wholly inside."""
        height, width = (side - self.window + 1 for side in values.shape)
        found: Plane = cv2.boxFilter(values, -1, (self.window, self.window), anchor=(0, 0))[:height, :width]
        return found
