"""Metrics of calibrated intervals, and the gate that holds them to their promise."""

from __future__ import annotations

import math

from torch import Tensor

from burnish.builtin.gates import result_on
from burnish.errors import EvaluationError
from burnish.evaluation.scorecard import IntervalLevel, Scorecard
from burnish.protocols import Verdict
from burnish.uncertainty.interval import Interval


class Coverage:
    """The part of a picture's values within their intervals."""

    def __init__(self, *, coverage: float = 0.9) -> None:
        self.coverage = coverage

    def __call__(self, estimate: Tensor, reference: Tensor) -> Tensor:
        """Intervals N,2,C,H,W and true values N,C,H,W (of clips with T before C) → N, in [0, 1]."""
        low, high = estimate.unbind(dim=1)
        return Interval(low=low, high=high).holds(reference).double().flatten(1).mean(dim=1)


class IntervalScore:
    """The mean interval score: the width, and what values outside miss their interval by times 2 / (1 − coverage).

    It is least where intervals are those of the true quantiles (Gneiting and Raftery 2007, section 6.2,
    doi:10.1198/016214506000001437), so that it compares intervals of different widths.
    """

    def __init__(self, *, coverage: float = 0.9) -> None:
        self.coverage = coverage

    def __call__(self, estimate: Tensor, reference: Tensor) -> Tensor:
        """Intervals N,2,C,H,W and true values N,C,H,W → N, in the range of pictures."""
        low, high = estimate.double().unbind(dim=1)
        beyond = (low - reference).clamp(min=0.0) + (reference - high).clamp(min=0.0)
        return (high - low + 2.0 / (1.0 - self.coverage) * beyond).flatten(1).mean(dim=1)


class CoverageGate:
    """The challenger's calibrated intervals cover what they promise.

    Passes when on every benchmark asked the mean coverage over its images is at least ``coverage`` less ``tolerance``;
    and, with ``width_factor``, the mean width at most so many times that of the champion, if that has intervals.
    """

    def __init__(
        self,
        *,
        coverage: float = 0.9,
        tolerance: float = 0.02,
        width_factor: float | None = None,
        benchmark: str = "",
    ) -> None:
        self.coverage, self.tolerance = coverage, tolerance
        self.width_factor, self.benchmark = width_factor, benchmark

    def __call__(self, challenger: Scorecard, champion: Scorecard | None) -> Verdict:
        """Judge the promise on each benchmark."""
        names = [self.benchmark] if self.benchmark else list(challenger.results)
        figures: dict[str, object] = {"asked": self.coverage, "tolerance": self.tolerance}
        told, faults = [], []
        try:
            if not names:
                raise EvaluationError("the challenger was scored on no benchmark; add one to the recipe")
            for name in names:
                level = _level(challenger, name, self.coverage)
                figures[name] = {"coverage": level.mean_coverage, "width": level.mean_width}
                said = f"{name}: {level.mean_coverage:.3f} of the values are within intervals that promise "
                said += f"{self.coverage:g}, {len(level.coverage)} image{'' if len(level.coverage) == 1 else 's'}"
                kept = math.isfinite(level.mean_coverage) and level.mean_coverage >= self.coverage - self.tolerance
                told.append(said)
                if not kept:
                    faults.append(f"{said}; {self.coverage - self.tolerance:.4g} at least are asked")
                faults += self._wider(level, champion, name)
        except EvaluationError as error:
            return Verdict(passed=False, reason=str(error), figures=figures)
        return Verdict(passed=not faults, reason="; ".join(faults or told), figures=figures)

    def _wider(self, level: IntervalLevel, champion: Scorecard | None, name: str) -> list[str]:
        if self.width_factor is None or champion is None:
            return []
        found = result_on(champion, name).intervals
        other = found.at(self.coverage) if found is not None else None
        if other is None or level.mean_width <= self.width_factor * other.mean_width:
            return []
        return [
            f"{name}: the intervals are {level.mean_width / other.mean_width:.2f} times as wide as the champion's, "
            f"above {self.width_factor:.4g}"
        ]


def _level(card: Scorecard, name: str, coverage: float) -> IntervalLevel:
    """The intervals of a promise on a benchmark.

    Raises:
        EvaluationError: There are none.
    """
    found = result_on(card, name).intervals
    if found is None:
        raise EvaluationError(
            f"{card.subject} has no calibrated intervals that were measured on {name}; give `uncertainty:` in the "
            "recipe, and benchmarks with clean pictures"
        )
    level = found.at(coverage)
    if level is None:
        known = ", ".join(f"{one.asked:g}" for one in found.levels)
        raise EvaluationError(
            f"the calibration of {card.subject} promises no coverage of {coverage:g} (it promises {known}); "
            "calibrate with more pictures, or ask for less"
        )
    return level
