"""A Poisson-Gaussian model fitted to the variance at many levels of brightness."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from burnish.errors import DataError
from burnish.ops.noise import NoiseModel

from burnish_degradations.calibration.clipping import unclipped
from burnish_degradations.calibration.levels import Floats, Levels

LITTLE_CLIPPED, MOSTLY_CLIPPED = 0.02, 0.1
"""Levels with a larger part of clipped pixels are left out; smaller parts are corrected. The correction takes the noise
for normal, and few photons, which give 0 without any clipping, are not; so the second bound holds only where the first
leaves less than half of the levels."""
CLIPPED = 1e-3
"""Below this part nothing is corrected."""
VISIBLE = 0.3
"""Levels with less variance than this, in squared steps of the file, are left out: rounding hides such noise (less than
half a step), or makes 0.25 of it where the brightness is between two steps."""
ROUNDS = 60
"""Of the reweighted least squares."""
ABOVE, BELOW = 2.0, 4.0
"""Residuals in their own typical size at which a level's weight halves: texture only adds to the variance."""


@dataclass(frozen=True, kw_only=True)
class Fit:
    """A model and what it was fitted to."""

    model: NoiseModel
    levels: Levels
    """Those used, without the effects of clipping and rounding."""
    weights: Floats
    """Of each level in the fit, relative to what its count gives: near 0 for outliers."""
    left_out: int
    """Levels with too many clipped pixels, or whose noise is hidden by rounding."""

    @property
    def predicted(self) -> Floats:
        """The model's variance at each level."""
        return variance_of(self.model, self.levels.brightness)

    @property
    def deviation(self) -> float:
        """Median of |variance / predicted − 1| over the levels."""
        return float(np.median(np.abs(self.levels.variance / np.maximum(self.predicted, 1e-12) - 1.0)))

    @property
    def range(self) -> tuple[float, float]:
        """The brightness that the levels cover, [0, 1] units."""
        return float(self.levels.brightness.min()), float(self.levels.brightness.max())


def variance_of(model: NoiseModel, brightness: Floats) -> Floats:
    """The model's variance, in NumPy."""
    found: Floats = model.gain * np.maximum(brightness - model.offset, 0.0) + model.read_noise**2
    return found


def fit(levels: Levels, step: float, name: str, dark: NoiseModel | None = None) -> Fit:
    """The line variance = gain·(brightness − offset) + read_noise² through the levels, robust against texture.

    Levels tell the slope and the intercept of the line only. An intercept above 0 is the read noise, and the offset is
    0; one below 0 is an offset, and the read noise 0: in the range of brightness of the pictures both say the same. If
    the line would be below 0 at the darkest level, that level counts as black. Pictures without light tell offset and
    read noise themselves: see ``dark``.

    Source: Foi, Trimeche, Katkovnik, Egiazarian, doi:10.1109/TIP.2008.2001399, with reweighted least squares in place
    of its likelihood.

    Args:
        levels: Of one picture or many.
        step: Distance of the file's values in [0, 1] units; 0 for float files.
        name: Of what they came from, for messages.
        dark: Offset and read noise, where they are known.

    Raises:
        DataError: No level has noise that is neither clipped nor hidden by rounding.
    """
    used = _usable(levels, step)
    if not len(used):
        raise DataError(
            f"{name}: no noise to fit: every flat area is clipped, hidden by rounding, or too small; give pictures "
            "with flat areas between black and white, as stored by the camera"
        )
    if dark is not None:
        gain, weights = _slope(used, dark.offset, dark.read_noise**2)
        model = NoiseModel(gain=gain, read_noise=dark.read_noise, offset=dark.offset)
    else:
        model, weights = _line(used)
    return Fit(model=model, levels=used, weights=weights, left_out=len(levels) - len(used))


def _usable(levels: Levels, step: float) -> Levels:
    few = float(np.mean(levels.clipped <= LITTLE_CLIPPED)) < 0.5 if len(levels) else False
    seen = levels.clipped <= (MOSTLY_CLIPPED if few else LITTLE_CLIPPED)
    seen &= (levels.variance > VISIBLE * step**2) & (levels.variance > 0.0)
    seen &= (levels.brightness > 0.0) & (levels.brightness < 1.0)
    kept = levels.where(seen)
    variance = kept.variance - step**2 / 12.0
    brightness = kept.brightness.copy()
    clipped = kept.clipped > CLIPPED
    if clipped.any():
        brightness[clipped], variance[clipped] = unclipped(brightness[clipped], variance[clipped])
    kept = Levels(brightness=brightness, variance=variance, count=kept.count, clipped=kept.clipped)
    return kept.where(np.isfinite(variance) & (np.nan_to_num(variance) > 0.0))


def _line(levels: Levels) -> tuple[NoiseModel, Floats]:
    """Slope and intercept as a model, and the weights."""
    x, darkest = levels.brightness, float(levels.brightness.min())
    terms = np.stack([x, np.ones_like(x)], axis=1)
    (slope, intercept), weights = _robust(levels, terms, levels.variance)
    if slope <= 0.0:
        (level,), weights = _robust(levels, terms[:, 1:], levels.variance)
        return NoiseModel(read_noise=math.sqrt(level)), weights
    if intercept >= 0.0:
        return NoiseModel(gain=slope, read_noise=math.sqrt(intercept)), weights
    if slope * darkest + intercept > 0.0:
        return NoiseModel(gain=slope, offset=-intercept / slope), weights
    floor = float(np.median(levels.variance[:3]))
    gain, weights = _slope(levels, darkest, floor)
    return NoiseModel(gain=gain, read_noise=math.sqrt(floor), offset=darkest), weights


def _slope(levels: Levels, offset: float, floor: float) -> tuple[float, Floats]:
    """The gain where offset and read noise (``floor``: its variance) are known."""
    light = np.maximum(levels.brightness - offset, 0.0)
    (gain,), weights = _robust(levels, light[:, None], levels.variance - floor, floor)
    return max(gain, 0.0), weights


def _robust(levels: Levels, terms: Floats, wanted: Floats, floor: float = 0.0) -> tuple[list[float], Floats]:
    """Coefficients of ``terms`` that give ``wanted``, by reweighted least squares (Cauchy), and the last weights."""
    least = 1e-3 * float(np.median(levels.variance))
    expected: Floats = np.full_like(wanted, float(np.median(levels.variance)))
    trust: Floats = np.ones_like(wanted)
    found: Floats = np.zeros(terms.shape[1])
    for _ in range(ROUNDS):
        scale = np.sqrt(trust * levels.count / 2.0) / expected
        found = np.asarray(np.linalg.lstsq(terms * scale[:, None], wanted * scale, rcond=None)[0], dtype=np.float64)
        expected = np.maximum(terms @ found + floor, least)
        off = (wanted + floor - expected) / expected * np.sqrt(levels.count / 2.0)
        off = off / max(1.0, float(np.median(np.abs(off))) / 0.67449)
        trust = 1.0 / (1.0 + (off / np.where(off > 0.0, ABOVE, BELOW)) ** 2)
    return [float(value) for value in found], trust
