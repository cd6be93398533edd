"""The measured receptive field of a restorer: which input pixels a pixel of the estimate depends on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from burnish.inference.calling import adapted
from burnish.inference.conditions import Conditions, on_device
from burnish.restorer.restorer import Restorer

FAINTEST = 1e-8
"""Smallest gradient that counts, as part of the largest one of the same place."""
CHANGED = 1e-5
"""Smallest change of an estimate that counts, relative to its largest value or 1."""

Place = tuple[int, int]
"""Row and column of a pixel of the input; the estimate's pixels there are looked at."""


@dataclass(frozen=True, kw_only=True)
class Reach:
    """How far the pixels lie, in input pixels, on which an estimate's pixels at some places depend."""

    farthest: int
    """Of all places and directions."""
    open: bool
    """Whether the farthest lies at an edge of the picture, so that more may lie beyond."""
    places: int
    """Where something was seen."""
    by: str
    """``gradients``, or ``changes`` of pixels, for restorers that have none."""

    @property
    def side(self) -> int:
        """Side in pixels, odd, of the square around a pixel that holds them all."""
        return 2 * self.farthest + 1


def reach(loaded: Restorer, picture: Tensor, told: Conditions, places: Sequence[Place]) -> Reach:
    """Measure how far the pixels lie on which the estimate depends at these places.

    Of a network it is the extent of the gradient of the estimate's pixel with respect to the input, where it is more
    than ``FAINTEST`` of its largest value. Of other restorers pixels are changed, one place after the other, and it is
    the extent of what changes in the estimate.

    Args:
        loaded: The restorer.
        picture: 1,C,H,W or 1,T,C,H,W, of a size that it takes.
        told: As from ``conditions.prepare``, cropped to the picture.
        places: Of the picture.
    """
    told = on_device(told, loaded.device)
    piece = picture.to(loaded.device, copy=True)
    if isinstance(loaded.restorer, nn.Module):
        with torch.enable_grad():
            piece.requires_grad_()
            estimate = adapted(loaded, piece, told)
        if estimate.requires_grad:
            return _summed([(place, _by_gradient(loaded, piece, estimate, place)) for place in places], by="gradients")
    return _summed(_by_changes(loaded, piece.detach(), told, places), by="changes")


def _by_gradient(loaded: Restorer, piece: Tensor, estimate: Tensor, place: Place) -> Tensor:
    """Where the gradient counts, H,W. Each value of the pixel has a weight of its own, lest two cancel."""
    row, column = (loaded.scale * at + loaded.scale // 2 for at in place)
    values = estimate[..., row, column].flatten()
    weights = torch.linspace(1.0, 1.7, len(values), device=values.device)
    (gradient,) = torch.autograd.grad(
        (weights * values).sum(), piece, retain_graph=True, materialize_grads=True, allow_unused=True
    )
    found = gradient.abs().flatten(0, -3).amax(dim=0)
    return found > FAINTEST * found.max()


def _by_changes(
    loaded: Restorer, piece: Tensor, told: Conditions, places: Sequence[Place]
) -> list[tuple[Place, Tensor]]:
    """Where the estimate changes when a pixel does, H,W of the input's size."""
    scale, seen = loaded.scale, []
    with torch.no_grad():
        before = adapted(loaded, piece.clone(), told)
        least = CHANGED * max(1.0, float(before.abs().max()))
        for row, column in places:
            changed = torch.zeros(piece.shape[-2:], dtype=torch.bool, device=piece.device)
            for value in (0.0, 1.0):
                other = piece.clone()
                other[..., row, column] = value
                differs = ((adapted(loaded, other, told) - before).abs() > least).flatten(0, -3).any(dim=0)
                changed |= differs.reshape(piece.shape[-2], scale, piece.shape[-1], scale).any(dim=3).any(dim=1)
            seen.append(((row, column), changed))
    return seen


def _summed(seen: Sequence[tuple[Place, Tensor]], *, by: str) -> Reach:
    """The farthest of all; where it lies at an edge in one direction and not in another, the field is not open."""
    found: list[tuple[int, bool]] = []
    for place, where in seen:
        for at, line in zip(place, (where.any(dim=1), where.any(dim=0)), strict=True):
            (marked,) = line.nonzero(as_tuple=True)
            if len(marked):
                first, last = int(marked.min()), int(marked.max())
                found += [(at - first, first == 0), (last - at, last == len(line) - 1)]
    farthest = max((far for far, _ in found), default=0)
    closed = any(far == farthest and not edge for far, edge in found)
    return Reach(
        farthest=max(farthest, 0), open=bool(found) and not closed,
        places=sum(bool(where.any()) for _, where in seen), by=by,
    )  # fmt: skip
