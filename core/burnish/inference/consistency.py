"""Whether an estimate agrees with the picture that it was made from: degraded again, it must look like that one.

Sums over squares of the residual as a test of an estimate: Frick, Marnitz, Munk, Statistical multiresolution estimation
for variational imaging, doi:10.1007/s10851-012-0368-5.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from burnish.errors import UsageError
from burnish.inference.value_range import white_in
from burnish.io import Picture
from burnish.ops.redegrading import Redegradation
from burnish.ops.transfer import Transfer
from burnish.plugins.catalog import installed
from burnish.restorer.learned import undone_in
from burnish.restorer.restorer import Restorer

CELL = 4
"""Side of the cells whose sums are kept; a window is a square of two by two of them, and the next one is a cell on."""
WINDOW = 2 * CELL
"""Side of a window in pixels of the input."""
ROWS = 128
"""Rows of the input that are looked at together, a multiple of ``CELL``."""
BRIGHTNESS = 6 / 255
"""Part of white by which a window's mean may differ, beside what noise explains: restorers are off by up to 4 levels
where detail is dense."""
TEXTURE = 20 / 255
"""The same of its root mean square."""
NOISE = 6.0
"""Standard deviations of the noise in a window's mean that are no contradiction: smoothing moves means, too."""
GRAIN = 1.8
"""Times the noise that the root mean square may be."""
SLACK = 2.0
"""Times both that compressed pictures may be off, and those of which nobody says what else is undone."""
NORMAL = 1.4826
"""Standard deviation of normal values for each unit of their median distance from the median."""
SAMPLES = 20_000
"""Evenly spread values that are enough for a median."""
AGREES = 0.5
"""The excess up to which a map is black; it is white at 2."""

Plane = NDArray[np.float32]

EXACT = frozenset({"denoise", "deblur", "super-resolve"})
"""What a restorer may undo without more slack."""
UNDONE = frozenset({"denoise", "dejpeg"})
"""What keeps the mean of every window of a picture, but for noise."""


@dataclass(frozen=True, kw_only=True)
class Consistency:
    """How far an estimate is from its input, window by window."""

    excess: Plane
    """Rows of windows, ``CELL`` pixels of the input apart: the larger one of their mean's and their root mean square's
    distance, in units of what is allowed; above 1 the estimate contradicts the input. NaN: it is not known."""
    margin: int
    """Pixels of the input above and left of the first window."""
    scale: int
    """By how much the estimate is larger than the input."""
    size: tuple[int, int]
    """Height and width of the input."""

    @property
    def worst(self) -> float:
        """The largest excess; 0 where nothing is known."""
        return float(np.nanmax(self.excess)) if np.isfinite(self.excess).any() else 0.0

    @property
    def contradicts(self) -> bool:
        """Whether the estimate contradicts the input anywhere."""
        return self.worst > 1.0

    @property
    def note(self) -> tuple[str, ...]:
        """One sentence for the user, with the worst place in pixels of the estimate; empty where it agrees."""
        if not self.contradicts:
            return ()
        row, column = np.unravel_index(int(np.nanargmax(self.excess)), self.excess.shape)
        x, y = (self.scale * (self.margin + CELL * int(place) + CELL) for place in (column, row))
        share = float((self.excess > 1.0).sum() / np.isfinite(self.excess).sum())
        part = f"{100 * share:.0f} %" if share >= 0.005 else "less than 1 %"
        return (
            f"the estimate contradicts its input in {part} of the picture, most at {x},{y}: degraded again, it differs "
            f"from it by {self.worst:.1f} times what noise and usual errors explain",
        )

    def picture(self) -> Picture:
        """The map, of the estimate's size: 8 bit, one channel.

        Black: up to half the limit, or not known; 85: at the limit, beyond which it contradicts; white: at twice that.
        """
        found = np.nan_to_num(self.excess, nan=0.0)
        cells = np.zeros(tuple(side + 1 for side in found.shape), np.float32)  # a cell shows the worst of its windows
        for down in (0, 1):
            for right in (0, 1):
                part = cells[down : down + found.shape[0], right : right + found.shape[1]]
                np.maximum(part, found, out=part)
        levels = (255.0 * ((cells - AGREES) / (2.0 - AGREES)).clip(0.0, 1.0) + 0.5).astype(np.uint8)
        side, edge = self.scale * CELL, self.scale * self.margin
        height, width = (self.scale * one for one in self.size)
        whole = np.zeros((height, width, 1), np.uint8)
        grown = np.kron(levels, np.ones((side, side), np.uint8))[: height - edge, : width - edge]
        whole[edge : edge + grown.shape[0], edge : edge + grown.shape[1], 0] = grown
        return Picture(pixels=whole)


