"""The setting ``transfer`` of every solver, for callers with tensors: the curve between values and light."""

from __future__ import annotations

from typing import Literal

TransferName = Literal["linear", "srgb"]
"""``linear``: unchanged values, which the host has converted to light if they are a photograph's. ``srgb``: the solver
converts values to light and its estimate back, and finds the saturated pixels (see
``burnish.inference.in_light``)."""
