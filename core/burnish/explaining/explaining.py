"""Explains a box of an estimate: by maps of the input, by the layers, and by how far the restorer looks."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from burnish.console.progress import track
from burnish.errors import UsageError
from burnish.explaining.activations import Layer, activations
from burnish.explaining.attribution import STEPS, Attribution, attribution, integrated, quadrature
from burnish.explaining.observation import observed
from burnish.explaining.occlusion import occluded, side_for
from burnish.explaining.paths import RADII, Path, straight, unblurring
from burnish.explaining.subject import WITHIN, Box, Subject, about, subject
from burnish.inference.conditions import Conditions
from burnish.inference.receptive_field import Reach, reach
from burnish.restorer.restorer import Restorer

MAPS = ("lam", "integrated_gradients", "occlusion")
"""The maps of an explanation."""
BLUR = 1.2
"""Standard deviation in input pixels of the blur from which local attribution maps begin, as in their paper."""
BEYOND = 8
"""Pixels beyond the declared receptive field among which the measured one is looked for."""
OVERVIEW = 640
"""Longest side in pixels of the whole picture that is shown."""
MISSING = "captum is not installed, so nothing was occluded; pip install 'burnish[explain]'"


@dataclass(frozen=True, kw_only=True, eq=False)
class Explanation:
    """What a box of an estimate was made from. Arrays cover ``region``; what lies outside was not looked at."""

    restorer: str
    box: Box
    """In pixels of the estimate."""
    frame: int | None
    """Of a clip, the one that is explained; of those that were seen together."""
    scale: int
    detector: str
    region: Box
    """In pixels of the input."""
    exact: bool
    """Whether nothing outside the region has a part in the box."""
    whole: tuple[int, int]
    """Width and height of the input."""
    overview: NDArray[np.float32]
    """The whole picture as the restorer sees it (of a burst its first frame), H,W,C, reduced to ``OVERVIEW`` pixels."""
    picture: NDArray[np.float32]
    """The region as the restorer sees it, H,W,C; of bursts and clips T,H,W,C."""
    estimate: NDArray[np.float32]
    """The region's, H,W,C, not clipped."""
    lam: Attribution | None
    """The local attribution map; None: it was not asked for, or the restorer has no gradient."""
    integrated_gradients: Attribution | None
    """From black; None: as above."""
    occlusion: Attribution | None
    """Covered by the blurred picture; None: it was not asked for, or captum is not installed."""
    square: int
    """Side in input pixels of the squares that were occluded."""
    layers: Sequence[Layer]
    """Empty for restorers that are no networks."""
    measured: Reach
    """The receptive field of these weights, as measured."""
    declared: int | None
    """Side in pixels of the declared one; None: the whole picture."""
    notes: tuple[str, ...] = ()

    def as_json(self) -> dict[str, object]:
        """All figures."""
        maps = {name: self._figures(getattr(self, name)) for name in ("lam", "integrated_gradients", "occlusion")}
        return {
            "restorer": self.restorer, "box": list(self.box), "frame": self.frame, "scale": self.scale,
            "detector": self.detector, "region": list(self.region), "exact": self.exact, **maps,
            "receptive_field": {
                "measured": self.measured.side, "at_least": self.measured.open, "declared": self.declared,
                "places": self.measured.places, "by": self.measured.by,
            },
            "layers": [vars(layer) for layer in self.layers], "notes": list(self.notes),
        }  # fmt: skip

    def _figures(self, one: Attribution | None) -> dict[str, object] | None:
        if one is None:
            return None
        return {
            "diffusion_index": one.diffusion_index, "pixels": one.pixels, "margin": one.margin, "sum": one.total,
            "difference": one.difference, "frames": one.frames,
        }  # fmt: skip


def explain(
    loaded: Restorer,
    given: object,
    known: Mapping[str, object],
    *,
    box: Sequence[int] | None = None,
    at: Sequence[int] | None = None,
    frame: int | None = None,
    detector: str = "edges",
    within: int = WITHIN,
    maps: Collection[str] = MAPS,
    quiet: bool = False,
) -> Explanation:
    """Explain a box of the estimate of a picture; see ``burnish.explain``."""
    if unknown := sorted(set(maps) - set(MAPS)):
        raise UsageError(f"there is no map {unknown[0]}; give some of {', '.join(MAPS)}")
    seen = observed(loaded, given, known)
    height, width = (loaded.scale * side for side in seen.picture.shape[-2:])
    place = about(at[0], at[1], width, height) if box is None and at is not None else Box(*(box or ()))
    asked = subject(loaded, seen, place, frame=frame, detector=detector, within=within)
    notes = [*asked.observed.notes]
    if not asked.exact:
        told = "its receptive field is not declared" if loaded.receptive_field is None else (
            f"its receptive field is {loaded.receptive_field} pixels"
        )  # fmt: skip
        notes.append(f"only {asked.region.width}×{asked.region.height} pixels about the box were looked at; {told}")
    lam = gradients = None
    if asked.differentiable:
        if "lam" in maps:
            lam = _along(asked, _unblurring(asked), "local attribution", quiet)
        if "integrated_gradients" in maps:
            black = torch.zeros_like(asked.seen)
            gradients = _along(asked, straight(black, asked.seen), "integrated gradients", quiet)
    elif {"lam", "integrated_gradients"} & set(maps):
        notes.append("it gives no gradient, so there are neither local attribution nor integrated gradients")
    occlusion, side = _occlusion(asked, quiet) if "occlusion" in maps else (None, side_for(asked.seen))
    notes += [MISSING] if occlusion is None and "occlusion" in maps else []
    with torch.no_grad():
        estimate = asked.estimate(asked.seen)
    return Explanation(
        restorer=loaded.subject, box=asked.box, frame=asked.frame if loaded.spec.temporal == "video" else None,
        scale=loaded.scale, detector=detector, region=asked.region, exact=asked.exact,
        whole=(seen.picture.shape[-1], seen.picture.shape[-2]), overview=_overview(asked),
        picture=_array(asked.seen), estimate=_array(estimate),
        lam=lam, integrated_gradients=gradients, occlusion=occlusion, square=side, layers=_layers(asked, within),
        measured=_measured(asked, within), declared=loaded.receptive_field, notes=tuple(notes),
    )  # fmt: skip


