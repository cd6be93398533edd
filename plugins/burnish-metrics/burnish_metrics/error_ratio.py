"""The error of a blind restoration over that of the same solver with the true kernel."""

from __future__ import annotations

import math

import torch
from burnish.errors import EvaluationError
from torch import Tensor

from burnish_metrics.convention import Convention, Rounding
from burnish_metrics.fidelity.shifting import least_error


class ErrorRatio:
    """‖estimate − clean‖² / ‖restoration with the true kernel − clean‖², each at its best shift, 15 pixels inside.

    Both shifts are at most 5 pixels along each axis, ``step`` apart (see :class:`PsnrShifted`). 1 is as good as knowing
    the kernel; above 3 a result is usually taken to have failed. Where both errors are 0 the ratio is 1.

    Source: Levin, Weiss, Durand, Freeman, doi:10.1109/CVPR.2009.5206815.
    """

    def __init__(self, *, step: float = 1.0, rounding: Rounding = "file") -> None:
        self.step = step
        self.convention = Convention(border=0, rounding=rounding)

    def __call__(self, estimate: Tensor, reference: Tensor | None) -> Tensor:
        """Score N,C,H,W against N,2,C,H,W: clean, and restored with the true kernel; lower is better."""
        if reference is None or reference.ndim != 5 or reference.shape[1] != 2:
            found = "nothing" if reference is None else "×".join(map(str, reference.shape))
            raise EvaluationError(
                f"metrics/error-ratio compares with N×2×C×H×W, the clean picture and the restoration with the true "
                f"kernel; it received {found}"
            )
        errors = self._errors(estimate, reference[:, 0])
        known = self._errors(reference[:, 1], reference[:, 0])
        return torch.tensor([_ratio(*pair) for pair in zip(errors, known, strict=True)], dtype=torch.float64)

    def _errors(self, estimate: Tensor, clean: Tensor) -> list[float]:
        pairs = self.convention.pairs("metrics/error-ratio", estimate, clean)
        return [least_error("metrics/error-ratio", x, y, self.step) for x, y in pairs]


def _ratio(error: float, known: float) -> float:
    if known > 0.0:
        return error / known
    return 1.0 if error == 0.0 else math.inf
