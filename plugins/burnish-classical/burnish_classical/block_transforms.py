"""The orthonormal and biorthogonal transforms of small blocks and of groups of them, as matrices."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]

SPLINE_LOWPASS = np.array([3, -3, -22, 22, 128, 128, 22, -22, -3, 3]) / (128 * np.sqrt(2.0))
"""Analysis low-pass filter of the biorthogonal spline wavelet 1.5; its high-pass is Haar's difference.

Reference: A. Cohen, I. Daubechies, J.-C. Feauveau, "Biorthogonal bases of compactly supported wavelets",
doi:10.1002/cpa.3160450502.
"""


def dct(length: int) -> Matrix:
    """The orthonormal cosine transform (type 2), length × length."""
    frequency, place = np.arange(length)[:, None], np.arange(length) + 0.5
    matrix: Matrix = np.cos(np.pi / length * frequency * place) * np.sqrt(2.0 / length)
    matrix[0] /= np.sqrt(2.0)
    return matrix


def haar(length: int) -> Matrix:
    """The orthonormal Haar transform of all levels; ``length`` is a power of 2. Rows from coarse to fine."""
    matrix: Matrix = np.ones((1, 1))
    while len(matrix) < length:
        details = np.kron(np.eye(len(matrix)), [1.0, -1.0])
        matrix = np.vstack([np.kron(matrix, [1.0, 1.0]), details]) / np.sqrt(2.0)
    return matrix


def spline_wavelet(length: int) -> Matrix:
    """The periodic wavelet transform bior1.5 of all levels, each row scaled to length 1; ``length`` a power of 2.

    Rows of length 1 make white noise equally strong in every coefficient; undo it with the inverse matrix.
    """
    matrix: Matrix = np.eye(length)
    size = length
    while size > 1:
        step = np.eye(length)
        step[:size] = 0.0
        for pair in range(size // 2):
            for tap, weight in enumerate(SPLINE_LOWPASS):
                step[pair, (2 * pair + tap - 4) % size] += weight
            step[size // 2 + pair, 2 * pair : 2 * pair + 2] = np.array([1.0, -1.0]) / np.sqrt(2.0)
        matrix = step @ matrix
        size //= 2
    scaled: Matrix = matrix / np.linalg.norm(matrix, axis=1, keepdims=True)
    return scaled


def separable(matrix: Matrix) -> Matrix:
    """The transform of square blocks, flattened row by row, that has ``matrix`` along rows and along columns."""
    both: Matrix = np.kron(matrix, matrix).astype(np.float64)
    return both
