"""The flicker of a restored clip, measured along the motion of the clean one."""

from __future__ import annotations

import cv2
import numpy as np
import torch
from burnish.errors import EvaluationError
from numpy.typing import NDArray
from torch import Tensor

from burnish_metrics.convention import Array, Convention, Rounding, full_luma

Floats = NDArray[np.float64]

LARGEST_DISAGREEMENT = 1.0
"""Largest difference in pixels of forward and backward motion; beyond it the pixel is occluded and does not count."""

FARNEBACK = {"pyr_scale": 0.5, "levels": 4, "winsize": 15, "iterations": 3, "poly_n": 5, "poly_sigma": 1.2, "flags": 0}
"""OpenCV's settings of dense motion (Farnebäck 2003)."""


class TemporalConsistency:
    """Root mean square of ``eₜ(p) − eₜ₊₁(p + fₜ(p))`` in levels of 255, e = estimate − reference, f the clean motion.

    It is the warping error of what the restorer adds to the truth: 0 for the clean clip itself and for any error that
    moves along with the scene, σ√2 for white noise of deviation σ that is new in every frame (less where p + f is
    between pixels, since interpolation smooths). Motion is Farnebäck's between clean frames, on luma; what leaves the
    picture or is hidden in the next frame is left out.

    Sources: Lai et al., arXiv:1808.00449 (warping error); Farnebäck, doi:10.1007/3-540-45103-X_50.
    """

    def __init__(self, *, border: int | str = "scale", rounding: Rounding = "file", data_range: float = 1.0) -> None:
        self.convention = Convention(border=border, rounding=rounding, data_range=data_range)

    def __call__(self, estimate: Tensor, reference: Tensor | None) -> Tensor:
        """Score N,T,C,H,W in [0, 1] against the reference of that shape, T ≥ 2; float64 of N, lower is better."""
        if reference is None or estimate.shape != reference.shape or estimate.ndim != 5 or estimate.shape[1] < 2:
            shapes = ["nothing" if clip is None else "×".join(map(str, clip.shape)) for clip in (estimate, reference)]
            raise EvaluationError(
                "metrics/temporal-consistency compares clips N×T×C×H×W of the same size with two frames or more; "
                f"it received {' and '.join(shapes)}"
            )
        return torch.tensor(
            [self._score(*clips) for clips in zip(estimate, reference, strict=True)], dtype=torch.float64
        )

    def _score(self, estimate: Tensor, reference: Tensor) -> float:
        pairs = self.convention.pairs("metrics/temporal-consistency", estimate, reference)
        total, count = 0.0, 0
        before: tuple[Floats, NDArray[np.uint8]] | None = None
        for x, y in pairs:
            error, luma = x.astype(np.float64) - y, _levels(y)
            if before is not None:
                forth, seen = _motion(before[1], luma)
                difference = (before[0] - _sampled(error, forth))[seen]
                total += float(np.square(difference).sum())
                count += difference.size
            before = error, luma
        return float(np.sqrt(total / count)) if count else 0.0


def _levels(picture: Array) -> NDArray[np.uint8]:
    return np.floor(full_luma(picture).clip(0.0, 255.0) + 0.5).astype(np.uint8)


def _motion(first: NDArray[np.uint8], second: NDArray[np.uint8]) -> tuple[Floats, NDArray[np.bool_]]:
    """The motion of each pixel of H,W (H,W,2: right, down), and whether it is still visible there."""
    forth, back = (
        cv2.calcOpticalFlowFarneback(a, b, None, **FARNEBACK).astype(np.float64)  # type: ignore[call-overload]
        for a, b in ((first, second), (second, first))
    )
    height, width = first.shape
    x, y = np.arange(width) + forth[..., 0], np.arange(height)[:, None] + forth[..., 1]
    inside = (x >= 0.0) & (x <= width - 1.0) & (y >= 0.0) & (y <= height - 1.0)
    apart = np.linalg.norm(forth + _sampled(back, forth), axis=2)
    return forth, inside & (apart <= LARGEST_DISAGREEMENT)


def _sampled(picture: Floats, motion: Floats) -> Floats:
    """picture(p + motion(p)) of H,W,C, bilinear."""
    height, width = motion.shape[:2]
    x = (np.arange(width) + motion[..., 0]).astype(np.float32)
    y = (np.arange(height)[:, None] + motion[..., 1]).astype(np.float32)
    moved = cv2.remap(picture, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    sampled: Floats = moved.reshape(picture.shape).astype(np.float64, copy=False)
    return sampled
