"""A flow as a picture: the direction as hue around Middlebury's colour wheel, the length as saturation."""

from __future__ import annotations

import math

import torch
from torch import Tensor

ARCS = (("R", "Y", 15), ("Y", "G", 6), ("G", "C", 4), ("C", "B", 11), ("B", "M", 13), ("M", "R", 6))
"""Steps from colour to colour, in proportion to how well the eye distinguishes them."""
COLOURS = {"R": (1, 0, 0), "Y": (1, 1, 0), "G": (0, 1, 0), "C": (0, 1, 1), "B": (0, 0, 1), "M": (1, 0, 1)}
BEYOND = 0.75
"""Factor on the colours of motion that is longer than the longest shown."""


def flow_picture(flow: Tensor, *, longest: float | None = None) -> Tensor:
    """The flow in Middlebury's colours: zero is white, unknown black, right red, left cyan-blue.

    Reference: S. Baker et al., doi:10.1007/s11263-010-0390-2.

    Args:
        flow: N,2,H,W in pixels; not finite where it is not known.
        longest: The motion in pixels that is shown in full colour; default: each picture's own longest.

    Returns:
        N,3,H,W in [0, 1].
    """
    known = torch.isfinite(flow).all(dim=1)
    safe = torch.where(known[:, None], flow, 0.0).double()
    length = safe.square().sum(1).sqrt()
    most = length.amax(dim=(1, 2), keepdim=True) if longest is None else length.new_tensor(longest)
    share = length / most.clamp_min(1e-12)
    wheel = _wheel().to(flow.device)
    place = (torch.atan2(-safe[:, 1], -safe[:, 0]) / math.pi + 1) / 2 * (len(wheel) - 1)
    before = place.floor().long()
    after = (before + 1) % len(wheel)
    hue = torch.lerp(wheel[before], wheel[after], (place - before)[..., None])
    within = 1 - share[..., None] * (1 - hue)
    colours = torch.where((share <= 1 + 1e-9)[..., None], within, BEYOND * hue)
    return (colours * known[..., None]).permute(0, 3, 1, 2).contiguous().float()


def _wheel() -> Tensor:
    """The colours of the wheel, 55,3."""
    colours = []
    for start, stop, steps in ARCS:
        for step in range(steps):
            share = step / steps
            pair = zip(COLOURS[start], COLOURS[stop], strict=True)
            colours.append([a + share * (b - a) for a, b in pair])
    return torch.tensor(colours, dtype=torch.float64)