def known_degradation(
    loaded: Restorer, conditions: Mapping[str, object], curve: Transfer | None = None
) -> Redegradation | None:
    """The degradation that a restorer undoes, as far as it is known without the picture; None where it is not.

    A blur whose kernel is told; a reduction by the restorer's scale, whatever its filter, which hardly moves the means
    of windows; or noise and compression, which do not move them either. A blur whose kernel only the restorer knows
    is not known, nor is anything of bursts and clips.

    Args:
        loaded: The restorer.
        conditions: What is known of the picture.
        curve: By which the host converts its values to light.
    """
    if loaded.spec.temporal != "single":
        return None
    if "kernel" in loaded.spec.needs:
        kernel = torch.as_tensor(conditions["kernel"]).float() if conditions.get("kernel") is not None else None
        if kernel is None or loaded.scale != 1 or (kernel.ndim == 3 and len(kernel) != 1):
            return None
        return Redegradation(kernel=kernel.reshape(kernel.shape[-2:]), curve=curve)
    if loaded.scale > 1:
        return Redegradation(scale=loaded.scale)
    return Redegradation() if undone_tasks(loaded) <= UNDONE else None


def refuse_unknown(loaded: Restorer, conditions: Mapping[str, object]) -> None:
    """Refuse a comparison with the input for a restorer whose degradation is not known.

    Raises:
        UsageError: Says what would be.
    """
    if known_degradation(loaded, conditions) is None:
        raise UsageError(
            f"what {loaded.subject} undoes is not known, so that its estimate cannot be degraded again; known are "
            "noise, compression and enlargement of single pictures, and a blur whose kernel is given"
        )


def slack(loaded: Restorer) -> float:
    """By how much more than usual the estimates of a restorer may be off: 1, or ``SLACK``."""
    return 1.0 if undone_tasks(loaded) <= EXACT else SLACK


def undone_tasks(loaded: Restorer) -> frozenset[str]:
    """What a restorer undoes: of weights, what they learned; ``unknown`` where their bundle does not say it."""
    if loaded.bundle is None:
        return frozenset({"unknown"}) if loaded.spec.trainable or not loaded.spec.tasks else loaded.spec.tasks
    degrader = loaded.bundle.training.get("facts", {}).get("degrader") or {}
    return frozenset[str]().union(*(one.tasks for one in undone_in(degrader, installed()))) or frozenset({"unknown"})


