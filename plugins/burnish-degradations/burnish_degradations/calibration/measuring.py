"""Reads pictures or shots and fits the noise: of each by itself, and of all together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from burnish.errors import DataError, UsageError
from burnish.io import list_clips, list_pictures, read_picture, to_tensor, upright
from burnish.ops.noise import NoiseModel
from numpy.typing import NDArray

from burnish_degradations.calibration.fitting import Fit, fit
from burnish_degradations.calibration.flat_areas import CORRELATED, FARTHEST, correlation, flat_levels, middle
from burnish_degradations.calibration.levels import Levels, at_limit, joined
from burnish_degradations.calibration.shots import Scene, scene_levels

MOST = 64
"""Of more pictures or scenes only so many, evenly chosen, are looked at for one model of all."""
FLICKER = 0.02
"""A larger relative change of brightness between shots is reported."""
SHOTS_CORRELATED = 2.0
"""As ``CORRELATED``, of shots."""
SCATTER = 0.25
"""A larger median deviation from the line is reported."""
NARROW = 0.1
"""With a smaller range of brightness the gain is reported as uncertain."""
BLACK = 0.2
"""A larger part of clipped pixels in dark pictures hides the offset."""
STEPS = {"uint8": 1 / 255, "uint16": 1 / 65535}
"""Type of the samples → distance of a file's values in [0, 1] units; float files have 0."""

Plane = NDArray[np.float32]


@dataclass(frozen=True, kw_only=True)
class Group:
    """What one model is fitted to: a picture, or the shots of a scene."""

    name: str
    """Relative to the folder."""
    files: tuple[Path, ...]


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """The model of a folder."""

    source: str
    """``pictures`` or ``shots``."""
    fit: Fit
    single: Mapping[str, Fit]
    """By picture or scene, where each was to be fitted by itself."""
    looked_at: int
    """Pictures or scenes."""
    correlation: float
    """1 for white noise; see ``flat_areas.correlation`` and ``shots.Scene``."""
    warnings: tuple[str, ...]


def groups(folder: Path) -> tuple[str, list[Group]]:
    """``pictures``, each by itself, where they are in the folder; ``shots`` of scenes, where its folders hold several.

    Raises:
        DataError: The folder is missing or holds no picture.
        UsageError: It holds pictures and folders of pictures.
    """
    files = list_pictures(folder)
    places = list_clips(folder)
    if folder in places and len(places) > 1:
        raise UsageError(
            f"{folder}: holds pictures and also folders of pictures; give a folder of pictures, or one whose folders "
            "each hold the shots of a scene"
        )
    if folder in places or len(places) == len(files):
        return "pictures", [Group(name=str(file.relative_to(folder)), files=(file,)) for file in files]
    within = {place: tuple(file for file in files if file.parent == place) for place in places}
    return "shots", [Group(name=str(place.relative_to(folder)), files=shots) for place, shots in within.items()]


