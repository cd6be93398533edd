"""What the metrics compare for one image: the estimate with the clean picture, or with what stands in for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import torch
from torch import Tensor
from torch.nn import functional

from burnish.data.items import Item
from burnish.errors import EvaluationError
from burnish.evaluation.benchmarks import evidence
from burnish.evaluation.benchmarks.benchmark import Benchmark
from burnish.evaluation.benchmarks.redegrading import Redegrading
from burnish.evaluation.benchmarks.resolved_benchmark import ResolvedMetric
from burnish.evaluation.prediction import reference_frame
from burnish.protocols import Observation
from burnish.uncertainty.calibration import Calibration
from burnish.uncertainty.interval import Interval


@dataclass
class Compared:
    """What the metrics compare for one image; what rests on more restorations is made once, when it is needed."""

    benchmark: Benchmark
    item: Item
    observation: Observation
    estimate: Tensor
    again: evidence.Restore
    redegrading: Redegrading | None = None
    """How estimates are degraded again, where a metric asks for it."""
    calibration: Calibration | None = None
    """Of the restorer's intervals."""

    @cached_property
    def degraded(self) -> Tensor:
        """The observation as one picture, or a clip."""
        degraded = self.observation.degraded
        return degraded if self.observation.target.ndim == 5 else reference_frame(degraded)

    @cached_property
    def _shots(self) -> tuple[Tensor, Tensor, Tensor]:
        return evidence.shots(self.item, self.observation, self.estimate, self.again, colour=self.benchmark.colour)

    @property
    def correlations(self) -> list[float]:
        """How alike the noise of neighbouring pixels is (see ``evidence.correlations``)."""
        return evidence.correlations(self.degraded, self._shots[2] if self.item.shots else None)

    @cached_property
    def _probe(self) -> tuple[Tensor, Tensor]:
        benchmark = self.benchmark
        return evidence.probe(self.item, self.observation, self.again, noise=benchmark.noise, seed=benchmark.seed)

    @cached_property
    def half_widths(self) -> tuple[Tensor, Tensor]:
        """Below and above the estimate, before they are scaled; of an uncalibrated restorer none."""
        if self.calibration is None:
            return torch.zeros_like(self.estimate), torch.zeros_like(self.estimate)

        def again(degraded: Tensor) -> Tensor:
            return self.again(replace(self.observation, degraded=degraded)).clamp(0.0, 1.0)

        return self.calibration.width(self.observation.degraded, self.estimate.clamp(0.0, 1.0), again)

    def _interval(self, coverage: float) -> Tensor:
        """N,2,C,H,W; of clips N,2,T,C,H,W."""
        factor = self.calibration.factor(coverage) if self.calibration is not None else 0.0
        found = Interval.about(self.estimate.clamp(0.0, 1.0), self.half_widths, factor)
        return torch.stack([found.low, found.high], dim=1)

    def _redegraded(self, picture: Tensor) -> tuple[Tensor, Tensor]:
        assert self.redegrading is not None
        try:
            return self.redegrading(picture, replace(self.observation, degraded=self.degraded))
        except EvaluationError as error:
            raise EvaluationError(f"{self.item.name}: {error}") from error

    def pairs(self, one: ResolvedMetric) -> Iterator[tuple[str, Tensor, Tensor | None]]:
        """For the estimate and, where it has the same size, the input: whose, the picture, and its reference."""
        spec = one.spec
        if spec.of == "shots":
            picture, estimate, others = self._shots
            yield "estimate", estimate, others
            yield "degraded", picture, others
        elif spec.of == "probe":
            known, changed = self._probe
            yield "estimate", self.estimate, torch.cat([known, changed[:, None]], dim=1)
            yield "degraded", self.degraded, torch.cat([known, known[:, 2:]], dim=1)
        elif spec.of == "interval":
            asked: float = one.metric.coverage  # type: ignore[attr-defined]
            yield "estimate", self._interval(asked), self.observation.target
        elif spec.of == "redegraded":
            yield "estimate", *self._redegraded(self.estimate)
            if self.degraded.shape == self.observation.target.shape:
                yield "degraded", *self._redegraded(self.degraded)
        elif spec.of == "enlarged":
            target = self.observation.target
            size = (target.shape[-2], target.shape[-1])
            plain = functional.interpolate(self.degraded.float(), size=size, mode="bilinear", align_corners=False)
            yield "estimate", self.estimate, torch.stack([target, plain], dim=1)
        else:
            target = self.observation.target
            reference = target if spec.needs_reference else None
            yield "estimate", self.estimate, reference
            if self.degraded.shape == target.shape:
                yield "degraded", self.degraded, reference
