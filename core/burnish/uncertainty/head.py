"""The second head: a small network that learns how far estimates are off, from what surrounds each of their values."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from typing import cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from burnish.uncertainty.features import CONTEXT, COUNT, Plane, features

SIDE = 256
"""Side in pixels of the blocks of an estimate that are computed one at a time, which stay in the processor's cache."""
COLUMNS = 8192
"""Values that the network looks at together, for the same reason."""
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
    """The range of each feature that it has seen, but for ``RARE``."""

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
        seen = found.clamp(self.least, self.most)
        beyond = ((found - seen).abs() / self.scale).sum(dim=-1, keepdim=True)
        learned = self.layers((seen - self.mean) / self.scale)
        widths: Tensor = UNIT * functional.softplus(learned) * (1.0 + GROWTH * beyond)
        return widths

    @torch.no_grad()
    def of_picture(self, degraded: Tensor, estimate: Tensor) -> tuple[Tensor, Tensor]:
        """Half-widths below and above of whole pictures N,C,H,W, or of a clip's frames N,T,C,H,W.

        Args:
            degraded: What was restored, N,C,h,w; of a burst or clip N,T,C,h,w.
            estimate: Of it; of a burst that of frame 0.
        """
        pictures = _by_picture(degraded, estimate)
        made = torch.empty(2, *pictures[1].shape)
        for found, (rows, columns) in _in_blocks(*pictures):
            made[..., rows, columns] = self._of_block(found)
        return made[0].reshape(estimate.shape), made[1].reshape(estimate.shape)

    def _of_block(self, found: Tensor) -> Tensor:
        """``forward`` of N,C,features,h,w → 2,N,C,h,w; the features' scale is within the first layer."""
        first, middle, last = (cast(nn.Linear, self.layers[place]) for place in (0, 2, 4))
        weight = first.weight / self.scale
        bias = first.bias - weight @ self.mean
        columns = found.flatten(0, 1).flatten(2)
        made = found.new_empty(2, columns.shape[0], columns.shape[2])
        least, most, share = self.least[:, None], self.most[:, None], GROWTH / self.scale
        for index, picture in enumerate(columns):
            for start in range(0, picture.shape[1], COLUMNS):
                part = slice(start, start + COLUMNS)
                known = picture[:, part].clamp(least, most)
                beyond = share @ (picture[:, part] - known).abs_()
                seen = torch.addmm(bias[:, None], weight, known).relu_()
                seen = torch.addmm(middle.bias[:, None], middle.weight, seen).relu_()
                learned = functional.softplus(torch.addmm(last.bias[:, None], last.weight, seen))
                made[:, index, part] = learned.mul_(beyond.add_(1.0))
        widths = UNIT * made
        return widths.reshape(2, *found.shape[:2], *found.shape[3:])


def _by_picture(degraded: Tensor, estimate: Tensor) -> tuple[Tensor, Tensor]:
    """Both as N,C,…: a clip frame by frame, of a burst frame 0."""
    if estimate.ndim == 5:
        return degraded.flatten(0, 1), estimate.flatten(0, 1)
    return (degraded if degraded.ndim == 4 else degraded[:, 0]), estimate


def _in_blocks(degraded: Tensor, estimate: Tensor) -> Iterator[tuple[Tensor, tuple[slice, slice]]]:
    """Features N,C,features,h,w of one block after the other, and its rows and columns in the estimate."""
    height, width = estimate.shape[-2:]
    before = degraded
    if degraded.shape[-2:] != estimate.shape[-2:]:
        before = functional.interpolate(degraded, (height, width), mode="bicubic", align_corners=False)
    for top, left in itertools.product(range(0, height, SIDE), range(0, width, SIDE)):
        rows, kept_rows, all_rows = _around(top, height)
        columns, kept_columns, all_columns = _around(left, width)
        found = _features(before[..., all_rows, all_columns], estimate[..., all_rows, all_columns])
        yield found[..., kept_rows, kept_columns], (rows, columns)


def _around(start: int, length: int) -> tuple[slice, slice, slice]:
    """A block along one side: itself, itself within its surroundings, and these."""
    end, low = min(start + SIDE, length), max(0, start - CONTEXT)
    return slice(start, end), slice(start - low, end - low), slice(low, min(length, end + CONTEXT))


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


def learn(samples: Iterable[tuple[Tensor, Tensor, Tensor]], count: int, seed: int) -> Head:
    """Train a head by the quantile loss on errors; samples are taken one at a time.

    Args:
        samples: Degraded, estimate and true picture, in [0, 1], of the shapes of ``Head.of_picture``.
        count: Their number.
        seed: Of its weights, and of the values it learns from; the same samples and seed give the same head.
    """
    draw = torch.Generator().manual_seed(seed)
    parts = [_values(sample, SEEN // count, draw) for sample in samples]
    found, errors = (torch.cat([part[index] for part in parts]) for index in (0, 1))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        head = Head()
    head.mean, head.scale = found.mean(dim=0), found.std(dim=0).clamp(min=1e-3)
    head.least, head.most = found.quantile(torch.tensor([RARE, 1.0 - RARE]), dim=0)
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


def _quantile(beyond: Tensor) -> Tensor:
    """The loss whose least value is at the quantile ``LEVEL``."""
    return torch.maximum(LEVEL * beyond, (LEVEL - 1.0) * beyond)


def _values(sample: tuple[Tensor, Tensor, Tensor], count: int, draw: torch.Generator) -> tuple[Tensor, Tensor]:
    """Features and errors of some values of a picture, drawn at random."""
    degraded, estimate, target = sample
    error = _by_picture(degraded, target - estimate)[1]
    parts = [
        (found.movedim(2, -1), error[..., *place]) for found, place in _in_blocks(*_by_picture(degraded, estimate))
    ]
    found = torch.cat([part[0].flatten(end_dim=-2) for part in parts])
    errors = torch.cat([part[1].flatten() for part in parts])
    chosen = torch.randint(len(found), (count,), generator=draw)
    return found[chosen], errors[chosen]
