"""The scorecard: per-image results of one model on its benchmarks, with cost and lineage, as JSON."""

from __future__ import annotations

import json
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

CLEAN = "compared with clean pictures"
"""What scores rest on where their protocol says nothing of ``evidence``."""


class JsonRecord(BaseModel):
    """A frozen record that round-trips through JSON, infinities included."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="strings")

    def as_json(self) -> dict[str, Any]:
        """This record as plain values that every JSON reader takes: infinities as strings."""
        plain: dict[str, Any] = json.loads(self.model_dump_json())
        return plain


class MetricScores(JsonRecord):
    """One metric over the images of one benchmark."""

    version: int
    """Version of the metric's protocol."""
    protocol: dict[str, object]
    """Luma, border, rounding, window, data range: exactly as it was computed."""
    unit: str = ""
    higher_is_better: bool = True
    ranks: bool = True
    """False: neither a gain nor a regression; see ``MetricSpec.ranks``."""
    per_image: dict[str, float]
    """File name relative to the clean folder → score."""
    mean: float
    """Mean over the images of their scores, never of pooled errors."""
    doubt: str = ""
    """Why a difference of such scores on these images proves nothing; empty: it does."""


class IntervalLevel(JsonRecord):
    """The intervals of one promise on a benchmark's images."""

    asked: float
    """The promised coverage."""
    coverage: dict[str, float]
    """Image → the part of its values within their intervals."""
    width: dict[str, float]
    """Image → mean width of its intervals, in the range of pictures."""
    mean_coverage: float
    mean_width: float


class WidthClass(JsonRecord):
    """A tenth of each image's values, by the width of their intervals; means over values, then over images."""

    width: float
    error: float
    """Mean absolute error of the estimate."""
    coverage: float


class Intervals(JsonRecord):
    """How the calibrated intervals of a restorer do on a benchmark."""

    width: str
    """How they are found: head, augmentations or constant."""
    confidence: float
    """With which the promise was made."""
    calibrated_on: str
    """Hash of the calibration's clean pictures."""
    levels: tuple[IntervalLevel, ...]
    """Every promise that the calibration can make, from the least."""
    asked: float
    """The promise that ``classes`` are of."""
    classes: tuple[WidthClass, ...]
    """From the narrowest to the widest tenth; one alone where the width is the same everywhere."""

    def at(self, coverage: float) -> IntervalLevel | None:
        """Those of one promise; None: it was not made."""
        return next((level for level in self.levels if abs(level.asked - coverage) < 1e-9), None)


class BenchmarkResult(JsonRecord):
    """One restorer on one benchmark."""

    benchmark: str
    """Its name in the recipe, or its id."""
    digest: str
    """sha256 over degrader (with its distribution's version), configuration, seed, colour, metric protocols and the
    pictures' bytes: two results are comparable when their digests are equal."""
    degrader: str
    degrader_config: dict[str, object] = Field(default_factory=dict)
    colour: str = "rgb"
    seed: int = 0
    data_hash: str
    """sha256 over names and bytes of the clean images."""
    scores: dict[str, MetricScores]
    """Metric id → scores; the first one leads."""
    degraded: dict[str, MetricScores] = Field(default_factory=dict)
    """The same metrics of the observation itself, where it has the target's size."""
    seconds_per_megapixel: float
    """Median over the images, of the restorer alone, per megapixel of the estimate."""
    timings: dict[str, float] = Field(default_factory=dict)
    """File name → seconds per megapixel of that image."""
    peak_memory_mb: float = 0.0
    """Largest growth of memory during one restoration, in MiB: the GPU's, else the process's resident size."""
    device: str
    precision: str
    intervals: Intervals | None = None
    """Of a restorer with calibrated intervals, against clean pictures."""


class Cost(JsonRecord):
    """What a model costs to run."""

    seconds_per_megapixel: float
    """Median over all benchmarks' images."""
    parameters: int = 0
    """Numbers that were learned."""
    weights_mb: float = 0.0
    """Millions of bytes of its weights, as a bundle stores them."""
    peak_memory_mb: float = 0.0
    """Largest growth of the process's (or device's) memory while restoring, in MiB."""


class Scorecard(JsonRecord):
    """All that is known about the quality and cost of one model."""

    subject: str
    """Restorer id, ``bundle:<path>``, or ``<model> v<version>``."""
    restorer: str
    """Restorer id."""
    results: dict[str, BenchmarkResult]
    """Benchmark name → result, in the recipe's order."""
    cost: Cost
    lineage: dict[str, Any] = Field(default_factory=dict)
    """Plugin distributions and versions, bundle digest, device; more where it is known."""
    created: str = ""
    """ISO 8601, UTC."""

    @property
    def evidence(self) -> str:
        """What the leading metrics' scores rest on, in words: clean pictures, or how they are estimated without."""
        found: dict[str, list[str]] = {}
        for name, result in self.results.items():
            leading = next(iter(result.scores.values()))
            found.setdefault(str(leading.protocol.get("evidence", CLEAN)), []).append(name)
        if len(found) == 1:
            return next(iter(found))
        return "; ".join(f"{', '.join(names)}: {words}" for words, names in found.items())

    def __repr__(self) -> str:
        rows = "; ".join(f"{name}: {', '.join(_told(result))}" for name, result in self.results.items())
        return f"<Scorecard {self.subject}: {rows}>"

    __str__ = __repr__

    def _repr_html_(self) -> str:
        """A table of means, for notebooks."""
        from burnish.console.templating import render

        rows = [(name, _told(result)) for name, result in self.results.items()]
        return render("burnish.reporting/table.html", caption=self.subject, rows=rows)


def _told(result: BenchmarkResult) -> list[str]:
    """Each metric's mean, and the input's where it was scored."""
    told = []
    for metric, scores in result.scores.items():
        before = result.degraded.get(metric)
        unit = f" {scores.unit}" if scores.unit else ""
        told.append(f"{metric} {scores.mean:.4g}{unit}" + (f" (input {before.mean:.4g})" if before else ""))
    return told
