"""The rule that compares arriving pictures with a model's training, measure by measure."""

from __future__ import annotations

import statistics
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Literal

from burnish.drift.measures import MEASURES, OUTPUT_QUALITY, Figures
from burnish.drift.profile import Distribution, Profile

LEAST = 10
"""Least number of pictures for a decision. Of so many from the training's own distribution, the median leaves the 5–95
% band with a probability below 0.02 %, even without margin.
"""

FEWEST = 8
"""Least number of training pictures for a band: fewer do not show how much ordinary pictures differ."""

State = Literal["inside", "outside", "unknown"]


@dataclass(frozen=True, kw_only=True)
class MeasureDrift:
    """One measure of a window of pictures, compared with the training."""

    measure: str
    count: int
    """Number of pictures with this measure."""
    median: float | None
    share: float | None
    """Part of the pictures beyond the training's 1–99 % range, in [0, 1]."""
    low: float | None
    """The training's 5 % quantile."""
    high: float | None
    """The training's 95 % quantile."""
    lowest: float | None
    """A lower median is outside; None: no lower limit, or not judged."""
    highest: float | None
    """A higher median is outside; None: no upper limit, or not judged."""
    state: State
    """``unknown``: too few pictures have this measure, in the window or in the training."""

    def as_json(self) -> dict[str, object]:
        """This record as plain JSON values."""
        return asdict(self)


def judge(profile: Profile, window: Sequence[Figures], *, outside: Collection[str] = ()) -> dict[str, MeasureDrift]:
    """Judge every measure; measure → its comparison with the training.

    A measure is outside when the window's median lies beyond the training's 5–95 % band by more than the measure's
    margin, and then until it lies within half the margin again, so that it does not flutter. The output's quality is
    outside only where it is worse.

    Args:
        profile: The training's; a measure that fewer than ``FEWEST`` of its pictures have is not judged.
        window: Figures of the pictures, at least ``LEAST``.
        outside: The measures that were outside before.
    """
    told: dict[str, list[float]] = {name: [] for name in MEASURES}
    for figures in window:
        for name, figure in figures.items():
            if figure is not None:
                told.setdefault(name, []).append(figure)
    return {
        name: _standing(name, figures, profile, name in outside)
        for name, figures in told.items()
        if figures or name in profile.measures
    }


def limits(measure: str, profile: Profile, *, slack: float = 1.0) -> tuple[float | None, float | None]:
    """The lowest and highest median that count as inside: the training's band, widened by ``slack`` times the margin.

    None where no figure can lie beyond. Both None where fewer than ``FEWEST`` training pictures have it. The quality of
    the output has one limit.
    """
    known = profile.measures.get(measure)
    if known is None or known.count < FEWEST:
        return None, None
    rule = MEASURES[measure]
    low, high = band(known)
    ratio, margin = 1.0 + (rule.ratio - 1.0) * slack, rule.margin * slack
    lowest = (low / ratio if low > 0 else low * ratio) - margin
    highest = (high * ratio if high > 0 else high / ratio) + margin
    possible = (lowest if lowest > rule.range[0] else None, highest if highest < rule.range[1] else None)
    if measure == OUTPUT_QUALITY:
        return (possible[0], None) if profile.higher_is_better else (None, possible[1])
    return possible


def band(known: Distribution) -> tuple[float, float]:
    """The training's 5 and 95 % quantiles."""
    return known.quantiles[5], known.quantiles[95]


def _standing(name: str, figures: list[float], profile: Profile, was_outside: bool) -> MeasureDrift:
    known = profile.measures.get(name)
    median = statistics.median(figures) if figures else None
    judged = known is not None and known.count >= FEWEST
    lowest, highest = limits(name, profile, slack=0.5 if was_outside else 1.0)
    return MeasureDrift(
        measure=name,
        count=len(figures),
        median=median,
        share=_share(figures, known.quantiles) if known is not None and figures else None,
        low=band(known)[0] if known else None,
        high=band(known)[1] if known else None,
        lowest=lowest,
        highest=highest,
        state=_state(median, lowest, highest) if judged and len(figures) >= LEAST else "unknown",
    )


def _state(median: float | None, lowest: float | None, highest: float | None) -> State:
    if median is None:
        return "unknown"
    below, above = lowest is not None and median < lowest, highest is not None and median > highest
    return "outside" if below or above else "inside"


def _share(figures: list[float], quantiles: Mapping[int, float]) -> float:
    return sum(not quantiles[1] <= figure <= quantiles[99] for figure in figures) / len(figures)
