"""How calibrated intervals do on a benchmark: coverage of every promise, and the errors within wide and narrow ones."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from burnish.evaluation.scorecard import IntervalLevel, Intervals, WidthClass
from burnish.uncertainty.calibration import Calibration
from burnish.uncertainty.interval import Interval

PROMISES = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)
"""Coverages that are measured, as far as the calibration can promise them."""
ASKED = 0.9
"""The promise that is looked at closely, if the calibration can make it; else its highest."""
CLASSES = 10
"""Parts into which the values of an image are sorted by the width of their intervals."""


@dataclass(kw_only=True)
class IntervalSheet:
    """The figures of one benchmark's intervals while they come in."""

    calibration: Calibration
    promises: dict[float, float] = field(init=False)
    """Coverage → factor."""
    _coverage: dict[float, dict[str, float]] = field(init=False, default_factory=dict)
    _width: dict[float, dict[str, float]] = field(init=False, default_factory=dict)
    _classes: list[Sequence[WidthClass]] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        self.promises = self.calibration.promises(PROMISES)

    @property
    def asked(self) -> float:
        """The promise that is looked at closely; 0: it can make none."""
        return ASKED if ASKED in self.promises else max(self.promises, default=0.0)

    def add(self, name: str, estimate: Tensor, target: Tensor, half_widths: tuple[Tensor, Tensor]) -> Tensor | None:
        """Measure one image.

        Args:
            name: Of the image.
            estimate: In [0, 1]; any shape.
            target: The true values.
            half_widths: Below and above the estimate, before they are scaled.

        Returns:
            The widths of its intervals for ``asked``; None: the calibration can promise nothing.
        """
        width = None
        for coverage, factor in self.promises.items():
            found = Interval.about(estimate, half_widths, factor)
            inside = found.holds(target)
            self._coverage.setdefault(coverage, {})[name] = float(inside.double().mean())
            self._width.setdefault(coverage, {})[name] = float(found.width.double().mean())
            if coverage == self.asked:
                width = found.width
                self._classes.append(_classes(found.width, (target - estimate).abs(), inside))
        return width

    def result(self) -> Intervals | None:
        """All figures; None where the calibration can promise nothing, or nothing was measured."""
        if not self._classes:
            return None
        facts = self.calibration.facts
        return Intervals(
            width=facts.width,
            confidence=facts.confidence,
            calibrated_on=facts.data_hash,
            levels=tuple(
                IntervalLevel(
                    asked=coverage,
                    coverage=covered,
                    width=self._width[coverage],
                    mean_coverage=statistics.fmean(covered.values()),
                    mean_width=statistics.fmean(self._width[coverage].values()),
                )
                for coverage, covered in self._coverage.items()
            ),
            asked=self.asked,
            classes=tuple(_mean(group) for group in zip(*self._classes, strict=True)),
        )


def _classes(width: Tensor, error: Tensor, inside: Tensor) -> list[WidthClass]:
    """Of one image, from its narrowest to its widest intervals; those of equal width are spread over the classes."""
    order = width.flatten().argsort(stable=True)
    groups = torch.tensor_split(order, min(CLASSES, len(order)))
    values = [one.double().flatten() for one in (width, error, inside)]
    means = [[float(one[group].mean()) for one in values] for group in groups]
    return [WidthClass(width=width, error=error, coverage=coverage) for width, error, coverage in means]


def _mean(group: Sequence[WidthClass]) -> WidthClass:
    return WidthClass(
        width=statistics.fmean(one.width for one in group),
        error=statistics.fmean(one.error for one in group),
        coverage=statistics.fmean(one.coverage for one in group),
    )
