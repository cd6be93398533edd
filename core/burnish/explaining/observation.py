"""A picture, burst or clip as the host shows it to a restorer: its light, its range, and what is known of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from burnish.errors import UsageError
from burnish.inference.conditions import Conditions, prepare, refuse_other_size, with_mask
from burnish.inference.linear_light import into_light, picture_curve, without_gaps
from burnish.inference.pictures import with_sigma
from burnish.inference.value_range import levels_for, with_white
from burnish.io import to_tensor
from burnish.io.arrays import to_picture, to_pictures
from burnish.io.picture import Picture
from burnish.restorer.restorer import Restorer

LUMA = (0.299, 0.587, 0.114)
"""Shares of red, green and blue in grey (BT.601)."""


@dataclass(frozen=True, kw_only=True)
class Observed:
    """What a restorer is given."""

    picture: Tensor
    """1,C,H,W, or 1,T,C,H,W of bursts and clips; float32 on the CPU."""
    conditions: Conditions
    """Those that it needs or accepts."""
    notes: tuple[str, ...] = ()
    """What was done to the picture."""

    def frames(self, first: int, count: int) -> Observed:
        """Some frames of a clip, which lie in a row."""
        return replace(self, picture=self.picture[:, first : first + count])


def observed(loaded: Restorer, given: object, known: Mapping[str, object]) -> Observed:
    """What ``restore`` would show the restorer.

    Args:
        loaded: The restorer.
        given: A picture of any kind that a restorer takes, or a list of frames; or a tensor 1,C,H,W or 1,T,C,H,W.
        known: Conditions of it, and ``transfer``, as a restorer takes them.

    Raises:
        UsageError: It is not one picture, burst or clip.
        RestorationError: A condition is missing, or is not one of this picture.
    """
    transfer = known.get("transfer")
    told = {name: value for name, value in known.items() if name != "transfer" and value is not None}
    if isinstance(given, Tensor):
        return _shown(loaded, _checked(loaded, given.detach().cpu().float()), told, ())
    several = isinstance(given, list | tuple)
    if several and loaded.spec.temporal == "single":
        raise UsageError(f"{loaded.subject} restores single pictures; give one, not a list of frames")
    pictures: list[Picture] = to_pictures(given)[0] if isinstance(given, list | tuple) else [to_picture(given)[0]]
    tensors = [to_tensor(picture) for picture in pictures]
    stored = tensors[0] if loaded.spec.temporal == "single" else torch.stack(tensors, dim=1)
    refuse_other_size(loaded, told, stored)
    given_or_measured, notes = with_sigma(loaded, tensors[0], told)
    told = with_white(loaded, with_mask(given_or_measured, pictures[0].invalid), pictures)
    curve = picture_curve(loaded, pictures[0], transfer)  # type: ignore[arg-type]
    if curve is not None:
        told = {**told, **({"curve": curve} if transfer in (None, "auto") else {})}
        stored, told = into_light(stored, told, curve, accepts=loaded.spec.accepts)
        notes = (*notes, f"explained in light, to which the values were converted by the curve {curve.name}")
    return _shown(loaded, stored, told, notes)


def _shown(loaded: Restorer, picture: Tensor, told: Mapping[str, object], notes: tuple[str, ...]) -> Observed:
    picture, told = without_gaps(loaded, picture, told)
    levels = levels_for(loaded, told, picture)
    if levels is not None:
        picture, told = levels.shown(picture), levels.told(loaded, told)
        notes = (*notes, f"explained in the range of training: the values were divided by {levels.white:g}")
    if max(loaded.channels) == 1 and picture.shape[-3] == 3:
        weights = picture.new_tensor(LUMA).view(3, 1, 1)
        picture = (weights * picture).sum(dim=-3, keepdim=True)
        told = {**told, **{name: _one(told[name]) for name in ("mask", "saturated") if name in told}}
        notes = (*notes, "explained in grey, since it takes one channel at a time")
    return Observed(picture=picture, conditions=prepare(loaded, told, picture), notes=notes)


def _one(values: object) -> Tensor:
    """A mask or map of what is saturated, of one channel: the most of all."""
    found = torch.as_tensor(values)
    return found.amax(dim=-3, keepdim=True) if found.ndim > 2 else found


def _checked(loaded: Restorer, given: Tensor) -> Tensor:
    single = loaded.spec.temporal == "single"
    if given.ndim != (4 if single else 5) or given.shape[0] != 1 or not bool(torch.isfinite(given).all()):
        wanted = "1,C,H,W" if single else "1,T,C,H,W"
        raise UsageError(f"a tensor of {tuple(given.shape)} is not explained; give {wanted} without NaN, white at 1")
    return given
