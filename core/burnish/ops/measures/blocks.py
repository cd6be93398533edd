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
