"""Times functions in turn in one process and prints medians and ratios: what holds on a shared, noisy machine."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping


def compare(subjects: Mapping[str, Callable[[], object]], *, rounds: int = 9) -> dict[str, float]:
    """Run each subject once a round, after one warm-up; print median seconds and the ratio to the first one.

    The ratio is the median over the rounds of their ratios, so that drift of the machine's speed cancels.
    """
    for call in subjects.values():
        call()
    seconds: dict[str, list[float]] = {name: [] for name in subjects}
    for _ in range(rounds):
        for name, call in subjects.items():
            start = time.perf_counter()
            call()
            seconds[name].append(time.perf_counter() - start)
    first = next(iter(subjects))
    ratios = {}
    print(f"{'':<34}{'median s':>10}{'× of ' + first:>24}")
    for name, taken in seconds.items():
        ratios[name] = statistics.median(mine / its for mine, its in zip(taken, seconds[first], strict=True))
        print(f"{name:<34}{statistics.median(taken):>10.4f}{ratios[name]:>24.2f}")
    return ratios
