"""Times functions in turn in one process and prints medians and ratios: what holds on a shared, noisy machine."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, kw_only=True)
class Timing:
    """What one subject took beside the first one."""

    seconds: float
    """Median."""
    ratio: float
    """Median over the rounds of this subject's seconds divided by the first one's: drift of the machine cancels."""
    quartiles: tuple[float, float]
    """First and third of those ratios."""


def compare(
    subjects: Mapping[str, Callable[[], object]], *, rounds: int = 9, clock: Callable[[], float] = time.perf_counter
) -> dict[str, Timing]:
    """Run each subject once a round, after one warm-up; print and return median seconds and ratios to the first one.

    ``clock`` is ``time.process_time`` where all work on one thread: other processes disturb it less.
    """
    for call in subjects.values():
        call()
    seconds: dict[str, list[float]] = {name: [] for name in subjects}
    for _ in range(rounds):
        for name, call in subjects.items():
            start = clock()
            call()
            seconds[name].append(clock() - start)
    first = next(iter(subjects))
    found = {}
    print(f"{'':<34}{'median s':>10}{'× of ' + first:>24}{'quartiles':>16}")
    for name, taken in seconds.items():
        low, middle, high = (float(x) for x in np.quantile(np.divide(taken, seconds[first]), (0.25, 0.5, 0.75)))
        found[name] = Timing(seconds=float(np.median(taken)), ratio=middle, quartiles=(low, high))
        print(f"{name:<34}{found[name].seconds:>10.4f}{middle:>24.2f}{low:>9.2f} ‥{high:5.2f}")
    return found
