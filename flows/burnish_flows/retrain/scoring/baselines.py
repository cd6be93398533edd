"""The baselines of a recipe, scored: those that it names, else the best installed restorers that need no training.

Where it names none, those that fit its benchmarks are tried on details of a few pictures, and the best two that take
bounded time are scored like named ones. What was chosen is kept, so that the same question has the same answer.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from burnish.console import progress
from burnish.errors import BurnishError
from burnish.fingerprint.code import SCORING, code
from burnish.io.atomic import write_whole
from burnish.recipe.values import Choice
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from burnish_flows.retrain.fingerprint import participants
from burnish_flows.retrain.scoring.scores import Scored, Way, questions, score
from burnish_flows.retrain.snapshot import Run

if TYPE_CHECKING:
    from burnish.evaluation.benchmarks.benchmark import Benchmark
    from burnish.plugins.catalog import Catalog

MOST = 2
"""So many are scored where the recipe names none."""
LONGEST = 300.0
"""Seconds that one of them may take for all benchmarks, as its trial foretells."""
FORMAT = 1
"""Raised when the same question would be answered in another way."""


class Tried(BaseModel):
    """One restorer without training, and what its trial came to."""

    model_config = ConfigDict(frozen=True, ser_json_inf_nan="strings")

    id: str
    config: dict[str, Any] = Field(default_factory=dict)
    mean: float | None = None
    """Over the details; None: it was not found."""
    seconds: float | None = None
    """About what all benchmarks would take."""
    left_out: str = ""
    """Why it is not scored; empty: it may be."""

    @property
    def choice(self) -> Choice:
        """As a recipe would name it."""
        return Choice(id=self.id, config=self.config)


class Selection(BaseModel):
    """The restorers that were tried where a recipe names no baselines."""

    model_config = ConfigDict(frozen=True, ser_json_inf_nan="strings")

    benchmark: str
    """By whose details they were tried."""
    metric: str = ""
    unit: str = ""
    tried: tuple[Tried, ...] = ()
    """The best first; then those that are left out."""

    @property
    def fit(self) -> list[Tried]:
        """Those that may be scored, the best first."""
        return [one for one in self.tried if not one.left_out]

    def without(self, id: str, fault: str) -> Selection:
        """The same, with one of them left out."""
        tried = [one.model_copy(update={"left_out": fault}) if one.id == id else one for one in self.tried]
        return self.model_copy(update={"tried": tuple(tried)})

    def sentence(self) -> str:
        """What was chosen, of what, and why."""
        if not self.tried:
            return "the recipe names no baselines, and no installed restorer without training fits its benchmarks"
        unit = f" {self.unit}" if self.unit else ""
        best = " and ".join(f"{one.id} ({one.mean:.2f}{unit})" for one in self.fit[:MOST])
        chosen = f"chosen: {best}, by {self.metric} on details of {self.benchmark}" if best else "none can be scored"
        number = len(self.tried)
        of = f"{number} installed restorer{'' if number == 1 else 's'} without training fit{'s' * (number == 1)}"
        left = "; ".join(f"{one.id} is left out: {one.left_out}" for one in self.tried if one.left_out)
        return f"the recipe names no baselines; {of}; {chosen}{f'; {left}' if left else ''}"


@dataclass(frozen=True, kw_only=True)
class Baselines:
    """What the baselines score."""

    scored: Mapping[str, Scored]
    """Label → scores, in the recipe's order, or the best first."""
    selection: Selection | None = None
    """None where the recipe names them."""


def score_baselines(run: Run, way: Way = "alone") -> Baselines:
    """Score the recipe's baselines, or those that are chosen where it names none.

    A named one that fails, fails the run; a chosen one that fails is left out, and the next best takes its place.
    """
    if run.recipe.baselines or not run.recipe.benchmarks:
        scored: dict[str, Scored] = {}
        for choice in run.recipe.baselines:
            scored |= _scored(run, choice, way, scored)
        return Baselines(scored=scored)
    selection, scored = selected(run), {}
    for one in selection.fit:
        if len(scored) == MOST:
            break
        try:
            scored |= _scored(run, one.choice, way, scored)
        except BurnishError as error:
            selection = selection.without(one.id, " ".join(str(error).split()))
    return Baselines(scored=scored, selection=selection)


def choices(run: Run) -> list[Choice]:
    """The recipe's baselines, or those that are chosen where it names none."""
    if run.recipe.baselines or not run.recipe.benchmarks:
        return list(run.recipe.baselines)
    return [one.choice for one in selected(run).fit[:MOST]]


