"""The median of a square neighbourhood: removes single wrong pixels and keeps edges."""

from __future__ import annotations

import cv2
import numpy as np
from torch import Tensor

from burnish_classical.pictures import Pixels, each_picture, with_channels

STRIP = 64
"""Rows whose larger neighbourhoods are gathered at a time, to bound memory."""


class Median:
    """The median over ``size`` × ``size`` pixels of each channel; beyond the border the edge pixel is repeated."""

    def __init__(self, *, size: int = 3) -> None:
        self.size = size
        self.receptive_field = size

    def __call__(self, degraded: Tensor) -> Tensor:
        """N,C,H,W → the same size."""
        return each_picture(degraded, self._filter)

    def _filter(self, picture: Pixels) -> Pixels:
        if self.size <= 5:
            return with_channels(cv2.medianBlur(picture, self.size))
        reach = self.size // 2
        padded = np.pad(picture, ((reach, reach), (reach, reach), (0, 0)), mode="edge")
        windows = np.lib.stride_tricks.sliding_window_view(padded, (self.size, self.size), axis=(0, 1))
        restored = np.empty_like(picture)
        for top in range(0, len(picture), STRIP):
            strip = windows[top : top + STRIP].reshape(*windows[top : top + STRIP].shape[:3], -1)
            restored[top : top + STRIP] = np.median(strip, axis=-1)
        return restored
