"""Kernels that vary smoothly over the picture: of a rolling camera, or of a scene with depth."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from burnish_degradations.blur.camera_shake import path_kernel
from burnish_degradations.blur.defocus_blur import disk_kernel
from burnish_degradations.blur.trajectories import trajectories

Size = tuple[int, int]


def nodes(size: Size, grid: int) -> NDArray[np.float64]:
    """The positions of the kernels: grid² points x, y in pixels from the centre, row by row, corners included."""
    y, x = (np.linspace(-0.5, 0.5, grid) * (side - 1) for side in size)
    return np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)


def half_diagonal(size: Size) -> float:
    """Distance of the corners from the centre, in pixels."""
    return math.hypot(size[0] - 1, size[1] - 1) / 2.0


def shake_field(
    seeds: Sequence[Sequence[int]],
    anxiety: Sequence[float],
    length: Sequence[float],
    turn: Sequence[float],
    *,
    places: NDArray[np.float64],
    side: int,
) -> NDArray[np.float64]:
    """Kernels of a hand-held camera that shifts and rolls.

    The point p sees the path d(t) + θ(t)·p⊥ (small angles): d is a trajectory of ``length`` pixels (see
    ``trajectories``), θ one coordinate of another, of ``turn`` degrees in all; both are centred on their means.

    Args:
        seeds: Two for each of N pictures.
        anxiety: N, of both trajectories.
        length: N.
        turn: N.
        places: M × 2, from ``nodes``.
        side: Odd.

    Returns:
        N,M,side,side.
    """
    x, y = trajectories([pair[0] for pair in seeds], anxiety, length)
    roll, _ = trajectories([pair[1] for pair in seeds], anxiety, [math.radians(each) for each in turn])
    return np.stack(
        [
            np.stack([path_kernel(side, dx - angle * place[1], dy + angle * place[0]) for place in places])
            for dx, dy, angle in zip(_centred(x), _centred(y), _centred(roll), strict=True)
        ]
    )


def defocus_field(
    radii: Sequence[Sequence[float]], direction: Sequence[float], *, places: NDArray[np.float64], side: int
) -> NDArray[np.float64]:
    """Disks with a radius that changes linearly over the picture, as for a tilted plane.

    Args:
        radii: Two for each of N pictures, in pixels: at either end.
        direction: N, in degrees counter-clockwise from the right: from the first end to the second.
        places: M × 2, from ``nodes``.
        side: Odd.

    Returns:
        N,M,side,side.
    """
    fields = []
    for (first, second), angle in zip(radii, direction, strict=True):
        along = places @ [math.cos(math.radians(angle)), -math.sin(math.radians(angle))]
        share = 0.5 + 0.5 * along / max(float(np.abs(along).max()), 1e-9)
        fields.append(np.stack([disk_kernel(side, first + (second - first) * part) for part in share]))
    return np.stack(fields)


def _centred(paths: NDArray[np.float64]) -> NDArray[np.float64]:
    centred: NDArray[np.float64] = paths - paths.mean(axis=1, keepdims=True)
    return centred
