"""BM3D: similar blocks are stacked into groups and filtered together in a transform domain, in two steps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from burnish_classical.block_matching import Search, similar_blocks
from burnish_classical.block_transforms import dct, spline_wavelet
from burnish_classical.collaborative_filtering import (
    Aggregation,
    BlockTransform,
    hard_thresholding,
    wiener_filtering,
)
from burnish_classical.opponent import LUMA_AND_CHROMA
from burnish_classical.pictures import Pixels, each_picture, numbers

Planes = NDArray[np.float32]
"""C,H,W, contiguous."""

PIECE = 256
"""Pixels between the first and the last reference block that are processed at a time, to bound memory."""

COLOUR_LUMA_GAIN = 3.0
"""Ratio of squared differences in the orthonormal luma to those in the mean of R, G and B."""

HIGH_NOISE = 40 / 255
"""σ above which the profile for strong noise is used."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """Settings of one of the two steps; lengths in pixels, differences in units of 1/255."""

    transform: BlockTransform
    """Of the blocks."""
    stride: int
    """Distance of neighbouring reference blocks."""
    most: int
    """Largest number of blocks in a group."""
    farthest: float
    """Largest mean squared difference of blocks in one group."""


@dataclass(frozen=True, kw_only=True)
class Profile:
    """Settings of both steps."""

    threshold: float
    """Of the first step's coefficients in grey or luma, in units of σ."""
    chroma_threshold: float
    """Likewise in chroma."""
    hard: Step
    wiener: Step


SPLINE, COSINE = BlockTransform(spline_wavelet(8)), BlockTransform(dct(8))
NORMAL = Profile(
    threshold=2.5,
    chroma_threshold=3.3,
    hard=Step(transform=SPLINE, stride=3, most=16, farthest=3000.0),
    wiener=Step(transform=COSINE, stride=2, most=16, farthest=800.0),
)
STRONG = Profile(
    threshold=2.5,
    chroma_threshold=3.3,
    hard=Step(transform=SPLINE, stride=3, most=16, farthest=25000.0),
    wiener=Step(transform=COSINE, stride=3, most=32, farthest=3500.0),
)


class BM3D:
    """Block matching and three-dimensional filtering.

    Step 1: every reference block of 8 × 8 is stacked with the blocks in a window that look like it, at most 16; the
    stack is transformed (blocks by the wavelet bior1.5, along the stack by Haar's), coefficients below 2.5 σ are set
    to 0, and what comes back is averaged with weights 1/(number of coefficients left). Step 2: the groups are found in
    that basic estimate B, and the noisy ones filtered by the gains B²/(B² + σ²) of their transforms (the blocks' is
    the cosine's), averaged with weights 1/‖gains‖². Above σ = 40/255 groups are looser, and larger in step 2. In colour
    the planes are luma and two chroma channels; step 1 groups by luma, as CBM3D does, step 2 by all three.

    All shifts of the window are compared. It is worked on in areas, so that memory stays within about 0.5 GiB and a
    dozen copies of the picture however large that is; cutting from outside would only repeat work. Settings are the
    papers' but for what measures better on training pictures: thresholds of 2.5 σ in luma and 3.3 σ in chroma (there
    2.7 for both; blocks grouped by noisy luma probably share some of its noise, but none of chroma's), step 2's
    groups by all planes, looser, of 16 (32) and on a denser grid, and for strong noise the same blocks and first
    transform as for weak (12 × 12 and 11 × 11, cosine).

    References: K. Dabov, A. Foi, V. Katkovnik, K. Egiazarian, "Image denoising by sparse 3-D transform-domain
    collaborative filtering", doi:10.1109/TIP.2007.901238; the same, "Color image denoising via sparse 3D collaborative
    filtering with grouping constraint in luminance-chrominance space", doi:10.1109/ICIP.2007.4378954.
    """

    def __init__(self, *, search: int = 39) -> None:
        self.search = search

    def __call__(self, degraded: Tensor, *, sigma: Any) -> Tensor:
        """N,C,H,W with noise ``sigma`` (N, in [0, 1] units) → the same size; σ of 0 changes nothing."""
        return each_picture(degraded, self._denoise, numbers(sigma, len(degraded)))

    def _denoise(self, picture: Pixels, sigma: float) -> Pixels:
        return denoise(picture, sigma, self.search) if sigma > 0 else picture


def denoise(picture: Pixels, sigma: float, window: int) -> Pixels:
    """Denoise H,W,C (at least 8 × 8) with noise of standard deviation ``sigma``."""
    profile = STRONG if sigma > HIGH_NOISE else NORMAL
    mixing = LUMA_AND_CHROMA.astype(np.float32) if picture.shape[2] == 3 else np.eye(picture.shape[2], dtype=np.float32)
    noisy: Planes = np.ascontiguousarray(np.tensordot(mixing, picture, axes=(1, 2)))
    basic = filtered(noisy, None, sigma, profile, window)
    final = filtered(noisy, basic, sigma, profile, window)
    return np.ascontiguousarray(np.tensordot(final, mixing, axes=(0, 0)), dtype=np.float32)


def filtered(noisy: Planes, basic: Planes | None, sigma: float, profile: Profile, window: int) -> Planes:
    """One step: hard thresholding in groups by the first plane, or Wiener filtering in groups by all of ``basic``."""
    step = profile.hard if basic is None else profile.wiener
    total, weights = np.zeros_like(noisy), np.zeros_like(noisy)
    guide = noisy[:1] if basic is None else basic
    farthest = step.farthest / 255**2 * (COLOUR_LUMA_GAIN if len(noisy) == 3 else 1.0)
    search = Search(block=step.transform.side, window=window, most=step.most, farthest=farthest)
    for area, rows, columns in pieces(noisy.shape[1], noisy.shape[2], step, window):
        groups = similar_blocks(np.ascontiguousarray(guide[:, *area]), rows, columns, search)
        for channel in range(len(noisy)):
            seen = np.ascontiguousarray(noisy[channel][area])
            gathered = Aggregation(step.transform, *seen.shape)
            spectra = step.transform.spectra(seen)
            if basic is None:
                threshold = profile.chroma_threshold if channel else profile.threshold
                hard_thresholding(spectra, groups, threshold * sigma, gathered)
            else:
                known = step.transform.spectra(np.ascontiguousarray(basic[channel][area]))
                wiener_filtering(spectra, known, groups, sigma**2, gathered)
            gathered.add_to(total[channel][area], weights[channel][area])
    return total / weights


def pieces(
    height: int, width: int, step: Step, window: int
) -> Iterator[tuple[tuple[slice, slice], NDArray[np.intp], NDArray[np.intp]]]:
    """Areas of a picture, each with the rows and columns of its reference blocks, counted from the area's corner."""
    for rows in spans(height, step, window):
        for columns in spans(width, step, window):
            yield (rows[0], columns[0]), rows[1], columns[1]


def spans(length: int, step: Step, window: int) -> Iterator[tuple[slice, NDArray[np.intp]]]:
    """The same along one axis: blocks every ``stride`` pixels, and one at the end."""
    last, reach = length - step.transform.side, window // 2
    starts = np.append(np.arange(0, last, step.stride), last)
    for part in np.array_split(starts, -(-length // PIECE)):
        first = max(0, int(part[0]) - reach)
        yield slice(first, min(length, int(part[-1]) + step.transform.side + reach)), part - first
