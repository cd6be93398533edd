"""The setting ``transfer`` of every solver, for callers with tensors: the curve between values and light."""

from __future__ import annotations

from typing import Literal

TransferName = Literal["linear", "srgb"]
"""``linear``: values as they are, which the host has turned into light where they are a photograph's. ``srgb``: the
solver itself turns values into light and its estimate back, and finds the saturated pixels (see
``burnish.inference.in_light``)."""
