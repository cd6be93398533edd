"""What blurred a picture: nothing, a Gaussian, a lens out of focus or a straight motion, and how large it is."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.special import j1

__all__ = ["Blur", "blur_kind"]

Plane = NDArray[np.float32]
Numbers = NDArray[np.float64]
Kind = Literal["none", "gaussian", "disk", "motion"]

SIDE, STEP = 128, 64
"""Of the windows whose spectra are averaged, and the distance between them, in pixels."""
FLATTEST = 0.3
"""This part of the windows, with the least variance, is left out."""
LOWEST, HIGHEST = 2.5 / SIDE, 0.47
"""Frequencies that are looked at, in cycles per pixel."""
RING, SECTORS = 1.12, 18
"""Ratio of the radii of neighbouring rings, and sectors of the half plane; their cells are averaged."""
FALL = 2.3
"""Exponent of the usual fall of a picture's power with frequency."""
TRUST = (0.0, 4.0, 20.0, 20.0)
"""How much level, exponent and the two terms of direction are held to nothing, ``FALL``, nothing and nothing."""
ROBUST = 0.5
"""Differences of the logarithm beyond this count by their size, no longer by its square."""
FAINT = 3e-3
"""Where a blur leaves less than this part of the power, only its smallness is compared."""
DETECTED = 2.0
"""Power below so many times the noise's says nothing."""
ROUNDING = 0.29 / 255
"""Standard deviation of what rounding to 8 bit adds; noise is at least this."""
SMOOTHING = 1.5
"""Of the picture whose slopes are compared with those that a blur allows, in pixels: against noise."""
STEEP = 0.9998
"""The quantile of the slopes that counts as the largest."""
SHARP = 0.75
"""A smaller spread in pixels is not a blur: the sharp photographs of Kodak and CBSD68 read 0 to 0.7."""
CLEAR, STRAIGHT = 0.02, 0.07
"""A blur must explain the spectrum better than no blur by this, in half squares of the logarithm; a motion by more,
since walls and shelves have directions, too."""


@dataclass(frozen=True, kw_only=True)
class Blur:
    """The blur that explains a spectrum best."""

    kind: Kind
    size: float
    """Pixels: σ of a Gaussian, radius of a disk, length of a motion; 0 without a blur."""
    angle: float = 0.0
    """Of a motion, in degrees from the right, counter-clockwise, 0..180."""
    spread: float = 0.0
    """Root mean square distance from the kernel's centre along its longest direction, in pixels: comparable."""
    better: float = 0.0
    """By how much it explains the logarithm of the spectrum better than no blur does: mean half square."""

    @property
    def steepest(self) -> float:
        """The largest slope per pixel that a step of height 1 has after it, with a tenth to spare."""
        if self.size == 0.0:
            return math.inf
        slope = {"gaussian": 1.0 / math.sqrt(2.0 * math.pi), "disk": 2.0 / math.pi, "motion": 1.0}[self.kind]
        return 1.1 * slope / self.size


def blur_kind(luma: Plane, noise: float) -> Blur | None:
    """Compare the picture's mean spectrum with those of blurred natural pictures.

    The power of natural pictures falls with frequency f as ``f^−α``, α near 2, and depends a little on direction; a
    blur multiplies it by ``|K(f)|²``, whose zeros and directions tell kind and size. Kernels of three kinds are tried
    (σ of 0.4 to 6 pixels, radius 1 to 14, length 4 to 60 in every direction): the rest is fitted to the logarithm by
    robust least squares, and the kernel with the smallest remainder is taken whose steps could be as steep as those in
    the picture. Zeros of the spectrum as sign of a blur: Cannon 1976, doi:10.1109/TASSP.1976.1162770; the spectrum of
    natural pictures: Field 1987, doi:10.1364/JOSAA.4.002379.

    Args:
        luma: H,W in [0, 1].
        noise: Standard deviation of its noise in [0, 1].

    Returns:
        None: a picture smaller than one window, or too flat.
    """
    power = _power(luma)
    if power is None:
        return None
    cells = _cells()
    mean, floor = cells.mean(power[cells.inside]), max(noise, ROUNDING) ** 2
    kernels, spectra = _families()
    costs = _remainders(mean, floor, spectra)
    sharp, order = float(costs[0]), np.argsort(costs, kind="stable")
    slopes, height = _slopes(luma), float(np.ptp(np.quantile(luma, (1.0 - STEEP, STEEP))))
    best = int(next((one for one in order if height * kernels[one].steepest >= slopes(kernels[one].angle)), 0))
    if not math.isfinite(float(costs[best])):
        return None
    near = list(_near(kernels[best]))
    refined = _remainders(mean, floor, np.stack([cells.mean(spectrum(one, cells)) for one in near]))
    chosen, cost = near[int(np.argmin(refined))], float(refined.min())
    better = sharp - cost if math.isfinite(sharp) else math.inf
    if chosen.spread < SHARP or better < (STRAIGHT if chosen.kind == "motion" else CLEAR):
        return Blur(kind="none", size=0.0, better=max(0.0, better))
    return replace(chosen, better=better)


