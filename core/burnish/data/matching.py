"""The brightness of a clean picture fitted to that of its degraded one."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]


def fit_brightness(degraded: Samples, clean: Samples) -> tuple[float, float]:
    """The factor and offset with which ``factor · clean + offset`` is nearest to the degraded picture.

    By least squares over all samples. The clean picture is the regressor, because noise in a regressor makes the
    factor too small. A constant clean picture gives the factor 1.

    Args:
        degraded: C,H,W.
        clean: C,sH,sW; a larger one is averaged to the size of the degraded one first.
    """
    height, width = degraded.shape[-2:]
    if clean.shape[-2:] != (height, width):
        clean = np.stack([cv2.resize(plane, (width, height), interpolation=cv2.INTER_AREA) for plane in clean])
    x, y = clean.astype(np.float64), degraded.astype(np.float64)
    spread = x - x.mean()
    energy = float(np.square(spread).sum())
    factor = float((spread * y).sum() / energy) if energy > 1e-12 * x.size else 1.0
    return factor, float(y.mean() - factor * x.mean())
