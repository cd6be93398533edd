"""Evaluation: one restorer on a benchmark, picture by picture, with its cost; a scorecard over several benchmarks."""

from __future__ import annotations

import contextlib
import statistics
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from burnish.console import progress
from burnish.data.hashing import data_hash
from burnish.data.items import Item
from burnish.errors import EvaluationError, RestorationError
from burnish.evaluation.benchmarks.benchmark import Benchmark
from burnish.evaluation.benchmarks.degraded_inputs import image_seed, observe
from burnish.evaluation.benchmarks.evidence import doubt
from burnish.evaluation.benchmarks.resolved_benchmark import ResolvedBenchmark, ResolvedMetric, prepare
from burnish.evaluation.compared import Compared
from burnish.evaluation.cost import Measured, measure
from burnish.evaluation.intervals import IntervalSheet
from burnish.evaluation.lineage import lineage
from burnish.evaluation.pictures import PictureFolder, benchmark_folder
from burnish.evaluation.prediction import answer, shown
from burnish.evaluation.scorecard import BenchmarkResult, Cost, MetricScores, Scorecard
from burnish.protocols import Observation
from burnish.restorer.options import RestoreOptions
from burnish.uncertainty import calibration

if TYPE_CHECKING:
    from burnish.inference import Restorer
    from burnish.plugins.catalog import Catalog
    from burnish.uncertainty.calibration import Calibration


@dataclass(kw_only=True)
class _Sheet:
    """The figures of one benchmark while they come in: metric id → image → score."""

    scores: dict[str, dict[str, float]] = field(default_factory=dict)
    correlations: list[float] = field(default_factory=list)
    """Of the noise of neighbouring pixels, where a metric assumes that there is none."""
    degraded: dict[str, dict[str, float]] = field(default_factory=dict)
    timings: dict[str, float] = field(default_factory=dict)
    memory_mb: float = 0.0
    precisions: set[str] = field(default_factory=set)
    intervals: IntervalSheet | None = None
    """Of a restorer with calibrated intervals."""


def evaluate(
    loaded: Restorer,
    benchmark: Benchmark,
    options: RestoreOptions | None = None,
    *,
    catalog: Catalog | None = None,
    quiet: bool = False,
    pictures: Path | None = None,
    first: int = 0,
) -> BenchmarkResult:
    """Ask one restorer one benchmark.

    Images run one at a time; each is degraded by a generator seeded by the benchmark's seed and its own name, restored,
    and scored; the observation itself is scored too where it has the target's size. Seconds are the restorer's alone,
    on a synchronised device, after one restoration of the first image that does not count.

    Args:
        loaded: The restorer.
        benchmark: What it is asked; in RGB where that suits it (``Benchmark.for_channels``).
        options: How it runs; ``transfer`` is the observations'.
        catalog: What is installed.
        quiet: No progress bar.
        pictures: Folder for ``degraded/``, ``estimate/``, ``target/`` and ``interval/`` (the width of calibrated
            intervals) as PNG (16 bit where the clean files hold more than 8); None: no pictures.
        first: Only so many images, to time them; 0: all.

    Raises:
        EvaluationError: The restorer cannot be asked this (said before any work), or an estimate cannot be scored.
    """
    from burnish.plugins.catalog import installed

    catalog = catalog if catalog is not None else installed()
    benchmark = benchmark.for_channels(loaded.channels)
    resolved = prepare(loaded, benchmark, catalog)
    clean_hash = data_hash(benchmark.pictures)
    digest = benchmark.digest(catalog, clean_hash=clean_hash)
    album = PictureFolder(pictures, [i.name for i in resolved.items], resolved.depth) if pictures is not None else None
    known = _calibration(loaded, benchmark)
    sheet = _Sheet(intervals=IntervalSheet(calibration=known) if known else None)
    asked = resolved.items[: first or None]
    for item in progress.track(asked, description=f"{loaded.id} on {benchmark.name}", quiet=quiet):
        observation = observation_of(item, loaded, benchmark, resolved)
        estimator = Estimator(loaded=loaded, item=item, seed=benchmark.seed, options=options or RestoreOptions())
        measured = estimator.run(observation, warm=bool(sheet.timings))
        sheet.precisions.add(estimator.used)
        compared = Compared(
            benchmark, item, observation, measured.estimate, estimator.again, resolved.redegrading, known
        )
        _score(sheet, resolved.measures, compared, measured)
        if any(one.spec.of == "probe" for one in resolved.measures):
            sheet.correlations += compared.correlations
        width = None
        if sheet.intervals is not None:
            estimate = measured.estimate.clamp(0.0, 1.0)
            width = sheet.intervals.add(item.name, estimate, observation.target, compared.half_widths)
        if album is not None:
            roles = {"degraded": observation.degraded, "estimate": measured.estimate}
            roles |= {"target": observation.target} if benchmark.clean is not None else {}
            roles |= {"interval": width} if width is not None else {}
            clip = observation.target.ndim == 5
            album.add(item.name, **{role: shown(picture, clip=clip) for role, picture in roles.items()})
    return _result(loaded, benchmark, resolved, sheet, digest=digest, clean_hash=clean_hash)