def selected(run: Run) -> Selection:
    """Restorers without training for a recipe that names no baselines; tried once, then known."""
    from burnish.evaluation.untrained import rivals
    from burnish.plugins.catalog import installed

    catalog, asked = installed(), questions(run)
    leading, metric = _deciding(run, asked)
    fitting = rivals(run.recipe.restorer, asked, catalog)
    kept = run.home.cache / "baselines" / f"{_key(run, (leading.name, metric), asked, fitting, catalog)}.json"
    if (known := _read(kept)) is not None:
        return known
    bar = progress.track(fitting, description=f"Trying baselines for {run.model}", unit="restorer", quiet=run.quiet)
    selection = _sorted([_try(one, leading, metric, asked) for one in bar], leading)
    kept.parent.mkdir(parents=True, exist_ok=True)
    write_whole(kept, selection.model_dump_json(indent=2).encode())
    return selection


@dataclass(frozen=True, kw_only=True)
class _Result:
    """A trial, and in which unit and by which metric it was measured."""

    tried: Tried
    lead: float = 0.0
    """Higher is better."""
    metric: str = ""
    unit: str = ""


def _try(choice: Choice, leading: Benchmark, metric: str, asked: Sequence[Benchmark]) -> _Result:
    from burnish.evaluation.benchmarks.resolved_benchmark import prepare
    from burnish.evaluation.trial import trial
    from burnish.inference import load_restorer
    from burnish.plugins.catalog import installed

    tried = Tried(id=choice.id, config=choice.config)
    try:
        loaded = load_restorer(choice.id, choice.config)
        sizes = {benchmark.name: len(prepare(loaded, benchmark, installed()).items) for benchmark in asked}
        made = trial(loaded, leading, metric)
    except BurnishError as error:
        return _Result(tried=tried.model_copy(update={"left_out": " ".join(str(error).split())}))
    seconds = made.seconds * sum(sizes.values()) / sizes[leading.name]
    long = f"it would take about {seconds / 60:.0f} minutes; name it under baselines to score it all the same"
    left_out = long if seconds > LONGEST else ""
    tried = tried.model_copy(update={"mean": made.mean, "seconds": seconds, "left_out": left_out})
    return _Result(tried=tried, lead=made.lead, metric=made.metric, unit=made.unit)


def _sorted(results: Sequence[_Result], leading: Benchmark) -> Selection:
    ranked = sorted(results, key=lambda one: (bool(one.tried.left_out), -one.lead))
    measured = next((one for one in ranked if one.metric), None)
    return Selection(
        benchmark=leading.name,
        metric=measured.metric if measured else "",
        unit=measured.unit if measured else "",
        tried=tuple(one.tried for one in ranked),
    )


def _deciding(run: Run, asked: Sequence[Benchmark]) -> tuple[Benchmark, str]:
    """The benchmark and metric by which a gate compares: those that one names, else the first, and the leading one."""
    by_name = {benchmark.name: benchmark for benchmark in asked}
    for gate in run.recipe.gates:
        name, metric = gate.config.get("benchmark") or asked[0].name, gate.config.get("metric") or ""
        if (gate.config.get("benchmark") or metric) and name in by_name:
            return by_name[name], str(metric)
    return asked[0], ""


def _scored(run: Run, choice: Choice, way: Way, others: Mapping[str, Scored]) -> dict[str, Scored]:
    """Label → scores of one."""
    from burnish.inference import load_restorer

    loaded = load_restorer(choice.id, choice.config)
    settings = ", ".join(f"{key}={value}" for key, value in choice.config.items())
    label = loaded.subject if loaded.subject not in others else f"{loaded.subject} {settings}"
    return {label: score(run, loaded, subject=label, way=way)}


def _key(
    run: Run, deciding: tuple[str, str], asked: Sequence[Benchmark], fitting: Sequence[Choice], catalog: Catalog
) -> str:
    from burnish.inference import choose_device

    entries = [*participants(run.recipe, catalog), *(catalog.get("restorers", one.id) for one in fitting)]
    parts: Sequence[object] = (
        FORMAT,
        deciding,
        [benchmark.digest() for benchmark in asked],
        [(one.id, one.config) for one in fitting],
        code({entry.id: entry for entry in entries}.values(), SCORING).digest(),
        str(choose_device("auto")),
    )
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()[:40]


def _read(kept: Path) -> Selection | None:
    try:
        return Selection.model_validate_json(kept.read_text(encoding="utf-8"))
    except (OSError, ValidationError):
        return None
