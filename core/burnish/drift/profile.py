"""The profile of a model's training: the distribution of every measure over its observations."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Literal, Self

import numpy as np
from pydantic import BaseModel, ConfigDict

from burnish.drift.measures import Figures

PERCENTS = (1, 5, 25, 50, 75, 95, 99)
"""The stored quantiles."""


class Distribution(BaseModel):
    """Quantiles of one measure."""

    model_config = ConfigDict(frozen=True)

    count: int
    """Number of pictures with this measure."""
    quantiles: Mapping[int, float]
    """Percent → figure, interpolated linearly; the keys are ``PERCENTS``."""

    @classmethod
    def of(cls, figures: Iterable[float]) -> Self | None:
        """The distribution of some figures; None if there are none."""
        known = [figure for figure in figures if math.isfinite(figure)]
        if not known:
            return None
        quantiles = np.quantile(known, [percent / 100 for percent in PERCENTS])
        return cls(count=len(known), quantiles=dict(zip(PERCENTS, quantiles.tolist(), strict=True)))


class Profile(BaseModel):
    """The distributions, and their sources."""

    model_config = ConfigDict(frozen=True)

    format: Literal[1] = 1
    pictures: int
    """Training pictures that were degraded and measured."""
    degrader: str
    """Id of the recipe's degrader."""
    seed: int
    """Seed of the sample and of the degradation."""
    metric: str = ""
    """Id of the metric behind ``output_quality``; empty: the output's quality was not measured."""
    higher_is_better: bool = False
    """The metric's direction."""
    notes: tuple[str, ...] = ()
    """What could not be measured, and why."""
    measures: Mapping[str, Distribution]
    """Measure → its distribution; measures that no picture shows are left out."""


def distributions(figures: Iterable[Figures]) -> dict[str, Distribution]:
    """Measure → distribution over pictures, in the order of their first occurrence."""
    together: dict[str, list[float]] = {}
    for one in figures:
        for name, figure in one.items():
            if figure is not None:
                together.setdefault(name, []).append(figure)
    made = {name: Distribution.of(known) for name, known in together.items()}
    return {name: one for name, one in made.items() if one is not None}
