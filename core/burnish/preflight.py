"""Checks before the first step: every name in a recipe is resolved, so no training fails at its evaluation."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, cast

from burnish.errors import BurnishError, ConfigError, UnknownIdError
from burnish.installation.versions import WITHOUT, mismatch
from burnish.plugins.catalog import Catalog, is_file
from burnish.plugins.configuration import complete, named_in
from burnish.plugins.declarations import FILE, BenchmarkSpec, GateSpec, RestorerSpec, Spec
from burnish.plugins.entry import Entry
from burnish.plugins.packages import lacking
from burnish.recipe.benchmark import BenchmarkSettings
from burnish.recipe.document import Recipe
from burnish.recipe.values import Choice
from burnish.schema.yaml_text import Problem, YamlProblemError, listed, nearest, read_yaml, said

if TYPE_CHECKING:
    from burnish.data.items import Item
    from burnish.evaluation.benchmarks.benchmark import Benchmark
    from burnish.evaluation.benchmarks.resolved_benchmark import ResolvedBenchmark
    from burnish.inference import Restorer

T = TypeVar("T")

_log = logging.getLogger("burnish.preflight")

Where = tuple[str | int, ...]
"""Keys and indices of a recipe."""


@dataclass(kw_only=True)
class _Findings:
    """What is wrong, by key."""

    found: list[tuple[Where, str]] = field(default_factory=list)

    def of(self, where: Where) -> list[str]:
        """What is wrong with one key."""
        return [fact for place, fact in self.found if place == where]

    def attempt(self, where: Where, work: Callable[[], T]) -> T | None:
        """The result; None where an error was noted instead."""
        try:
            return work()
        except BurnishError as error:
            self.found.append((where, " ".join(str(error).split())))
        except Exception as error:  # a plugin's own code, which will fail in the same way later
            self.found.append((where, f"{type(error).__name__}: {' '.join(str(error).split())}"))
        return None


def refuse_names(recipe: Recipe, catalog: Catalog, path: Path | None = None) -> None:
    """Check all ids and settings, without a look at data; costs milliseconds.

    Args:
        recipe: What names them.
        catalog: What is installed.
        path: The recipe's file, for lines and columns.

    Raises:
        ConfigError: All that is wrong, in one line; or that libraries do not fit together.
    """
    if fact := mismatch():
        raise ConfigError(f"torchvision {fact}, so Lightning, which trains, cannot be imported; {WITHOUT}")
    findings = _Findings()
    _names(recipe, catalog, findings)
    _raise(findings, path)


def refuse(
    recipe: Recipe,
    *,
    project: Path,
    catalog: Catalog,
    path: Path | None = None,
    device: str = "auto",
    judged: bool = True,
    quiet: bool = True,
) -> None:
    """Check all that ``refuse_names`` does, and against the data: every folder, every picture to be judged by, what
    each restorer needs, its scale and channels, the metrics on the smallest picture, weights and device.

    Pictures to train on are decoded before the first step anyway.

    Args:
        recipe: What is about to be trained.
        project: The folder that its data root is relative to.
        catalog: What is installed.
        path: The recipe's file, for lines and columns.
        device: ``auto``, or torch's name of a device.
        judged: Whether it will be judged by its benchmarks and registered; else neither their data are looked at, nor
            what its flavours need.
        quiet: No progress bar.

    Raises:
        ConfigError: All that is wrong, in one line.
        UsageError: There is no such device.
    """
    findings = _Findings()
    _names(recipe, catalog, findings)
    if judged and recipe.flavours:
        findings.attempt(("flavours",), _flavours)
    if not findings.found:
        _data(recipe, project, catalog, device, findings, quiet=quiet, judged=judged)
    _raise(findings, path)


def _raise(findings: _Findings, path: Path | None) -> None:
    if not findings.found:
        return
    try:
        read = read_yaml(path.read_text(encoding="utf-8")) if path is not None else None
    except (OSError, ValueError, YamlProblemError):
        read = None
    if read is None:
        facts = "; ".join(said(where, fact) for where, fact in findings.found)
        raise ConfigError(f"{path}: {facts}" if path else facts)
    problems = [Problem(place=read.place(where), text=said(where, fact)) for where, fact in findings.found]
    raise ConfigError(f"{path}: {listed(sorted(problems))}")


def _choices(recipe: Recipe) -> Iterator[tuple[Where, str, Choice]]:
    yield ("restorer",), "restorers", recipe.restorer
    if recipe.degrader is not None:
        yield ("degrader",), "degraders", recipe.degrader
    if recipe.training.learner is not None:
        yield ("training", "learner"), "learners", recipe.training.learner
    for index, choice in enumerate(recipe.baselines):
        yield ("baselines", index), "restorers", choice
    for index, choice in enumerate(recipe.gates):
        yield ("gates", index), "gates", choice
    for index, benchmark in enumerate(recipe.benchmarks):
        if benchmark.degrader is not None:
            yield ("benchmarks", index, "degrader"), "degraders", benchmark.degrader


def _names(recipe: Recipe, catalog: Catalog, findings: _Findings) -> None:
    for where, kind, choice in _choices(recipe):
        before = len(findings.found)
        entry = findings.attempt((*where, "id"), partial(catalog.get, kind, choice.id))
        untrained = where == ("restorer",) and recipe.training.budget.steps != 0
        if untrained and entry is not None and not cast(RestorerSpec, entry.spec).trainable:
            fact = f"{entry.id} has nothing to train; name a trainable restorer (burnish list restorers)"
            findings.found.append(((*where, "id"), fact))
        elif entry is not None:
            given = ":" in choice.id or is_file(choice.id) or bool(where == ("restorer",) and recipe.initial)
            findings.attempt((*where, "config"), partial(_config, entry.spec, choice, entry.id, given=given))
            findings.attempt((*where, "config"), partial(_nested, kind, choice, catalog))
        if len(findings.found) > before:
            continue  # what follows would tell the same again
        if where[0] == "baselines":
            findings.attempt((*where, "id"), partial(_trained, choice.id, catalog, choice.config))
        if where[0] == "gates":
            findings.attempt(where, partial(_gate, choice, recipe, catalog))
    if not any(where[0] in ("restorer", "training") for where, _ in findings.found):
        findings.attempt(("training", "learner"), partial(_learner, recipe, catalog))
    for index, benchmark in enumerate(recipe.benchmarks):
        _benchmark_names(("benchmarks", index), benchmark, catalog, findings)


def _learner(recipe: Recipe, catalog: Catalog) -> None:
    """Whether what learns can learn from such data, and fits the restorer."""
    from burnish.training.learners import find_learner

    restorer = catalog.get("restorers", recipe.restorer.id)
    find_learner(recipe, restorer, recipe.restorer.config, catalog)


def _flavours() -> None:
    """Whether what writes and opens ONNX files is installed."""
    needed = dict.fromkeys(("onnx", "onnxscript", "onnxruntime"), "pip install 'burnish[onnx]'")
    if one := lacking(needed):
        raise ConfigError(f"{one.name} {one.fact}; {one.mend}")


def _config(spec: Spec, choice: Choice, id: str, *, given: bool) -> None:
    """Weights, which are given, bring a configuration of their own, which fills what has no default."""
    if isinstance(spec, RestorerSpec) and given:
        for key in choice.config:
            complete(spec, {**_defaults(spec), **_any_file(spec), key: choice.config[key]}, subject=id)
        return
    complete(spec, choice.config, subject=id)


def _any_file(spec: RestorerSpec) -> dict[str, object]:
    return {FILE: ""} if spec.suffixes else {}


def _defaults(spec: RestorerSpec) -> dict[str, object]:
    return {key: schema.get("default") for key, schema in spec.config.items() if "default" in schema}


def _nested(kind: str, choice: Choice, catalog: Catalog) -> None:
    """Ids that settings name: the steps of a sequence, the denoiser of a solver."""
    known = set(catalog.entries(kind))
    for name, config in named_in(choice.config, known):
        entry = catalog.get(kind, name)
        if config:
            complete(entry.spec, config, subject=entry.id)
        if kind == "restorers":
            _trained(name, catalog)


def _trained(name: str, catalog: Catalog, config: Mapping[str, object] | None = None) -> None:
    from burnish.inference.loading.shipped import refuse_untrained, shipped_bundle, split

    refuse_untrained(name, catalog, config)
    if weights := split(name)[1]:
        shipped_bundle(catalog.get("restorers", name), weights)


def _benchmark_names(where: Where, settings: BenchmarkSettings, catalog: Catalog, findings: _Findings) -> None:
    if settings.benchmark:
        findings.attempt((*where, "benchmark"), partial(catalog.get, "benchmarks", settings.benchmark))
    ids: dict[str, Entry] = {}
    for index, name in enumerate(settings.metrics):
        entry = findings.attempt((*where, "metrics", index), partial(catalog.get, "metrics", name))
        ids |= {name: entry} if entry is not None else {}
    for name, config in settings.metric_config.items():
        entry = ids.get(name) or findings.attempt(
            (*where, "metric_config", name), partial(catalog.get, "metrics", name)
        )
        if entry is not None:
            findings.attempt(
                (*where, "metric_config", name),
                partial(complete, entry.spec, config, subject=entry.id),
            )


def _metrics(settings: BenchmarkSettings, catalog: Catalog) -> list[str] | None:
    """Ids of what a benchmark measures; none where it is not declared, None where a name is unknown."""
    names = list(settings.metrics)
    try:
        if not names and settings.benchmark:
            names = list(cast(BenchmarkSpec, catalog.get("benchmarks", settings.benchmark).spec).metrics)
        return [catalog.get("metrics", name).id for name in names]
    except UnknownIdError:
        return None  # told of the benchmark


def _gate(choice: Choice, recipe: Recipe, catalog: Catalog) -> None:
    """Gates name benchmarks and metrics by the settings ``benchmark`` and ``metric``."""
    from burnish.evaluation.statistics.compare import metric_called

    entry = catalog.get("gates", choice.id)
    keys = cast(GateSpec, entry.spec).config
    config = complete(entry.spec, choice.config, subject=entry.id)
    catalog.create("gates", entry.id, config)
    if entry.id == "burnish/coverage" and recipe.uncertainty is None:
        raise ConfigError(f"{entry.id} judges calibrated intervals, which the recipe does not make; give uncertainty")
    if "benchmark" not in keys:
        return
    asked = {settings.name: settings for settings in recipe.benchmarks}
    if not asked:
        raise ConfigError(f"{entry.id} needs a benchmark, but the recipe has none; add one under benchmarks")
    name = config["benchmark"] or next(iter(asked))
    if name not in asked:
        raise ConfigError(f"{entry.id}: there is no benchmark {name!r}; {nearest(name, asked)}")
    metric, ids = config.get("metric") or "", _metrics(asked[name], catalog)
    if metric and ids is not None and metric_called(metric, ids) is None:
        known = [*ids, *(id.rpartition("/")[2] for id in ids)]
        raise ConfigError(f"{entry.id}: the benchmark {name} does not measure {metric!r}; {nearest(metric, known)}")


def _data(
    recipe: Recipe, project: Path, catalog: Catalog, device: str, findings: _Findings, *, quiet: bool, judged: bool
) -> None:
    from burnish.inference import choose_device, load_bundle, load_restorer
    from burnish.inference.loading.locating import initial_bundle
    from burnish.training.plan import make_plan

    choose_device(device)
    root = project / recipe.data.root
    splits = ["train"]
    if recipe.data.validation and "validation" in recipe.data.model_fields_set:
        splits.append("validation")
    for split in splits:
        folder = root / getattr(recipe.data, split)
        if findings.attempt(("data", split), partial(_folder, folder)) is None:
            continue
        for key in ("degraded", "clean", "shots"):
            inner = getattr(recipe.data, key)
            if inner and not findings.of(("data", key)):
                findings.attempt(("data", key), partial(_folder, folder / inner))
    if not findings.found and recipe.data.form != "clean":
        findings.attempt(("data",), partial(_dataset, recipe, root, quiet=quiet))
    if findings.found:
        return
    findings.attempt((), partial(make_plan, recipe, project=project, device=device, catalog=catalog, facts={}))
    if recipe.initial:
        folder = findings.attempt(("initial",), partial(initial_bundle, recipe.initial, project))
        begin = partial(load_bundle, folder or project, recipe.restorer.config, catalog=catalog)
        challenger = findings.attempt(("initial",), begin) if folder else None
    else:
        challenger = findings.attempt(
            ("restorer",),
            partial(load_restorer, recipe.restorer.id, recipe.restorer.config, catalog=catalog, untrained=True),
        )
    contenders: list[tuple[Where, Restorer]] = [(("restorer",), challenger)] if challenger is not None else []
    if recipe.uncertainty is not None and judged and challenger is not None:
        findings.attempt(("uncertainty",), partial(_calibration, recipe, root, challenger, catalog))
    if not recipe.benchmarks or not judged:
        return
    for index, choice in enumerate(recipe.baselines):
        where: Where = ("baselines", index)
        loaded = findings.attempt(where, partial(load_restorer, choice.id, choice.config, catalog=catalog))
        contenders += [(where, loaded)] if loaded is not None else []
    for index in range(len(recipe.benchmarks)):
        _benchmark(recipe, index, root, contenders, catalog, findings, quiet=quiet)


def _calibration(recipe: Recipe, root: Path, challenger: Restorer, catalog: Catalog) -> None:
    """Whether the restorer's intervals can be calibrated by the recipe's pictures."""
    from burnish.evaluation.benchmarks.resolved_benchmark import prepare
    from burnish.evaluation.calibrating import benchmark_of, refuse_few
    from burnish.uncertainty.widths import refuse_unfit

    settings = recipe.uncertainty
    assert settings is not None
    _folder(root / settings.pictures)
    refuse_unfit(settings.width, challenger)
    resolved = prepare(challenger, benchmark_of(recipe, root, challenger.channels), catalog)
    refuse_few(len(resolved.items), settings.width, settings.confidence)


def _dataset(recipe: Recipe, root: Path, *, quiet: bool) -> None:
    """The quick part of ``burnish data check``: errors are refused, warnings are logged."""
    from burnish.data.checking import Layout, check, splits_of

    report = check(root, Layout.of(recipe.data), splits_of(recipe), quick=True, quiet=quiet)
    for one in report.warnings:
        _log.warning("%s: %s; %s", root / one.path, one.fact, one.mend)
    report.refuse()


def _benchmark(
    recipe: Recipe,
    index: int,
    root: Path,
    contenders: list[tuple[Where, Restorer]],
    catalog: Catalog,
    findings: _Findings,
    *,
    quiet: bool,
) -> None:
    from burnish.evaluation.benchmarks.benchmark import Benchmark

    where, settings = ("benchmarks", index), recipe.benchmarks[index]
    named = {key: getattr(settings, key) for key in ("clean", "degraded", "shots") if getattr(settings, key)}
    found = [findings.attempt((*where, key), partial(_folder, root / name)) for key, name in named.items()]
    if None in found:
        return
    benchmark = findings.attempt(where, partial(Benchmark.from_settings, settings, root, catalog))
    if benchmark is None:
        return
    if contenders:
        benchmark = benchmark.for_channels(contenders[0][1].channels)
    ready: list[tuple[Restorer, ResolvedBenchmark]] = []
    for whose, loaded in contenders:
        resolved = findings.attempt(
            where if whose == ("restorer",) else whose,
            partial(_asked, loaded, benchmark, catalog),
        )
        ready += [(loaded, resolved)] if resolved is not None else []
    if ready:
        seen = findings.attempt((*where, next(iter(named))), partial(_pictures, benchmark, *ready[0], quiet=quiet))
        for place, choice in enumerate(recipe.gates):
            doubted = partial(_doubt, choice, recipe, benchmark, ready[0][1], seen or [], catalog)
            findings.attempt(("gates", place), doubted)


def _doubt(
    choice: Choice,
    recipe: Recipe,
    benchmark: Benchmark,
    resolved: ResolvedBenchmark,
    correlations: list[float],
    catalog: Catalog,
) -> None:
    """A gate that proves a gain by scores which prove none would refuse every challenger, after its training."""
    from burnish.evaluation.benchmarks.evidence import doubt
    from burnish.evaluation.statistics.compare import metric_called

    entry = catalog.get("gates", choice.id)
    config = complete(entry.spec, choice.config, subject=entry.id)
    name = config.get("benchmark") or recipe.benchmarks[0].name
    if config.get("accept_unproven", True) or name != benchmark.name:
        return
    specs = {one.id: one.spec for one in resolved.measures}
    wanted = metric_called(config.get("metric") or "", specs) or resolved.measures[0].id
    if said := doubt(specs[wanted], benchmark, correlations):
        raise ConfigError(f"{entry.id} would promote nothing: {said}; or set accept_unproven: true")


def _asked(loaded: Restorer, benchmark: Benchmark, catalog: Catalog) -> ResolvedBenchmark:
    from burnish.evaluation.benchmarks.resolved_benchmark import prepare

    try:
        return prepare(loaded, benchmark, catalog)
    except BurnishError as error:
        raise ConfigError(f"on {benchmark.name}: {error}") from error


def _pictures(benchmark: Benchmark, loaded: Restorer, resolved: ResolvedBenchmark, *, quiet: bool) -> list[float]:
    """Decode every picture; degrade the smallest and measure it against itself.

    Returns:
        The correlations of neighbouring pixels' noise, where a metric assumes that there are none.
    """
    from burnish.console.progress import track
    from burnish.evaluation.benchmarks.benchmark import EVIDENCE
    from burnish.evaluation.benchmarks.degraded_inputs import observe
    from burnish.evaluation.compared import Compared

    items = track(resolved.items, description=f"Checking the pictures of {benchmark.name}", quiet=quiet)
    seen = [_decoded(item, benchmark, resolved, loaded) for item in items]
    sizes = [size for size, _ in seen]
    smallest = resolved.items[sizes.index(min(sizes))]
    observation = observe(
        smallest, degrader=resolved.degrader, colour=benchmark.colour, seed=benchmark.seed, scale=loaded.scale
    )
    target = observation.target
    compared = Compared(benchmark, smallest, observation, target, lambda _: target, resolved.redegrading)
    for one in resolved.measures:
        if one.spec.of in EVIDENCE:
            continue
        try:
            _, picture, reference = next(compared.pairs(one))
            if picture.ndim == 5 and one.spec.of == "picture":
                picture, reference = picture[0], reference[0] if reference is not None else None
            one.metric(picture, reference)
        except BurnishError as error:
            raise ConfigError(f"{smallest.name}, the smallest picture: {error}") from error
    return [value for _, values in seen for value in values]


def _decoded(
    item: Item, benchmark: Benchmark, resolved: ResolvedBenchmark, loaded: Restorer
) -> tuple[int, list[float]]:
    """The number of values of what an image is compared with, and the correlation of its noise where that matters.

    All of its files are decoded, and what must be known of its noise is read.
    """
    from burnish.evaluation.benchmarks.degraded_inputs import observe, read_item, read_shots
    from burnish.evaluation.benchmarks.evidence import correlations, model_of

    if item.observed is None:
        return read_item(item, benchmark.colour).numel(), []
    observed = observe(item, degrader=None, colour=benchmark.colour, seed=benchmark.seed, scale=loaded.scale)
    others = read_shots(item, benchmark.colour) if item.shots else None
    if any(one.spec.of == "probe" for one in resolved.measures):
        model_of(item, benchmark.noise)
        return observed.target.numel(), correlations(observed.degraded, others)
    return observed.target.numel(), []


def _folder(folder: Path) -> Path:
    from burnish.errors import DataError

    if not folder.is_dir() and not folder.is_file():
        beside = sorted(place.name for place in folder.parent.iterdir()) if folder.parent.is_dir() else []
        raise DataError(f"{folder}: is missing; {nearest(folder.name, beside)}")
    return folder
