"""Blur in linear light, as in a camera, instead of blur of the stored values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from burnish.ops.transfer import transfer_named
from torch import Tensor

TransferName = Literal["linear", "srgb"]
"""``linear``: the values are the light; ``srgb``: they are those of a camera's file."""


def through_light(transfer: TransferName, clean: Tensor, blur: Callable[[Tensor], Tensor]) -> Tensor:
    """Apply ``blur`` to the light of …,C,H,W, and convert back to values."""
    if transfer == "linear":
        return blur(clean)
    curve = transfer_named(transfer)
    return curve.from_light(blur(curve.to_light(clean)))


def said(transfer: TransferName) -> str | None:
    """The curve for an observation; None if the values themselves were blurred."""
    return None if transfer == "linear" else transfer