def calibrate(
    source: str, found: Sequence[Group], *, each: bool = False, dark: NoiseModel | None = None
) -> Calibration:
    """Fit one model to all groups, and with ``each`` one to each.

    Args:
        source: ``pictures`` or ``shots``.
        found: As ``groups`` gives them.
        each: Fit each by itself, too; otherwise at most 64, evenly chosen, are read.
        dark: Offset and read noise, where they are known.

    Raises:
        DataError: Nothing can be fitted, or no scene holds still.
        ImagingError: A file cannot be read.
    """
    chosen = list(found) if each or len(found) <= MOST else [found[i * len(found) // MOST] for i in range(MOST)]
    measure = _flat_areas if source == "pictures" else _shots
    levels, steps, related, warnings = measure(chosen)
    fitted = fit(joined(list(levels.values())), max(steps.values()), "all together", dark)
    single, failed = _singly(levels, steps, dark)
    return Calibration(
        source=source,
        fit=fitted,
        single=single if each else {},
        looked_at=len(levels),
        correlation=related,
        warnings=(*warnings, *(failed if each else ()), *_doubts(fitted, [one.deviation for one in single.values()])),
    )


def _singly(
    levels: Mapping[str, Levels], steps: Mapping[str, float], dark: NoiseModel | None
) -> tuple[dict[str, Fit], list[str]]:
    """A fit of each, and why others have none."""
    single: dict[str, Fit] = {}
    failed = []
    for name, found in levels.items():
        try:
            single[name] = fit(found, steps[name], name, dark)
        except DataError as error:
            failed.append(str(error))
    return single, failed


def dark_model(folder: Path) -> NoiseModel:
    """Offset and read noise of pictures that were taken without light.

    Raises:
        DataError: No pictures, or black is clipped in them.
    """
    values, variances, clipped = [], [], []
    for file in list_pictures(folder)[:MOST]:
        pixels, step = read(file)
        levels = flat_levels(pixels, step)
        values.append(float(pixels.mean()))
        clipped.append(float(at_limit(pixels).mean()))
        variances.append(float(np.median(levels.variance)) - step**2 / 12.0 if len(levels) else 0.0)
    if np.mean(clipped) > BLACK:
        raise DataError(
            f"{folder}: {np.mean(clipped):.0%} of the pixels are at 0, so the noise without light is cut off; give "
            "files that keep values below black, or leave the dark pictures out"
        )
    return NoiseModel(offset=float(np.mean(values)), read_noise=max(0.0, float(np.mean(variances))) ** 0.5)


def read(file: Path) -> tuple[Plane, float]:
    """Pixels H,W,C in [0, 1], as they are stored, and the distance of the file's values."""
    picture = upright(read_picture(file))
    pixels: Plane = to_tensor(picture)[0].permute(1, 2, 0).numpy()
    return pixels, STEPS.get(str(picture.pixels.dtype), 0.0)


Measured = tuple[dict[str, Levels], dict[str, float], float, list[str]]
"""Levels and steps by name, the correlation, warnings."""


def _flat_areas(found: Sequence[Group]) -> Measured:
    near, far, steps = {}, {}, {}
    for group in found:
        pixels, steps[group.name] = read(group.files[0])
        near[group.name] = flat_levels(pixels, steps[group.name])
        far[group.name] = flat_levels(pixels, steps[group.name], FARTHEST)
    related = correlation(joined(list(near.values())), joined(list(far.values())))
    if related <= CORRELATED:
        return near, steps, related, []
    return far, steps, related, [_correlated(related)]


def _shots(found: Sequence[Group]) -> Measured:
    steps: dict[str, float] = {}
    scenes: dict[str, Scene] = {}
    warnings = []
    for group in found:
        scene = scene_levels(_read_all(group, steps), group.name)
        if scene.moved:
            warnings.append(f"{group.name}: left out; its pictures differ by more than noise, so they are not shots of "
                            "one scene, or something moved")  # fmt: skip
            continue
        scenes[group.name] = scene
        if scene.flicker > FLICKER:
            warnings.append(f"{group.name}: the light changed by {scene.flicker:.1%} between shots; corrected")
    if not scenes:
        raise DataError(
            "no folder holds shots of one scene: the pictures in each differ by more than noise; for single pictures "
            "give the folder that holds them"
        )
    related = float(np.median([scene.correlation for scene in scenes.values()]))
    if related > SHOTS_CORRELATED:
        warnings.append(_correlated(related))
    return {name: scene.levels for name, scene in scenes.items()}, steps, related, warnings


def _read_all(group: Group, steps: dict[str, float]) -> Iterator[Plane]:
    for file in group.files:
        pixels, step = read(file)
        steps[group.name] = max(step, steps.get(group.name, 0.0))
        yield middle(pixels)


def _correlated(related: float) -> str:
    return (
        f"the noise is correlated over neighbouring pixels (variance ratio {related:.1f}; 1 is white), or the pictures "
        "are texture all over; sensor-noise draws each pixel by itself and does not imitate that"
    )


def _doubts(fitted: Fit, singly: Sequence[float]) -> list[str]:
    """What speaks against the model of all together; ``singly``: the deviations where each has its own."""
    low, high = fitted.range
    doubts = []
    alone = float(np.median(singly)) if len(singly) > 1 else fitted.deviation
    if fitted.deviation > SCATTER and alone < fitted.deviation / 2:
        doubts.append(
            f"one model does not fit all: the variance is {fitted.deviation:.0%} off the line at half of the levels, "
            f"but {alone:.0%} where each has its own; exposure, gain or stretching differ: use --per-picture"
        )
    elif fitted.deviation > SCATTER:
        doubts.append(
            f"the variance is {fitted.deviation:.0%} off the line at half of the levels; tone curves, noise reduction "
            "and compression bend it: calibrate with pictures as the sensor gives them"
        )
    if fitted.left_out > len(fitted.levels):
        doubts.append(
            f"{fitted.left_out} of {fitted.left_out + len(fitted.levels)} levels are left out: clipped, or with noise "
            "that rounding hides; what is left may be texture: use deeper files"
        )
    if high - low < NARROW:
        doubts.append(f"the flat areas are between {low:.2f} and {high:.2f} only; the gain is uncertain")
    return doubts
