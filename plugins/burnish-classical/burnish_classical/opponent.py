"""Luma and two chroma channels of RGB, by an orthonormal change of colour."""

from __future__ import annotations

import numpy as np

LUMA_AND_CHROMA = np.array([[1, 1, 1], [1, 0, -1], [0.5, -1, 0.5]]) / np.sqrt([[3.0], [2.0], [1.5]])
"""The opponent colours, rows of length 1: white noise stays white and as strong, luma stands out from it."""
