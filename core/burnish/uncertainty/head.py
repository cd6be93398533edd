"""The second head: a small network that learns how far estimates are off, from what surrounds each of their values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from burnish.uncertainty.features import CONTEXT, COUNT, Plane, features

ROWS = 256
"""Rows of an estimate that are computed at a time."""
LEVEL = 0.95
"""The quantile of the errors on either side that it learns; scaled it serves other ones."""
WIDE = 32
STEPS, BATCH, RATE = 1500, 4096, 5e-3
SEEN = 400_000
"""Values of all pictures that it learns from."""
RARE = 0.002
"""The part of the values that may lie beyond the range of a feature, on either side."""
GROWTH = 1.0
"""How much wider intervals become for each deviation beyond it."""
UNIT = 0.05
"""A half-width of about this size is 1 to the network."""


class Head(nn.Module):
    """Features of values → half-widths below and above them.

    It looks at colours one by one, so that one head serves grey and colour pictures.
    """

    mean: Tensor
    scale: Tensor
    least: Tensor
    most: Tensor
    """The range of each feature that it has seen, but for ``RARE``, in units of its deviation."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(COUNT))
        self.register_buffer("scale", torch.ones(COUNT))
        self.register_buffer("least", torch.full((COUNT,), -torch.inf))
        self.register_buffer("most", torch.full((COUNT,), torch.inf))
        self.layers = nn.Sequential(
            nn.Linear(COUNT, WIDE), nn.ReLU(), nn.Linear(WIDE, WIDE), nn.ReLU(), nn.Linear(WIDE, 2)
        )

    def forward(self, found: Tensor) -> Tensor:
        """…,features → …,2: below, above.

        Where features lie beyond what was seen, nothing is known of the errors: half-widths are those of the nearest
        that was seen, and grow with the distance.
        """
        place = (found - self.mean) / self.scale
        seen = torch.minimum(torch.maximum(place, self.least), self.most)
        beyond = (place - seen).abs().sum(dim=-1, keepdim=True)
        widths: Tensor = UNIT * functional.softplus(self.layers(seen)) * (1.0 + GROWTH * beyond)
        return widths

    @torch.no_grad()
    def of_picture(self, degraded: Tensor, estimate: Tensor) -> tuple[Tensor, Tensor]:
        """Half-widths below and above of whole pictures N,C,H,W.

        Args:
            degraded: What was restored, N,C,h,w.
            estimate: Of it, N,C,H,W.
        """
        made = torch.cat([self._of_rows(rows) for rows in _in_rows(degraded, estimate)], dim=-2)
        return made[:, :, 0], made[:, :, 1]

    def _of_rows(self, rows: tuple[Tensor, slice]) -> Tensor:
        """N,C,2,H,W of some rows."""
        found, kept = rows
        made: Tensor = self(found.movedim(2, -1))
        return made.movedim(-1, 2)[..., kept, :]


def _in_rows(degraded: Tensor, estimate: Tensor) -> Iterator[tuple[Tensor, slice]]:
    """Features N,C,features,rows,W of some rows at a time, and which of the rows are meant."""
    sides = estimate.shape[-2:]
    before = degraded
    if degraded.shape[-2:] != sides:
        before = functional.interpolate(degraded, sides, mode="bicubic", align_corners=False)
    for top in range(0, sides[0], ROWS):
        low, high = max(0, top - CONTEXT), min(sides[0], top + ROWS + CONTEXT)
        found = _features(before[..., low:high, :], estimate[..., low:high, :])
        yield found, slice(top - low, min(top + ROWS, sides[0]) - low)


def _features(before: Tensor, estimate: Tensor) -> Tensor:
    """N,C,features,H,W."""

    def arrays(pictures: Tensor) -> Plane:
        made: Plane = pictures.detach().float().contiguous().numpy()
        return made

    first, second, change = arrays(estimate), arrays(before), arrays((estimate - before).mean(dim=1))
    made = [
        [features(plane, other, whole) for plane, other in zip(one, its, strict=True)]
        for one, its, whole in zip(first, second, change, strict=True)
    ]
    return torch.from_numpy(np.array(made))


def learn(samples: Sequence[tuple[Tensor, Tensor, Tensor]], seed: int) -> Head:
    """Train a head by the quantile loss on errors.

    Args:
        samples: Degraded pictures N,C,h,w, estimates and true pictures N,C,H,W, in [0, 1].
        seed: Of its weights, and of the values it learns from; the same samples and seed give the same head.
    """
    draw = torch.Generator().manual_seed(seed)
    parts = [_values(sample, SEEN // len(samples), draw) for sample in samples]
    found, errors = (torch.cat([part[index] for part in parts]) for index in (0, 1))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        head = Head()
    head.mean, head.scale = found.mean(dim=0), found.std(dim=0).clamp(min=1e-3)
    head.least, head.most = (_quantile_of((found - head.mean) / head.scale, part) for part in (RARE, 1.0 - RARE))
    optimiser = torch.optim.AdamW(head.parameters(), lr=RATE)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=STEPS)
    with torch.enable_grad():
        for _ in range(STEPS):
            batch = torch.randint(len(errors), (BATCH,), generator=draw)
            below, above = head(found[batch]).unbind(dim=-1)
            loss = (_quantile(-errors[batch] - below) + _quantile(errors[batch] - above)).mean()
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            schedule.step()
    return head.eval().requires_grad_(False)


def _quantile_of(places: Tensor, part: float) -> Tensor:
    """Of each column; torch's own takes no more than 16 million values."""
    return torch.from_numpy(np.quantile(places.numpy(), part, axis=0).astype(np.float32))


def _quantile(beyond: Tensor) -> Tensor:
    """The loss whose least value is at the quantile ``LEVEL``."""
    return torch.maximum(LEVEL * beyond, (LEVEL - 1.0) * beyond)


def _values(sample: tuple[Tensor, Tensor, Tensor], count: int, draw: torch.Generator) -> tuple[Tensor, Tensor]:
    """Features and errors of some values of a picture, drawn at random."""
    degraded, estimate, target = sample
    rows = [found[..., kept, :] for found, kept in _in_rows(degraded, estimate)]
    found = torch.cat(rows, dim=-2).movedim(2, -1).flatten(end_dim=-2)
    chosen = torch.randint(len(found), (count,), generator=draw)
    return found[chosen], (target - estimate).flatten()[chosen]
