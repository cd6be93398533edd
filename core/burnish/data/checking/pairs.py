"""What is wrong with a pair: its two sizes, what they show, their register, their brightness."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from burnish.data.checking.analysis.brightness import Brightness, fit, likeness
from burnish.data.checking.analysis.registration import REACH, Shift, find_shift
from burnish.data.checking.findings import Finding, found
from burnish.data.checking.looking import Look, Seen
from burnish.ops.measures.correlation import noise_correlation
from burnish.ops.measures.pixels import SIDE, central

Plane = NDArray[np.float32]

SMALL_SHIFT = 0.25
"""Pixels from which a shift costs a network sharpness."""
SHIFT = 1.0
"""Pixels from which a pair is refused."""
ALIKE = 0.6
"""Correlation of the smoothed pictures below which they do not show the same."""
SMOOTHING = 3.0
"""σ in pixels, for that."""
COARSE = 4.0
"""σ in pixels under which brightness is compared."""
CHANGE = 0.02
"""Of white: brightness that differs by less is left alone."""


def scale_of(degraded: Look, clean: Look) -> int:
    """By which whole factor the clean picture is larger; 0: by none."""
    if clean.width % degraded.width or clean.height % degraded.height:
        return 0
    across, down = clean.width // degraded.width, clean.height // degraded.height
    return across if across == down else 0


def fit_sizes(degraded: Look, clean: Look, name: str) -> Iterator[Finding]:
    """The findings about the sizes and channels of a pair."""
    if not scale_of(degraded, clean):
        fact = f"is {degraded.width}×{degraded.height}, its clean picture {clean.width}×{clean.height}"
        yield found("size-mismatch", name, fact)
    if degraded.channels != clean.channels:
        yield found("channel-mismatch", name, f"is {degraded.kind}, its clean picture {clean.kind}")


def compare_pair(degraded: Seen, clean: Seen, name: str) -> tuple[list[Finding], dict[str, float]]:
    """The findings about a pair, and its figures: shift, brightness, correlation of the noise.

    Args:
        degraded: The degraded picture.
        clean: The clean one.
        name: What findings call the degraded one.
    """
    first, second = degraded.look, clean.look
    if first is None or second is None:
        return [], {}
    if misfits := list(fit_sizes(first, second, name)):
        return misfits, {}
    if first.pixels_hash == second.pixels_hash:
        return [found("identical-pair", name, "is the same picture as its clean one, pixel by pixel")], {}
    if not (first.usable and second.usable):
        return [], {}
    y, x = degraded.luma, clean.luma
    if first.size != second.size:
        x = cv2.resize(x, (first.width, first.height), interpolation=cv2.INTER_AREA)
    y, x = (np.ascontiguousarray(central(plane[:, :, None], SIDE)[:, :, 0]) for plane in (y, x))
    blurred = first.is_blur_of(second)
    findings, figures, (y, x) = _register(x, y, name, blurred=blurred)
    if any(one.kind == "other-scene" for one in findings):
        return findings, figures
    light = fit(*(cv2.GaussianBlur(one, (0, 0), COARSE) for one in (x, y)))  # so that noise and detail do not count
    if blurred:  # what the blur takes from the contrast is no change of brightness
        light = Brightness(
            factor=1.0, offset=float(y.mean() - x.mean()), change=abs(float(y.mean() - x.mean())), curve=0.0
        )
    figures |= {"factor": light.factor, "offset": light.offset}
    findings += _brightness(light, name)
    noise = noise_correlation(y - np.float32(light.factor) * x - np.float32(light.offset), x)
    if noise is not None:
        figures |= {"correlation": noise.largest}
    return findings, figures


def _brightness(light: Brightness, name: str) -> Iterator[Finding]:
    if light.change > CHANGE:
        fact = (
            f"clean ≈ {light.target_factor:.3f} · degraded {-light.offset * light.target_factor * 255:+.1f} of 255, "
            f"{255 * light.change:.1f} apart on average"
        )
        yield found("brightness", name, fact, factor=light.factor, offset=light.offset)
    if light.curve > CHANGE:
        fact = f"its brightness follows its clean picture's by a curve, {255 * light.curve:.1f} of 255 from a line"
        yield found("tone-curve", name, fact, distance=light.curve)


def overlap(first: Plane, second: Plane, shift: Shift) -> tuple[Plane, Plane]:
    """The parts of two pictures that show the same, to the nearest whole pixel; ``second(u) ≈ first(u − shift)``."""
    across, down = round(shift.right), round(shift.down)
    height, width = first.shape[0] - abs(down), first.shape[1] - abs(across)
    top, left = max(0, -down), max(0, -across)
    here = first[top : top + height, left : left + width]
    there = second[max(0, down) : max(0, down) + height, max(0, across) : max(0, across) + width]
    return here, there


def alike(first: Plane, second: Plane) -> float | None:
    """Correlation of the smoothed pictures; None where noise leaves too little structure to judge by."""
    smooth, other = (cv2.GaussianBlur(one, (0, 0), SMOOTHING) for one in (first, second))
    rest = min(float(np.std(one - smoothed)) for one, smoothed in ((first, smooth), (second, other)))
    chance = rest / np.sqrt(4.0 * np.pi * SMOOTHING**2)
    if min(float(smooth.std()), float(other.std())) < 3.0 * chance + 0.002:
        return None
    return likeness(smooth, other)


def _register(
    x: Plane, y: Plane, name: str, *, blurred: bool
) -> tuple[list[Finding], dict[str, float], tuple[Plane, Plane]]:
    """The findings about scene and shift, and both pictures cut to what they have in common."""
    shift = find_shift(x, y)
    moved = shift is not None and shift.certain and shift.length < 1.5 * REACH
    here, there = overlap(x, y, shift) if moved and shift is not None else (x, y)
    match = alike(here, there)
    if match is not None and match < ALIKE:
        fact = f"does not show what its clean picture shows (correlation {match:.2f}), or lies more than {REACH} px off"
        return [found("other-scene", name, fact, correlation=match)], {}, (y, x)
    if shift is None or match is None:
        return [], {}, (y, x)
    figures = {"shift": shift.length if shift.certain else 0.0}
    findings = []
    if shift.certain and shift.length >= SMALL_SHIFT:
        kind = "blur-shift" if blurred else "shifted" if shift.length >= SHIFT else "slight-shift"
        fact = f"lies {shift.right:+.2f} px right and {shift.down:+.2f} px down of its clean picture"
        findings.append(found(kind, name, fact, deviation=shift.deviation, right=shift.right, down=shift.down))
    return findings, figures, (there, here)