def spectrum(blur: Blur, cells: Cells) -> Numbers:
    """``|K(f)|²`` at the frequencies of ``cells``, one a frequency."""
    if blur.kind == "disk":
        z = 2.0 * np.pi * blur.size * cells.radius
        found: Numbers = (2.0 * j1(z) / z) ** 2
    elif blur.kind == "motion":
        angle = math.radians(blur.angle)
        along = cells.across * math.cos(angle) - cells.down * math.sin(angle)
        found = np.sinc(blur.size * along) ** 2 * np.exp(-np.square(np.pi * cells.radius))  # of a pixel's width
    else:
        found = np.exp(-np.square(2.0 * np.pi * blur.size * cells.radius))
    return found


@dataclass(frozen=True, kw_only=True)
class Cells:
    """The frequencies of a window that are looked at, in cells of a ring and a sector."""

    inside: NDArray[np.bool_]
    """SIDE,SIDE."""
    across: Numbers
    down: Numbers
    radius: Numbers
    """Cycles per pixel, of every frequency inside."""
    number: NDArray[np.intp]
    """Cell of each."""
    count: Numbers
    """Frequencies of each cell."""

    @cached_property
    def terms(self) -> Numbers:
        """cells,4: 1, −log f, and cosine and sine of twice the direction."""
        twice = 2 * np.arctan2(self.down, self.across)
        parts = (-np.log(self.radius), np.cos(twice), np.sin(twice))
        return np.stack([np.ones(len(self.count)), *map(self.mean, parts)], axis=1)

    def mean(self, values: Numbers) -> Numbers:
        """Values of all frequencies inside → their means, one a cell."""
        means: Numbers = np.bincount(self.number, values) / self.count
        return means


@cache
def _cells() -> Cells:
    axis = np.fft.fftfreq(SIDE)
    down, across = (grid.copy() for grid in np.meshgrid(axis, axis, indexing="ij"))
    radius, direction = np.hypot(across, down), np.arctan2(down, across)
    half = (across > 0) | ((across == 0) & (down > 0))
    off_axes = (across != 0) & (down != 0)  # what borders of windows and blocks of files leave lies on the axes
    inside = (radius > LOWEST) & (radius < HIGHEST) & half & off_axes
    across, down, radius, direction = (grid[inside] for grid in (across, down, radius, direction))
    rings = np.floor(np.log(radius / LOWEST) / math.log(RING))
    sectors = np.floor((direction + np.pi / 2) / np.pi * SECTORS) % SECTORS
    _, number, count = np.unique(rings * SECTORS + sectors, return_inverse=True, return_counts=True)
    return Cells(inside=inside, across=across, down=down, radius=radius, number=number, count=count.astype(float))


def _power(luma: Plane) -> Numbers | None:
    """SIDE,SIDE: mean power of the windows with structure, per pixel, so that white noise has its variance."""
    height, width = luma.shape
    if min(height, width) < SIDE:
        return None
    window = np.outer(np.hanning(SIDE), np.hanning(SIDE))
    window /= math.sqrt(np.square(window).mean())
    places = [(y, x) for y in range(0, height - SIDE + 1, STEP) for x in range(0, width - SIDE + 1, STEP)]
    parts = np.stack([luma[y : y + SIDE, x : x + SIDE] for y, x in places]).astype(np.float64)
    parts -= parts.mean(axis=(1, 2), keepdims=True)
    variance = np.square(parts).mean(axis=(1, 2))
    busy = parts[(variance >= np.quantile(variance, FLATTEST)) & (variance > ROUNDING**2)]
    if not len(busy):
        return None
    power: Numbers = np.square(np.abs(np.fft.fft2(busy * window))).mean(axis=0) / SIDE**2
    return power


