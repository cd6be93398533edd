"""Scales widths until a promise about coverage holds for pictures to come.

The promise is about the population of pictures, from which the calibration's are drawn like those to come: it says how
large a part of a picture's values lies within their intervals on average over pictures, not for each picture or pixel.
"""

from __future__ import annotations

import math
from functools import cache

import torch
from torch import Tensor

from burnish.errors import UsageError

FACTORS = torch.logspace(-3, 3, 513, dtype=torch.float64)
"""The factors of widths among which one is chosen."""
_AT_ONCE = 1 << 22
"""Values that are scored at a time."""
_ORDER = 20_210_520
"""Seed of the order in which pictures are bet on; any fixed one, since pictures must not be sorted by difficulty."""


def missed(residual: Tensor, below: Tensor, above: Tensor) -> Tensor:
    """The part of a picture's values outside their intervals, for each of ``FACTORS``.

    Args:
        residual: True value less estimate, of any shape.
        below: Half-widths below the estimate, > 0, of that shape.
        above: The same above it.
    """
    count = torch.zeros(len(FACTORS) + 1, dtype=torch.int64)
    parts = (torch.split(part.flatten(), _AT_ONCE) for part in (residual, below, above))
    for error, lower, upper in zip(*parts, strict=True):
        scores = torch.where(error < 0, -error / lower, error / upper).double()
        count += torch.bincount(torch.searchsorted(FACTORS, scores), minlength=len(count))
    return 1.0 - count[:-1].cumsum(0).double() / residual.numel()


def factor(curves: Tensor, coverage: float, confidence: float) -> float:
    """The least factor of widths with which the promise holds.

    Args:
        curves: ``missed`` of each picture of the calibration, pictures × factors.
        coverage: The part of a picture's values that lies within their intervals, on average over pictures; in (0, 1).
        confidence: With which probability over the choice of calibration pictures that average holds (risk-controlling
            prediction sets, Bates et al. 2021, with the bound of Waudby-Smith and Ramdas 2024); 0: on average over
            that choice as well, which is narrower (conformal risk control, Angelopoulos et al. 2022).

    Raises:
        UsageError: There are too few pictures for such a promise; says how many it takes.
    """
    risk = 1.0 - coverage
    least = fewest(coverage, confidence)
    if len(curves) < least:
        raise UsageError(
            f"{len(curves)} pictures are too few to promise a coverage of {coverage:g}: that takes {least} at least; "
            "calibrate with more pictures, or ask for less"
        )
    holds = _certain(curves, risk, 1.0 - confidence) if confidence else _on_average(curves, risk)
    failing = (~holds).nonzero().flatten()
    first = int(failing[-1]) + 1 if len(failing) else 0
    if first == len(FACTORS):
        raise UsageError(
            f"no width covers {coverage:g} of these pictures: on some of them the estimates are far off; look at them"
        )
    return float(FACTORS[first])


@cache
def fewest(coverage: float, confidence: float) -> int:
    """The number of pictures below which no promise is possible, though every value were within its interval."""
    risk = 1.0 - coverage
    if not confidence:
        return math.ceil(1.0 / risk - 1.0 - 1e-9)
    count = math.ceil(math.log(1.0 / (1.0 - confidence)) / math.log1p(risk) - 1e-9)  # with the highest stakes
    while not bool(_certain(torch.zeros(count, 1), risk, 1.0 - confidence)):
        count += 1
    return count


def _on_average(curves: Tensor, risk: float) -> Tensor:
    """Where the mean over calibration pictures, and one that may be missed wholly, is within the risk."""
    count = len(curves)
    return (curves.sum(dim=0) + 1.0) / (count + 1) <= risk + 1e-12  # 1 - 0.9 is less than 0.1


def _certain(curves: Tensor, risk: float, error: float) -> Tensor:
    """Where a bet against "the mean is above the risk" multiplies its stake by 1/error, picture by picture."""
    order = torch.randperm(len(curves), generator=torch.Generator().manual_seed(_ORDER))
    seen = curves.double()[order]
    count = torch.arange(1, len(seen) + 1, dtype=torch.float64)[:, None]
    mean = (seen.cumsum(0) + 0.5) / (count + 1)
    spread = ((seen - mean).square().cumsum(0) + 0.25) / (count + 1)
    before = torch.cat([torch.full_like(spread[:1], 0.25), spread[:-1]])  # a bet knows only what came before
    stake = (2.0 * math.log(1.0 / error) / len(seen) / before).sqrt().clamp(max=1.0)
    won = torch.log1p(-stake * (seen - risk)).cumsum(0)
    return won.amax(dim=0) >= math.log(1.0 / error)
