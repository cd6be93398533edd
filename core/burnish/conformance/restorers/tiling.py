"""How far a restorer looks: tiles without seams, and nothing beyond its receptive field."""

from __future__ import annotations

from itertools import product

import torch

from burnish.conformance.restorers.running import awake, demand_same, restored
from burnish.conformance.samples import conditions, observed
from burnish.conformance.subject import Subject
from burnish.conformance.violation import demand
from burnish.inference.conditions import prepare
from burnish.inference.receptive_field import Place, reach

_FARTHEST = 4096
"""Larger receptive fields, in pixels, are not checked: the picture would be too large for a test."""

_BEYOND = 64
"""Pixels beyond the declared receptive field among which a dependence is looked for."""


def gives_the_same_with_and_without_tiles(subject: Subject) -> None:
    """A picture tiled with the receptive field as overlap gives the same estimate to 1e-5."""
    loaded = subject.loaded
    field, multiple = loaded.receptive_field, loaded.size_multiple
    demand(field is not None, "tiling is overlap without a finite receptive_field; give one, or declare blend or whole")
    if field is None or field > _FARTHEST:
        return
    keep = -(-(field // 2 + 2 * max(multiple, 8)) // multiple) * multiple
    for height, width in ((2 * keep - 1, multiple + 9), (multiple + 9, 2 * keep - 1)):
        degraded = observed(loaded, height, width)
        whole, pieces = restored(loaded, degraded, tile=0), restored(loaded, degraded, tile=keep)
        message = f"tiles of {keep} show seams in {width}×{height}: the receptive field is larger than {field}"
        demand_same(pieces, whole, message)


def depends_on_nothing_beyond_its_receptive_field(subject: Subject) -> None:
    """At several places of several pictures the estimate depends on no pixel beyond what the host gives a tile."""
    loaded = subject.loaded
    field, multiple = loaded.receptive_field, loaded.size_multiple
    if field is None or field > _FARTHEST:  # the question before this one refuses None
        return
    margin = -(-(field // 2) // multiple) * multiple  # whole pixels of the grid, as the host cuts
    narrow, long, side = (loaded.fitting(multiple + more) for more in (9, margin + _BEYOND, margin + _BEYOND // 2))
    strips, squares = [(narrow, long), (long, narrow)], [(side, side)] if margin <= _BEYOND else []
    loaded = awake(subject)
    for seed, (height, width) in enumerate(strips + squares):
        degraded = observed(loaded, height, width, seed=seed)
        told = prepare(loaded, conditions(loaded, degraded), degraded)
        places = _near_corners(height, width, multiple, seed)
        found = reach(loaded, degraded, told, places if height == width else places[::3])
        demand(
            found.farthest <= margin,
            f"a pixel of the estimate depends on a pixel {found.farthest} away, but its receptive field is declared as "
            f"{field}; give receptive_field={found.side} or more, or take that dependence out of the restorer",
        )


def _near_corners(height: int, width: int, multiple: int, seed: int) -> list[Place]:
    """A place near each corner, from which the far end lies beyond the receptive field; where exactly, is drawn."""
    draw = torch.Generator().manual_seed(seed)
    inward = min(multiple + 3, height // 2, width // 2)
    steps = torch.randint(0, inward, (4, 2), generator=draw).tolist()
    return [
        (height - 1 - down if bottom else down, width - 1 - right if last else right)
        for (down, right), (bottom, last) in zip(steps, product((False, True), repeat=2), strict=True)
    ]
