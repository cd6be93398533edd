"""Non-local means: an average over the similar patches of a neighbourhood."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from burnish_classical.opponent import LUMA_AND_CHROMA
from burnish_classical.pictures import Pixels, each_picture, numbers


@dataclass(frozen=True, kw_only=True)
class Likeness:
    """The similarity of two patches: sizes, search window and weights."""

    patch: int
    """Side in pixels, odd, of the middle of a patch, which is averaged."""
    compared: int
    """Side of the patches in pixels, odd."""
    search: int
    """Side in pixels, odd, of the search window."""
    strength: float
    """h in units of σ."""
    chroma: float
    """Weight of each chroma channel in the distance; luma has 1."""

    @property
    def reach(self) -> int:
        """Pixels on each side on which one estimated pixel depends."""
        return self.search // 2 + self.compared // 2 + self.patch // 2


class NonLocalMeans:
    """Averages every patch with similar ones, then a pixel's estimates from all patches over it.

    A patch at p and that at p + s, d² their mean squared distance, count for each other with weight

        w = exp(−max(d² − 2σ², 0)/h²),  h = strength · σ,

    2σ² being what noise alone makes of equal patches. In colour, d² is taken over luma and, with less weight, two
    chroma channels: there is more structure in the one and as much noise in each. On grey pictures 3 × 3 values are too
    few to tell likeness from chance: patches of 5 × 5 are compared there, of which the middle 3 × 3 are averaged.

    Reference: A. Buades, B. Coll, J.-M. Morel, "Non-Local Means Denoising", doi:10.5201/ipol.2011.bcm_nlm (its
    patchwise version; weights and colour distance are ours, chosen by measuring).
    """

    def __init__(
        self,
        *,
        strength: float = 0.65,
        patch: int = 3,
        compared: int | Literal["auto"] = "auto",
        search: int = 15,
        chroma: float = 0.1,
    ) -> None:
        grey, colour = (patch + 2, patch) if compared == "auto" else (compared, compared)
        self.likeness = {
            channels: Likeness(patch=patch, compared=side, search=search, strength=strength, chroma=chroma)
            for channels, side in ((1, grey), (3, colour))
        }
        self.receptive_field = 2 * max(likeness.reach for likeness in self.likeness.values()) + 1

    def __call__(self, degraded: Tensor, *, sigma: Any) -> Tensor:
        """N,C,H,W with noise ``sigma`` (N, in [0, 1] units) → the same size; σ of 0 changes nothing."""
        return each_picture(degraded, self._denoise, numbers(sigma, len(degraded)))

    def _denoise(self, picture: Pixels, sigma: float) -> Pixels:
        return denoise(picture, sigma, self.likeness[picture.shape[2]]) if sigma > 0 else picture


def denoise(picture: Pixels, sigma: float, likeness: Likeness) -> Pixels:
    """Denoise H,W,C with noise of standard deviation ``sigma``; the border is mirrored.

    Weights of a shift and of its opposite are the same numbers in other places: only half of the shifts are computed.
    """
    height, width, channels = picture.shape
    margin = likeness.reach
    padded = cv2.copyMakeBorder(picture, margin, margin, margin, margin, cv2.BORDER_REFLECT_101)
    padded = padded.reshape(height + 2 * margin, width + 2 * margin, channels)
    planes = np.ascontiguousarray(padded.transpose(2, 0, 1))
    guide = guide_planes(planes, likeness)
    total = planes[:, margin : margin + height, margin : margin + width].copy()
    weights = np.ones((height, width), np.float32)
    for down, right in half_of_shifts(likeness.search):
        both = shift_weights(guide, down, right, sigma, likeness)
        left = max(right, 0)
        for weight, y, x in (
            (both[down : down + height, left : left + width], margin + down, margin + right),
            (both[:height, left - right : left - right + width], margin - down, margin - right),
        ):
            weights += weight
            for channel, plane in enumerate(planes):
                total[channel] += weight * plane[y : y + height, x : x + width]
    return np.ascontiguousarray((total / weights).transpose(1, 2, 0))


def guide_planes(planes: NDArray[np.float32], likeness: Likeness) -> NDArray[np.float32]:
    """C,H,W in which the mean over C and patch of squared differences is the distance of patches."""
    if len(planes) != 3:
        return planes
    shares = np.array([1.0, likeness.chroma, likeness.chroma])
    mixing = LUMA_AND_CHROMA * np.sqrt(3.0 * shares / shares.sum())[:, None]
    mixed: NDArray[np.float32] = np.tensordot(mixing.astype(np.float32), planes, axes=1)
    return mixed


def half_of_shifts(search: int) -> Iterator[tuple[int, int]]:
    """(down, right) of one of every two opposite shifts in the square of side ``search``."""
    reach = search // 2
    for down in range(reach + 1):
        for right in range(-reach, reach + 1):
            if (down, right) > (0, 0):
                yield down, right


def shift_weights(
    guide: NDArray[np.float32], down: int, right: int, sigma: float, likeness: Likeness
) -> NDArray[np.float32]:
    """For one shift, the mean weight of the patches over each pixel.

    Shaped H + down, W + |right|: rows from −down, columns from −max(right, 0), so that a pixel's weight for the
    opposite shift is found at the pixel shifted back.
    """
    around, middle = likeness.compared // 2, likeness.patch // 2
    context = likeness.reach - around - middle
    rows = slice(context - down, guide.shape[1] - context)
    columns = slice(context - max(right, 0), guide.shape[2] - context + max(-right, 0))
    squares = np.zeros((rows.stop - rows.start, columns.stop - columns.start), np.float32)
    for plane in guide:
        shifted = plane[rows.start + down : rows.stop + down, columns.start + right : columns.stop + right]
        difference = plane[rows, columns] - shifted
        squares += np.multiply(difference, difference, out=difference)
    distance = box_means(squares, around)
    variance = sigma * sigma
    scale = np.float32(-1.0 / (len(guide) * likeness.strength**2 * variance))
    exponent = np.minimum(distance * scale + np.float32(2.0 / likeness.strength**2), 0)
    return box_means(cv2.exp(exponent), middle)


def box_means(plane: NDArray[np.float32], half: int) -> NDArray[np.float32]:
    """The means of all squares of side 2 ``half`` + 1 that are fully inside."""
    means: NDArray[np.float32] = cv2.boxFilter(plane, cv2.CV_32F, (2 * half + 1, 2 * half + 1), normalize=True)
    return means[half : len(means) - half, half : means.shape[1] - half]