@cache
def _families() -> tuple[tuple[Blur, ...], Numbers]:
    """All kernels that are tried, none first, and their spectra by cells."""
    kernels = [_of("gaussian", 0.0)]
    kernels += [_of("gaussian", size) for size in np.geomspace(0.4, 6.0, 30)]
    kernels += [_of("disk", size) for size in np.geomspace(1.0, 14.0, 40)]
    angles = np.arange(0.0, 180.0, 7.5)
    kernels += [_of("motion", size, angle) for size in np.geomspace(4.0, 60.0, 36) for angle in angles]
    cells = _cells()
    return tuple(kernels), np.stack([cells.mean(spectrum(one, cells)) for one in kernels])


def _slopes(luma: Plane) -> Callable[[float], float]:
    """Direction in degrees → the largest slopes along it, of the slightly smoothed picture."""
    smooth = cv2.GaussianBlur(luma, (0, 0), SMOOTHING, borderType=cv2.BORDER_REFLECT_101)
    across, down = smooth[1:-1, 2:] - smooth[1:-1, :-2], smooth[2:, 1:-1] - smooth[:-2, 1:-1]

    @cache
    def slope(angle: float) -> float:
        turn = math.radians(angle)
        along = (across * np.float32(math.cos(turn)) - down * np.float32(math.sin(turn))) / 2.0
        return float(np.quantile(np.abs(along), STEEP))

    return slope


def _of(kind: Kind, size: float, angle: float = 0.0) -> Blur:
    spread = {"gaussian": size, "disk": size / 2.0, "motion": size / math.sqrt(12.0)}.get(kind, 0.0)
    return Blur(kind=kind, size=float(size), angle=float(angle) % 180.0, spread=float(spread))


def _near(best: Blur) -> Iterator[Blur]:
    """The kernel itself, and others of its family that differ by less than the steps between those tried."""
    yield best
    turns = (-5.0, -2.5, 0.0, 2.5, 5.0) if best.kind == "motion" else (0.0,)
    for factor in np.geomspace(1 / 1.09, 1.09, 9):
        for turn in turns:
            yield _of(best.kind, best.size * factor, best.angle + turn)


def _remainders(power: Numbers, floor: float, spectra: Numbers) -> Numbers:
    """What each spectrum (kernels,cells) leaves unexplained of the cells' power; infinite: too little is seen."""
    cells = _cells()
    terms, trust = cells.terms, np.diag(TRUST)
    weight = np.minimum(np.sqrt(cells.count), 3.0)
    logarithm = np.log(np.maximum(power - floor, 1e-12))
    seen = (power > DETECTED * floor) & (spectra > FAINT)
    wanted = logarithm - np.log(np.maximum(spectra, 1e-5))
    weights = weight * seen
    usual = np.array([0.0, FALL, 0.0, 0.0])
    for _ in range(3):
        squared = np.square(weights)
        left = np.einsum("kc,ci,cj->kij", squared, terms, terms) + trust
        right = np.einsum("kc,ci->ki", squared * wanted, terms) + trust @ usual
        fitted = np.linalg.solve(left, right[..., None])[..., 0]
        difference = wanted - fitted @ terms.T
        weights = weight * seen / np.sqrt(np.maximum(1.0, np.abs(difference) / ROBUST))
    explained = np.exp(fitted @ terms.T) * spectra + floor
    difference = np.abs(np.log(np.maximum(power, 1e-12)) - np.log(explained))
    loss = np.where(difference < ROBUST, 0.5 * difference**2, ROBUST * (difference - ROBUST / 2.0))
    total = (np.square(weight) * loss).sum(axis=1) + 0.5 * (np.square(fitted - usual) @ np.diag(trust))
    cost: Numbers = np.where(seen.sum(axis=1) >= 15, total / np.square(weight).sum(), np.inf)
    return cost