def _along(asked: Subject, path: Path, name: str, quiet: bool) -> Attribution:
    steps = track(quadrature(STEPS), description=name.capitalize(), total=STEPS, unit="step", quiet=quiet)
    contributions = integrated(asked.detect, path, steps)
    return attribution(contributions, asked.detect, path(0.0)[0], path(1.0)[0], asked.below, _pixels(asked))


def _unblurring(asked: Subject) -> Path:
    """The path of the region, blurred with what lies around it."""
    height, width = asked.observed.picture.shape[-2:]
    margin = round(RADII * BLUR + 1)
    left, top = (min(margin, first) for first in asked.region[:2])
    x, y, across, along = asked.region
    wider = Box(
        x - left, y - top, min(width, x + across + margin) - x + left, min(height, y + along + margin) - y + top
    )
    around = wider.cut(asked.observed.picture).to(asked.loaded.device)
    return unblurring(around, BLUR, Box(left, top, across, along).cut)


def _occlusion(asked: Subject, quiet: bool) -> tuple[Attribution | None, int]:
    side = side_for(asked.seen)
    cover, _ = _unblurring(asked)(0.0)
    try:
        contributions = occluded(asked.detect, asked.seen, cover, side, quiet=quiet)
    except ImportError:
        return None, side
    return attribution(contributions, asked.detect, cover, asked.seen, asked.below, _pixels(asked)), side


def _layers(asked: Subject, within: int) -> list[Layer]:
    """On a larger part than the box needs, since a feature may be idle just here."""
    network = asked.loaded.restorer
    if not isinstance(network, nn.Module):
        return []
    wider = asked.around(within)
    return activations(network, lambda: wider.estimate(wider.seen))


def _measured(asked: Subject, within: int) -> Reach:
    """At three places of this picture and of one of random values, in parts that are larger than what is declared."""
    loaded = asked.loaded
    field = loaded.receptive_field or within
    side = loaded.fitting(min(field + 2 * BEYOND + loaded.size_multiple, max(within, 3 * loaded.size_multiple)))
    wider = asked.around(side)
    draw = torch.Generator().manual_seed(0)
    part = loaded.padded(wider.seen)
    noise = torch.rand(*part.shape[:-2], side, side, generator=draw).to(part)
    found = [
        reach(loaded, picture, told, _middle(picture))
        for picture, told in ((part, wider.told), (noise, _plain(asked, noise)))
    ]
    return max(found, key=lambda one: (one.farthest, not one.open))


def _middle(picture: Tensor) -> list[tuple[int, int]]:
    row, column = (side // 2 for side in picture.shape[-2:])
    steps = ((0, 0), (-1, 2), (3, -2))
    return [(max(0, row + down), max(0, column + right)) for down, right in steps]


def _plain(asked: Subject, noise: Tensor) -> Conditions:
    """The same conditions for a picture of another size: all recorded, nothing saturated, no motion."""
    told = asked.observed.conditions
    sides = noise.shape[-2:]
    plain = {"mask": torch.ones(sides), "saturated": torch.zeros(sides), "flow": torch.zeros(1, 2, *sides)}
    return {**told, **{name: value for name, value in plain.items() if name in told}}


def _pixels(asked: Subject) -> int:
    shape = asked.observed.picture.shape
    return shape[-1] * shape[-2] * (shape[1] if len(shape) == 5 else 1)


def _overview(asked: Subject) -> NDArray[np.float32]:
    picture = asked.observed.picture
    whole = picture if picture.ndim == 4 else picture[:, asked.frame]
    ratio = OVERVIEW / max(whole.shape[-2:])
    if ratio < 1.0:
        whole = functional.interpolate(whole, scale_factor=ratio, mode="area")
    return _array(whole)


def _array(tensor: Tensor) -> NDArray[np.float32]:
    """1,(T,)C,H,W → (T,)H,W,C."""
    return np.ascontiguousarray(tensor[0].movedim(-3, -1).float().cpu().numpy())
