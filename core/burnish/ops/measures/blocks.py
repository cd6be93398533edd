"""Square blocks of a picture, and their cosine transform, which several measures look at."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.fft import dct

Plane = NDArray[np.float32]


def blocks(plane: Plane, side: int) -> Plane:
    """The whole blocks of H,W, row by row: N,side,side; what is left at the right and the bottom is left out."""
    height, width = (length // side for length in plane.shape)
    cut = plane[: height * side, : width * side].reshape(height, side, width, side)
    return cut.transpose(0, 2, 1, 3).reshape(-1, side, side)


def cosine_basis(side: int) -> Plane:
    """side²,side²: a block, row by row, → its coefficients of the orthonormal cosine transform, row by row as well."""
    wave = dct(np.eye(side), axis=0, norm="ortho")
    return np.kron(wave, wave).T.astype(np.float32)


def without_plane(parts: Plane) -> Plane:
    """Each block of N,side,side without its mean and its ramp."""
    side = parts.shape[-1]
    line = np.arange(side) - (side - 1) / 2
    basis = np.stack([np.ones((side, side)), np.tile(line, (side, 1)), np.tile(line, (side, 1)).T])
    basis = (basis / np.sqrt(np.square(basis).sum(axis=(1, 2), keepdims=True))).reshape(3, -1).astype(np.float32)
    flat = parts.reshape(len(parts), side * side)
    left: Plane = (flat - (flat @ basis.T) @ basis).reshape(parts.shape)
    return left
