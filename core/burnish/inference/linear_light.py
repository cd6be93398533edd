"""Restoring in linear light if a restorer's model needs it: values are converted to light, and the estimate back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor

from burnish.errors import UsageError
from burnish.io.picture import Picture
from burnish.io.profiles import transfer_of
from burnish.ops.saturation import saturated_pixels
from burnish.ops.transfer import Transfer, transfer_named
from burnish.restorer.restorer import Restorer


def curve_for(loaded: Restorer, transfer: Transfer | str | None) -> Transfer | None:
    """The curve by which the host converts stored values to light for the restorer; None if it takes stored values.

    Args:
        loaded: The restorer.
        transfer: The curve of the values, or the name of one; None: they are light already, or the curve is unknown.

    Raises:
        UsageError: The restorer's own setting ``transfer`` says otherwise.
    """
    if transfer is None or loaded.light != "linear":
        return None
    curve = transfer_named(transfer) if isinstance(transfer, str) else transfer
    own = own_transfer(loaded)
    if own == "linear":
        return curve
    if curve.name not in (own, "linear"):
        raise UsageError(
            f"{loaded.label}: its setting transfer={own} contradicts the picture's curve, {curve.name}; remove one"
        )
    return None


def picture_curve(loaded: Restorer, picture: Picture, choice: Transfer | str | None = None) -> Transfer | None:
    """``curve_for`` a stored picture: the picture's own curve, or ``choice``.

    It is a curve, or what ``burnish.io.transfer_of`` takes (None: ``auto``).

    A restorer whose own setting ``transfer`` is not ``linear`` is left to it by ``auto``.

    Raises:
        ImagingError, UsageError: As ``transfer_of`` and ``curve_for``.
    """
    choice = choice or "auto"
    if loaded.light != "linear" or (choice == "auto" and own_transfer(loaded) != "linear"):
        return None
    return curve_for(loaded, transfer_of(picture, choice) if isinstance(choice, str) else choice)


def own_transfer(loaded: Restorer) -> str:
    """The restorer's own setting ``transfer``; ``linear`` if it takes the values as they are."""
    return str(loaded.config.get("transfer", "linear"))


def used_transfer(loaded: Restorer, curve: Transfer | None) -> str:
    """The curve that a restoration uses, of the host or of the restorer; empty if it uses none."""
    if loaded.light != "linear":
        return ""
    return own_transfer(loaded) if curve is None else curve.name


def curve_of_model(loaded: Restorer, curve: Transfer | None) -> Transfer | None:
    """The curve to the values in which the restorer's model holds, the host's or its own; None: the stored values."""
    own = own_transfer(loaded) if loaded.light == "linear" else "linear"
    return curve if curve is not None or own == "linear" else transfer_named(own)


def into_light(
    stored: Tensor, conditions: Mapping[str, object], curve: Transfer, *, accepts: frozenset[str]
) -> tuple[Tensor, dict[str, object]]:
    """Stored values as light, and the conditions converted accordingly.

    ``sigma`` is multiplied by the root-mean-square slope of the curve over the values of each picture: the noise of the
    light differs from pixel to pixel, and this keeps its mean variance, which a sum of squared differences has; it
    is at most 1. The saturated pixels are added where the restorer accepts them (see ``saturated_pixels``) and none are
    given.

    Args:
        stored: N,(T,)C,H,W.
        conditions: What is known; ``sigma`` a number or N.
        curve: Of the values.
        accepts: The optional conditions of the restorer.
    """
    told = dict(conditions)
    if "saturated" in accepts and told.get("saturated") is None and (full := saturated_pixels(stored)) is not None:
        told["saturated"] = full
    if told.get("sigma") is not None and curve.name != "linear":
        sigma = torch.as_tensor(told["sigma"], device=stored.device)
        light = (sigma * _slopes(stored, told, curve)).clamp(max=1.0)
        told["sigma"] = torch.where((sigma >= 0) & (sigma <= 1), light, sigma)  # others are refused as they were given
    if (white := told.get("white")) is not None:
        told["white"] = float(curve.to_light(torch.as_tensor(white, dtype=torch.float32).reshape(1, 1, 1, 1)))
    return curve.to_light(stored), told


def without_gaps(
    loaded: Restorer, degraded: Tensor, conditions: Mapping[str, object]
) -> tuple[Tensor, Mapping[str, object]]:
    """For a restorer that accepts ``mask``: values that are not finite become 0, with 0 in the mask."""
    if "mask" not in loaded.spec.accepts or not isinstance(degraded, Tensor) or not degraded.is_floating_point():
        return degraded, conditions
    known = degraded.isfinite()
    if bool(known.all()):
        return degraded, conditions
    mask = known.to(degraded)
    if conditions.get("mask") is not None:
        mask = mask * torch.as_tensor(conditions["mask"]).to(degraded)
    return torch.where(known, degraded, torch.zeros_like(degraded)), {**conditions, "mask": mask}


def in_light(curve: Transfer | str, restore: Callable[..., Tensor], stored: Tensor, **conditions: Any) -> Tensor:
    """An estimate in stored values from a restorer of light: ``restore(light, **conditions)``, converted back.

    For restorers that have a setting ``transfer`` of their own. With ``linear`` they are called just as they are.
    """
    curve = transfer_named(curve) if isinstance(curve, str) else curve
    if curve.name == "linear":
        return restore(stored, **conditions)
    light, told = into_light(stored, conditions, curve, accepts=frozenset(conditions))
    return curve.from_light(restore(light, **told))


def _slopes(stored: Tensor, told: Mapping[str, object], curve: Transfer) -> Tensor:
    """Root-mean-square slope of the curve over each picture, N, without masked and saturated pixels."""
    counted = torch.ones_like(stored)
    if told.get("mask") is not None:
        mask = torch.as_tensor(told["mask"], dtype=stored.dtype, device=stored.device)
        counted = counted * (mask > 0)
    if told.get("saturated") is not None:
        counted = counted * (1.0 - torch.as_tensor(told["saturated"]).to(stored))
    slopes = torch.where(counted > 0, curve.slope(stored.detach()), 0.0)  # unrecorded values may be NaN
    squares = (slopes.square() * counted).flatten(1).sum(dim=1)
    total = counted.flatten(1).sum(dim=1)
    white = curve.slope(torch.ones_like(stored[:, :, :1, :1])).flatten(1).mean(dim=1)
    return torch.where(total > 0, (squares / total.clamp_min(1.0)).sqrt(), white)
