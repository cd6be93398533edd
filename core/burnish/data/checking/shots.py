"""What is wrong with the shots of a scene: copies, other scenes, their register, their brightness."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from burnish.data.checking.analysis.registration import REACH, find_shift
from burnish.data.checking.findings import Finding, found
from burnish.data.checking.looking import Seen
from burnish.data.checking.pairs import ALIKE, SHIFT, SMALL_SHIFT, alike, overlap
from burnish.ops.measures.correlation import noise_correlation
from burnish.ops.measures.pixels import SIDE, central

DRIFT = 0.01
"""Of white: shots whose means differ by less are of one brightness."""


def compare_shots(shots: Iterable[tuple[str, Seen]]) -> tuple[list[Finding], dict[str, float]]:
    """The findings about the shots of one scene, each against the first that can be read, and their figures.

    Args:
        shots: What findings call each, and the shot; two are held at a time.
    """
    findings: list[Finding] = []
    shifts, correlations = [0.0], []
    first: tuple[str, Seen] | None = None
    name_of: dict[str, str] = {}
    for name, one in shots:
        if one.look is None:
            continue
        if (earlier := name_of.setdefault(one.look.pixels_hash, name)) != name:
            fact = f"is the same shot as {earlier.rpartition('/')[2]}, pixel by pixel"
            findings.append(found("repeated-shot", name, fact, others=(earlier,)))
        elif first is None:
            first = (name, one)
        else:
            faults, figures = _against(first[1], one, name, first[0].rpartition("/")[2])
            findings += faults
            shifts += [figures["shift"]] if "shift" in figures else []
            correlations += [figures["correlation"]] if "correlation" in figures else []
    made = {"shift": max(shifts)}
    return findings, {**made, "correlation": float(np.median(correlations))} if correlations else made


def _against(first: Seen, other: Seen, name: str, first_name: str) -> tuple[list[Finding], dict[str, float]]:
    here, there = first.look, other.look
    assert here is not None
    assert there is not None
    if (here.size, here.channels) != (there.size, there.channels):
        sizes = [f"{look.width}×{look.height} {look.kind}" for look in (there, here)]
        return [found("shot-size", name, f"is {sizes[0]}, {first_name} is {sizes[1]}")], {}
    if not (here.usable and there.usable):
        return [], {}
    x, y = (np.ascontiguousarray(central(one.luma[:, :, None], SIDE)[:, :, 0]) for one in (first, other))
    shift = find_shift(x, y)
    moved = shift is not None and shift.certain and shift.length < 1.5 * REACH
    cut, beside = overlap(x, y, shift) if moved and shift is not None else (x, y)
    match = alike(cut, beside)
    if match is not None and match < ALIKE:
        fact = f"does not show what {first_name} shows (correlation {match:.2f})"
        return [found("other-shot", name, fact, correlation=match)], {}
    findings, figures = [], {}
    if shift is not None and match is not None:
        figures["shift"] = shift.length if shift.certain else 0.0
        if shift.certain and shift.length >= SMALL_SHIFT:
            kind = "shifted-shot" if shift.length >= SHIFT else "slight-shot-shift"
            fact = f"lies {shift.right:+.2f} px right and {shift.down:+.2f} px down of {first_name}"
            findings.append(found(kind, name, fact, right=shift.right, down=shift.down))
    means = float(cut.mean()), float(beside.mean())
    if abs(means[1] - means[0]) > DRIFT:
        fact = f"has a mean of {255 * means[1]:.1f} of 255, {first_name} of {255 * means[0]:.1f}"
        findings.append(found("shot-brightness", name, fact, difference=means[1] - means[0]))
    noise = noise_correlation(beside - cut - np.float32(means[1] - means[0]), cut)
    if noise is not None:
        figures["correlation"] = noise.largest
    return findings, figures
