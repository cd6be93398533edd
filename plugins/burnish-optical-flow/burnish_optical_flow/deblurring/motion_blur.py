"""The blur of objects that move while the shutter is open: a different line at every pixel, as a sparse matrix."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array, vstack

FINENESS = 2
"""Samples along the line for each pixel of the longest motion."""
ENTRIES = 1 << 22
"""Entries that are made at a time, before those of equal place are summed."""

Pixels = NDArray[np.float32]


class MotionBlur:
    """y(x) = ∫ L(x + s·m(x)) ds over s in [−½, ½], m being the motion at x during the exposure.

    L is known ``margin`` pixels beyond y on every side, as far as the longest line can reach, so that nothing need be
    assumed about what lies outside the picture. The integral is the trapezoidal rule over bilinear samples; every row
    of the matrix sums to 1.

    References: T. H. Kim, K. M. Lee, "Segmentation-Free Dynamic Scene Deblurring", doi:10.1109/CVPR.2014.348, and
    "Generalized Video Deblurring for Dynamic Scenes", doi:10.1109/CVPR.2015.7299181.

    Args:
        motion: H,W,2 in pixels during the exposure, dx and dy.
    """

    def __init__(self, motion: Pixels) -> None:
        self.height, self.width = motion.shape[:2]
        longest = float(np.sqrt((motion.astype(np.float64) ** 2).sum(axis=2)).max(initial=0.0))
        self.margin = math.ceil(longest / 2) + 1
        samples = math.ceil(FINENESS * longest) + 1
        lines = max(1, ENTRIES // (4 * samples * self.width))
        strips = [self._strip(motion, top, lines, samples) for top in range(0, self.height, lines)]
        self.matrix = csr_array(vstack(strips, format="csr"))
        self.transposed = self.matrix.T.tocsr()

    @property
    def domain(self) -> tuple[int, int]:
        """Height and width of L."""
        return self.height + 2 * self.margin, self.width + 2 * self.margin

    def A(self, x: Pixels) -> Pixels:  # noqa: N802
        """Blur H+2m,W+2m,C to H,W,C."""
        return self._applied(self.matrix, x, (self.height, self.width))

    def A_adjoint(self, y: Pixels) -> Pixels:  # noqa: N802
        """Its transpose: H,W,C to H+2m,W+2m,C."""
        return self._applied(self.transposed, y, self.domain)

    @staticmethod
    def _applied(matrix: csr_array, field: Pixels, size: tuple[int, int]) -> Pixels:
        channels = field.shape[2]
        return np.asarray(matrix @ field.reshape(-1, channels), np.float32).reshape(*size, channels)

    def _strip(self, motion: Pixels, top: int, lines: int, samples: int) -> csr_array:
        """The rows of the matrix for some lines of the picture."""
        part = motion[top : top + lines].reshape(-1, 2).astype(np.float64)
        place = np.arange(len(part))
        shares = np.full(samples, 1.0)
        shares[[0, -1]] = 0.5 if samples > 1 else 1.0
        s = np.linspace(-0.5, 0.5, samples) if samples > 1 else np.zeros(1)
        column = (place % self.width + self.margin)[:, None] + part[:, :1] * s
        row = (place // self.width + top + self.margin)[:, None] + part[:, 1:] * s
        left, up = np.floor(column).astype(np.int64), np.floor(row).astype(np.int64)
        right, down = column - left, row - up
        stride = self.domain[1]
        corner = up * stride + left
        index = np.stack([corner, corner + 1, corner + stride, corner + stride + 1])
        weight = np.stack([(1 - down) * (1 - right), (1 - down) * right, down * (1 - right), down * right])
        weight *= shares / shares.sum()
        rows = np.broadcast_to(place[:, None], index.shape)
        size = (len(part), self.domain[0] * self.domain[1])
        found = csr_array(coo_array((weight.ravel().astype(np.float32), (rows.ravel(), index.ravel())), shape=size))
        found.sum_duplicates()
        found.eliminate_zeros()
        return found