def scorecard(
    loaded: Restorer,
    benchmarks: Iterable[Benchmark],
    options: RestoreOptions | None = None,
    *,
    subject: str = "",
    catalog: Catalog | None = None,
    quiet: bool = False,
    pictures: Path | None = None,
) -> Scorecard:
    """Ask one restorer several benchmarks.

    Args:
        loaded: The restorer.
        benchmarks: By different names.
        subject: How the scorecard calls it; by default where it was loaded from.
        options: How it runs; ``transfer`` is the observations'.
        catalog: What is installed.
        quiet: No progress bar.
        pictures: Folder that gets one folder of pictures for each benchmark.
    """
    asked = list(benchmarks)
    results = []
    for benchmark in asked:
        folder = pictures / benchmark_folder(benchmark.name) if pictures is not None else None
        results.append(evaluate(loaded, benchmark, options, catalog=catalog, quiet=quiet, pictures=folder))
    return assemble(loaded, results, subject=subject, lineage=lineage(loaded, asked, catalog))


def assemble(
    loaded: Restorer,
    results: Sequence[BenchmarkResult],
    *,
    subject: str = "",
    lineage: Mapping[str, object] | None = None,
) -> Scorecard:
    """A scorecard from results that are there already (from a cache, say).

    Raises:
        EvaluationError: Two results have the same benchmark's name.
    """
    names = [result.benchmark for result in results]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise EvaluationError(f"two benchmarks have the name {twice[0]}; give each its own name")
    seconds = [figure for result in results for figure in result.timings.values()]
    return Scorecard(
        subject=subject or loaded.subject,
        restorer=loaded.id,
        results={result.benchmark: result for result in results},
        cost=Cost(
            seconds_per_megapixel=statistics.median(seconds) if seconds else 0.0,
            parameters=loaded.parameters,
            weights_mb=loaded.weights_mb,
            peak_memory_mb=max((result.peak_memory_mb for result in results), default=0.0),
        ),
        lineage=dict(lineage or {}),
        created=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def _calibration(loaded: Restorer, benchmark: Benchmark) -> Calibration | None:
    """The restorer's, where there are true values to compare intervals with."""
    return calibration.found(loaded) if benchmark.clean is not None else None


def observation_of(
    item: Item, loaded: Restorer, benchmark: Benchmark, resolved: ResolvedBenchmark, *, longest: int = 0
) -> Observation:
    """What a restorer is given of one image of a benchmark, and what is compared with; ``longest`` as ``observe``."""
    return observe(
        item,
        degrader=resolved.degrader,
        colour=benchmark.colour,
        seed=benchmark.seed,
        scale=loaded.scale,
        sigma=benchmark.sigma,
        transfer=_asked_transfer(loaded, benchmark),
        match=benchmark.match,
        longest=longest,
    )


@dataclass(kw_only=True)
class Estimator:
    """One image's restoration, measured."""

    loaded: Restorer
    item: Item
    seed: int
    options: RestoreOptions
    used: str = ""
    """The precision that inference chose."""

    def run(self, observation: Observation, *, warm: bool) -> Measured:
        """Restore; the very first image of all once more before the clock counts."""

        def work() -> Tensor:
            return self._restore(observation)

        device = self.loaded.device
        first = None if warm else measure(work, device)
        measured = measure(work, device)
        if measured.estimate.shape != observation.target.shape:
            raise EvaluationError(
                f"{self.loaded.label} made {tuple(measured.estimate.shape)} of {self.item.name}, whose clean picture "
                f"is {tuple(observation.target.shape)}; set the restorer's scale to the degrader's"
            )
        # An allocator that keeps its pages grows the first time only.
        memory = max(measured.memory_mb, first.memory_mb if first else 0.0)
        return Measured(estimate=measured.estimate, seconds=measured.seconds, memory_mb=memory)

    def again(self, observation: Observation) -> Tensor:
        """Another restoration for this image, in float32 and not measured."""
        used = self.used
        estimate = self._restore(observation, replace(self.options, precision="fp32"))
        self.used = used
        return estimate

    def _restore(self, observation: Observation, options: RestoreOptions | None = None) -> Tensor:
        try:
            with _seeded(self.loaded, image_seed(self.seed, self.item.name)):
                done = answer(self.loaded, observation, options or self.options)
        except RestorationError as error:
            raise RestorationError(f"{self.item.name}: {error}") from error
        self.used = done.precision
        return done.estimate


def _asked_transfer(loaded: Restorer, benchmark: Benchmark) -> str | None:
    """How degraded files' values stand for light, where the host must know it to ask this restorer."""
    from burnish.inference.linear_light import own_transfer

    left = benchmark.transfer == "auto" and own_transfer(loaded) != "linear"
    return None if loaded.light != "linear" or left else benchmark.transfer


@contextlib.contextmanager
def _seeded(loaded: Restorer, seed: int) -> Iterator[None]:
    """Give a restorer that draws random numbers the same ones for the same image each time."""
    if loaded.spec.deterministic:
        yield
        return
    devices = [loaded.device] if loaded.device.type == "cuda" else []
    with torch.random.fork_rng(devices=devices):
        torch.manual_seed(seed)
        yield


def _score(sheet: _Sheet, measures: Iterable[ResolvedMetric], compared: Compared, measured: Measured) -> None:
    target, name = compared.observation.target, compared.item.name
    frames = target.shape[1] if target.ndim == 5 else 1
    sheet.timings[name] = measured.seconds / (frames * target.shape[-2] * target.shape[-1] / 1e6)
    sheet.memory_mb = max(sheet.memory_mb, measured.memory_mb)
    for one in measures:
        for whose, picture, reference in compared.pairs(one):
            scores = sheet.scores if whose == "estimate" else sheet.degraded
            scores.setdefault(one.id, {})[name] = score(one, picture, reference, compared.item)


def score(one: ResolvedMetric, picture: Tensor, reference: Tensor | None, item: Item) -> float:
    """One number; pictures' metrics are averaged over a clip's frames."""
    if picture.ndim == 5 and one.spec.of == "picture":
        picture, reference = picture[0], reference[0] if reference is not None else None
    try:
        figure = float(one.metric(picture, reference).mean().item())
    except EvaluationError as error:
        raise EvaluationError(f"{item.name}: {error}") from error
    if figure != figure:
        raise EvaluationError(f"{item.name}: {one.id} is not a number; its plugin must give one number for every image")
    return figure


def _result(
    loaded: Restorer,
    benchmark: Benchmark,
    resolved: ResolvedBenchmark,
    sheet: _Sheet,
    *,
    digest: str,
    clean_hash: str,
) -> BenchmarkResult:
    def collect(figures: Mapping[str, dict[str, float]]) -> dict[str, MetricScores]:
        return {
            one.id: _scores(one, figures[one.id], doubt(one.spec, benchmark, sheet.correlations))
            for one in resolved.measures
            if one.id in figures
        }

    return BenchmarkResult(
        benchmark=benchmark.name,
        digest=digest,
        degrader=resolved.degrader_id,
        degrader_config=dict(resolved.degrader_config),
        colour=benchmark.colour,
        seed=benchmark.seed,
        data_hash=clean_hash,
        scores=collect(sheet.scores),
        degraded=collect(sheet.degraded),
        seconds_per_megapixel=statistics.median(sheet.timings.values()),
        timings=sheet.timings,
        peak_memory_mb=sheet.memory_mb,
        device=str(loaded.device),
        precision="+".join(sorted(sheet.precisions)),
        intervals=sheet.intervals.result() if sheet.intervals else None,
    )


def _scores(one: ResolvedMetric, per_image: dict[str, float], doubt: str) -> MetricScores:
    return MetricScores(
        version=one.spec.version,
        protocol=dict(one.protocol),
        unit=one.spec.unit,
        higher_is_better=one.spec.higher_is_better,
        ranks=one.spec.ranks,
        per_image=per_image,
        mean=statistics.fmean(per_image.values()),
        doubt=doubt,
    )