def consistency(
    degraded: Tensor,
    estimate: Tensor,
    again: Redegradation,
    known: Mapping[str, object],
    *,
    slack: float = 1.0,
) -> Consistency | None:
    """Degrade an estimate again and compare it with its input, in overlapping windows of ``WINDOW`` pixels.

    In each window and channel the mean m and the root mean square q of the residual are compared with what is allowed,
    m̂ = ``BRIGHTNESS`` + ``NOISE`` s and q̂ = ``TEXTURE`` + ``GRAIN`` t, where s is the noise of means and t that of
    values: the told σ, or the residual's own, by medians over the picture, whichever is larger; so noise that is
    correlated, or stronger than was told, is none of the estimate's faults. The excess is max(|m|/m̂, q/q̂).

    Works in strips of rows, and keeps two values for each 4×4 pixels and channel.

    Args:
        degraded: The input, 1,C,h,w, stored values; what is not finite is not known.
        estimate: 1,C,sh,sw.
        again: The degradation.
        known: ``sigma``, ``mask`` and ``white`` count.
        slack: Multiplies ``BRIGHTNESS`` and ``TEXTURE``.

    Returns:
        None where the picture is too small, or the sizes do not fit each other.
    """
    margin, (height, width) = again.margin, degraded.shape[-2:]
    rows, columns = ((side - 2 * margin) // CELL * CELL for side in (height, width))
    fits = estimate.shape[-2:] == (height * again.scale, width * again.scale) and estimate.shape[0] == 1
    if min(rows, columns) < WINDOW or not fits:
        return None
    white = white_in(known) or 1.0
    usual = slack * white
    strips = list(_strips(degraded, estimate, again, known, (rows, columns), white))
    means, squares = (np.concatenate(parts, axis=1) for parts in zip(*strips, strict=True))
    means, squares = _windows(means), np.sqrt(_windows(squares))
    sigma = known.get("sigma")
    told = float(torch.as_tensor(sigma).float().max()) if sigma is not None else 0.0
    excess = np.zeros(means.shape[1:], np.float32)
    for mean, square in zip(means, squares, strict=True):
        if not np.isfinite(mean).any():
            excess.fill(np.nan)
            continue
        middle = _median(mean)
        deviation = max(told / WINDOW, NORMAL * _median(np.abs(mean - middle)))
        grain = max(told, _median(square))
        np.maximum(excess, np.abs(mean) / (BRIGHTNESS * usual + NOISE * deviation), out=excess)
        np.maximum(excess, square / (TEXTURE * usual + GRAIN * grain), out=excess)
    return Consistency(excess=excess, margin=margin, scale=again.scale, size=(height, width))


def _strips(
    degraded: Tensor,
    estimate: Tensor,
    again: Redegradation,
    known: Mapping[str, object],
    kept: tuple[int, int],
    white: float,
) -> Iterator[tuple[Plane, Plane]]:
    """The mean of the residual and of its square in every cell, C,rows,columns, strip after strip."""
    margin, scale, (rows, columns) = again.margin, again.scale, kept
    mask = None if known.get("mask") is None else torch.as_tensor(known["mask"]).reshape(-1, *degraded.shape[-2:])[:1]
    for top in range(0, rows, ROWS):
        bottom = min(top + ROWS, rows)
        made = again(estimate[..., scale * top : scale * (bottom + 2 * margin), :])[0].numpy()
        seen = degraded[0, :, top : bottom + 2 * margin].detach().float().cpu().numpy()
        unknown = ~np.isfinite(seen) if not np.isfinite(seen.sum()) else np.zeros((1, 1, 1), np.bool_)
        if mask is not None:
            unknown = unknown | (mask[:, top : bottom + 2 * margin] == 0).cpu().numpy()
        inside = (slice(margin, margin + bottom - top), slice(margin, margin + columns))
        rests = [_rest(*planes, max(1.0, white)) for planes in zip(seen, made, strict=True)]
        if unknown.any():
            missing = _widened(np.broadcast_to(unknown, seen.shape), margin)
            rests = [np.where(lost, np.float32(np.nan), rest) for rest, lost in zip(rests, missing, strict=True)]
        rests = [rest[inside] for rest in rests]
        yield np.stack([_cells(rest) for rest in rests]), np.stack([_cells(np.square(rest)) for rest in rests])


def _rest(seen: Plane, made: Plane, brightest: float) -> Plane:
    """The residual of one channel, both clipped as files are."""
    found: Plane = cv2.subtract(np.clip(seen, 0.0, brightest), np.clip(made, 0.0, brightest))
    return found


def _widened(unknown: NDArray[np.bool_], reach: int) -> Iterator[NDArray[np.bool_]]:
    """Each channel of C,h,w, with all that is no farther than ``reach`` along both axes from what is unknown."""
    around = np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)
    for plane in unknown:
        yield cv2.dilate(plane.astype(np.uint8), around) > 0


def _cells(plane: Plane) -> Plane:
    """h,w → h/4,w/4: means; NaN where one of the values is."""
    height, width = (side // CELL for side in plane.shape)
    found: Plane = cv2.resize(np.ascontiguousarray(plane), (width, height), interpolation=cv2.INTER_AREA)
    return found


def _windows(cells: Plane) -> Plane:
    """Means of two by two cells, each with its right and lower neighbours."""
    down = cells[:, :-1] + cells[:, 1:]
    found: Plane = (down[:, :, :-1] + down[:, :, 1:]) * np.float32(0.25)
    return found


def _median(values: Plane) -> float:
    """Of finite values, of which there must be some; evenly spread ones stand for many."""
    flat = values[np.isfinite(values)]
    return float(np.median(flat[:: max(1, flat.size // SAMPLES)]))
