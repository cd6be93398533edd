"""What is explained: a box of the estimate, and the part of the input that it is computed from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from burnish.errors import UsageError
from burnish.explaining.observation import Observed
from burnish.inference.calling import adapted
from burnish.inference.conditions import Conditions, each_pixel, on_device
from burnish.ops.padding import crop_back
from burnish.restorer.restorer import Restorer

DETECTORS = ("edges", "level")
"""What is measured in the box: the sum of the magnitudes of its gradient, or the sum of its values."""
SIDE = 16
"""Pixels of the estimate, the side of the box about a point."""
WITHIN = 192
"""Pixels of the input, the side of the part that is looked at where the restorer sees further."""
FLAT = 1e-12
"""Added to squares under a root, whose slope at 0 would be infinite."""


class Box(NamedTuple):
    """A rectangle in pixels, from the left and the top."""

    x: int
    y: int
    width: int
    height: int

    def cut(self, picture: Tensor) -> Tensor:
        """That part of …,H,W."""
        return picture[..., self.y : self.y + self.height, self.x : self.x + self.width]


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A box of an estimate, as a function of a part of the input."""

    loaded: Restorer
    observed: Observed
    box: Box
    """In pixels of the estimate."""
    region: Box
    """In pixels of the input: what the box is computed from, or as much of it as is looked at."""
    exact: bool
    """Whether the box computed from the region alone is that of the whole picture."""
    frame: int = 0
    """Of a clip, the one whose estimate is explained."""
    detector: str = "edges"

    @property
    def seen(self) -> Tensor:
        """The region of the input, 1,C,h,w or 1,T,C,h,w, on the restorer's device."""
        return self.region.cut(self.observed.picture).to(self.loaded.device, copy=True)

    @property
    def told(self) -> Conditions:
        """The conditions of the region, padded as the picture is."""
        cut = each_pixel(self.observed.conditions, lambda value: self.loaded.padded(self.region.cut(value)))
        return on_device(cut, self.loaded.device)

    @property
    def inner(self) -> Box:
        """The box in pixels of the region's estimate."""
        scale = self.loaded.scale
        return self.box._replace(x=self.box.x - scale * self.region.x, y=self.box.y - scale * self.region.y)

    @property
    def below(self) -> Box:
        """The pixels of the region below the box."""
        scale, (x, y, across, along) = self.loaded.scale, self.inner
        left, top = x // scale, y // scale
        return Box(left, top, -(-(x + across) // scale) - left, -(-(y + along) // scale) - top)

    def estimate(self, seen: Tensor) -> Tensor:
        """1,C,s·h,s·w: the estimate of the region, with a gradient where the restorer gives one."""
        padded = self.loaded.padded(seen)
        estimate = adapted(self.loaded, padded, self.told)
        height, width = seen.shape[-2:]
        estimate = crop_back(estimate, given=(height, width), padded=(padded.shape[-2], padded.shape[-1]))
        return estimate[:, self.frame] if estimate.ndim == 5 else estimate

    def detect(self, seen: Tensor) -> Tensor:
        """One number, of shape 1: what the detector finds in the box of the region's estimate.

        ``edges``: Σ √(∂x² + ∂y²) over pixels and channels, with the differences to the next pixel (Gu and Dong 2021,
        arXiv:2011.11036). ``level``: Σ of the values.
        """
        estimate = self.estimate(seen)
        if self.detector == "level":
            return self.inner.cut(estimate).sum()[None]
        inner = self.inner
        part = inner._replace(width=inner.width + 1, height=inner.height + 1).cut(estimate)
        missing = (0, inner.width + 1 - part.shape[-1], 0, inner.height + 1 - part.shape[-2])
        part = functional.pad(part, missing, mode="replicate")  # beyond the estimate's edge nothing changes
        right = part[..., :-1, 1:] - part[..., :-1, :-1]
        down = part[..., 1:, :-1] - part[..., :-1, :-1]
        return (right.square() + down.square() + FLAT).sqrt().sum()[None]

    @property
    def differentiable(self) -> bool:
        """Whether the estimate has a gradient; of restorers that are no networks it may lack parts, and is not used."""
        if not isinstance(self.loaded.restorer, nn.Module):
            return False
        with torch.enable_grad():
            return bool(self.estimate(self.seen.requires_grad_()).requires_grad)

    def around(self, side: int) -> Subject:
        """The same box, with a region of about ``side`` pixels, at least the present one."""
        height, width = self.observed.picture.shape[-2:]
        (left, right), (top, bottom) = (
            _span(self.loaded, start, start + length, whole, max(0, side - length) // 2)
            for start, length, whole in (
                (self.region.x, self.region.width, width), (self.region.y, self.region.height, height),
            )
        )  # fmt: skip
        return replace(self, region=Box(left, top, right - left, bottom - top))


def subject(
    loaded: Restorer, observed: Observed, box: Box, *, frame: int | None = None, detector: str = "edges",
    within: int = WITHIN,
) -> Subject:  # fmt: skip
    """Find what a box of the estimate is computed from.

    Args:
        loaded: The restorer.
        observed: What it is given.
        box: In pixels of the estimate.
        frame: Of a clip, the one whose estimate is explained; None: the middle one.
        detector: One of ``DETECTORS``.
        within: Side in input pixels of what is looked at where the receptive field is not finite or larger than this.

    Raises:
        UsageError: The box does not lie in the estimate, or there is no such frame or detector.
    """
    if detector not in DETECTORS:
        raise UsageError(f"the detector {detector!r} is unknown; use one of {', '.join(DETECTORS)}")
    height, width = observed.picture.shape[-2:]
    _refuse_outside(box, width * loaded.scale, height * loaded.scale)
    observed, frame = _window(loaded, observed, frame)
    sides, complete = [], loaded.tiling == "overlap"
    for start, length, whole in ((box.x, box.width, width), (box.y, box.height, height)):
        last = min((start + length) // loaded.scale, whole - 1)  # with the pixel after the box, for the differences
        first, stop = start // loaded.scale, last + 1
        wanted = None if loaded.receptive_field is None else loaded.receptive_field // 2
        room = max(0, within - (stop - first)) // 2
        found = _span(loaded, first, stop, whole, room if wanted is None else min(wanted, room))
        enough = wanted is not None and wanted <= room and loaded.tiling == "overlap"
        complete &= enough or found == (0, whole)
        sides.append((found, found == (0, whole)))
    (across, all_across), (along, all_along) = sides
    return Subject(
        loaded=loaded, observed=observed, box=box, exact=complete or (all_across and all_along), frame=frame,
        region=Box(across[0], along[0], across[1] - across[0], along[1] - along[0]), detector=detector,
    )  # fmt: skip


def about(x: int, y: int, width: int, height: int) -> Box:
    """The box of ``SIDE`` pixels about a point of an estimate of that size, moved into it where it is at the edge.

    Raises:
        UsageError: The point does not lie in the estimate.
    """
    _refuse_outside(Box(x, y, 1, 1), width, height)
    (left, across), (top, along) = (
        (max(0, min(at - SIDE // 2, whole - SIDE)), min(SIDE, whole)) for at, whole in ((x, width), (y, height))
    )
    return Box(left, top, across, along)


def _refuse_outside(box: Box, width: int, height: int) -> None:
    x, y, across, along = box
    if min(box) < 0 or not across or not along or x + across > width or y + along > height:
        what = f"the point {x},{y}" if (across, along) == (1, 1) else f"the box {x},{y},{across},{along}"
        raise UsageError(f"{what} does not lie in the estimate, which is {width} wide and {height} high")


def _span(loaded: Restorer, first: int, stop: int, whole: int, margin: int) -> tuple[int, int]:
    """First pixel and end of a region along one axis: on the restorer's grid, and as large as it takes."""
    multiple = loaded.size_multiple
    start = max(0, first - margin) // multiple * multiple
    end = min(whole, -(-(stop + margin) // multiple) * multiple)
    if end - start < loaded.min_size:
        end = min(whole, start + loaded.fitting(1))
        start = max(0, end - loaded.fitting(1)) // multiple * multiple
    while start and 2 * (end - start) <= loaded.fitting(end - start):  # too short to be mirrored as the whole is
        start -= multiple
    return start, end


def _window(loaded: Restorer, observed: Observed, frame: int | None) -> tuple[Observed, int]:
    """The frames that are restored together with the explained one, and its place among them."""
    if loaded.spec.temporal != "video":
        if frame is not None:
            raise UsageError(f"{loaded.subject} makes one picture; leave the frame out")
        return observed, 0
    count = observed.picture.shape[1]
    chosen = count // 2 if frame is None else frame
    if not 0 <= chosen < count:
        raise UsageError(f"there is no frame {chosen}; the clip has the frames 0 to {count - 1}")
    if not 0 < loaded.window < count:
        return observed, chosen
    first = max(0, min(chosen - loaded.window // 2, count - loaded.window))
    told = f"of the {count} frames, {first} to {first + loaded.window - 1} are seen together"
    cut = observed.frames(first, loaded.window)
    return replace(cut, notes=(*observed.notes, told)), chosen - first
