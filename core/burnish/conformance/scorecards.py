"""The scorecards that gates are tried on: a champion, and challengers: better, worse, or measured on nothing."""

from __future__ import annotations

from burnish.evaluation.scorecard import (
    BenchmarkResult,
    Cost,
    IntervalLevel,
    Intervals,
    MetricScores,
    Scorecard,
    WidthClass,
)

_PSNR = {f"{index:02}.png": 26 + 0.37 * index + 0.9 * (index % 5) for index in range(24)}
"""Picture → dB of the champion."""
_DEAR = 1e4
"""Times the champion's cost, beyond what any bound allows."""
_PROMISES = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)
_BENCHMARKS = ("noise", "blur")


def champion() -> Scorecard:
    """Its intervals cover what they promise."""
    return _card("the champion", gain=0.0, cost=1.0)


def challenger(gain: float) -> Scorecard:
    """Better by so many dB on every picture, and in everything else; or worse in everything if negative."""
    return _card("the challenger", gain=gain, cost=0.2 if gain > 0 else _DEAR)


def unmeasured() -> Scorecard:
    """One without any result."""
    return Scorecard(subject="nothing measured", restorer="test/none", results={}, cost=Cost(seconds_per_megapixel=0.0))


def _card(subject: str, *, gain: float, cost: float) -> Scorecard:
    spent = {"seconds_per_megapixel": 0.5 * cost, "peak_memory_mb": 200 * cost}
    results = {
        name: BenchmarkResult(
            benchmark=name,
            digest=f"digest of {name}",
            degrader="test/degrader",
            data_hash="hash of the pictures",
            scores={"metrics/psnr": _scores(gain, "dB"), "metrics/ssim": _scores(gain / 50, "")},
            degraded={"metrics/psnr": _scores(-6.0, "dB"), "metrics/ssim": _scores(-0.2, "")},
            device="cpu",
            precision="fp32",
            intervals=_intervals(gain, cost),
            **spent,
        )
        for name in _BENCHMARKS
    }
    whole = Cost(parameters=int(500_000 * cost), weights_mb=2 * cost, **spent)
    return Scorecard(subject=subject, restorer="test/restorer", results=results, cost=whole)


def _scores(gain: float, unit: str) -> MetricScores:
    per_image = {
        name: (value if unit else value / 45) + gain * (1 + 0.1 * (index % 3))
        for index, (name, value) in enumerate(_PSNR.items())
    }
    mean = sum(per_image.values()) / len(per_image)
    return MetricScores(version=1, protocol={"border": 0}, unit=unit, per_image=per_image, mean=mean)


def _intervals(gain: float, cost: float) -> Intervals:
    levels = []
    for asked in _PROMISES:
        covered, width = asked if gain >= 0 else 0.5 * asked, 0.1 * cost
        levels.append(
            IntervalLevel(
                asked=asked,
                coverage=dict.fromkeys(_PSNR, covered),
                width=dict.fromkeys(_PSNR, width),
                mean_coverage=covered,
                mean_width=width,
            )
        )
    classes = (WidthClass(width=0.1 * cost, error=0.02, coverage=0.9 if gain >= 0 else 0.45),)
    return Intervals(
        width="constant",
        confidence=0.9,
        calibrated_on="hash of others",
        levels=tuple(levels),
        asked=0.9,
        classes=classes,
    )
