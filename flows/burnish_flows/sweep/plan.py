"""A prepared sweep: its search space, its objective, and the hash that identifies it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import yaml
from burnish.errors import UsageError
from burnish.io.atomic import write_whole
from burnish.plugins.catalog import Catalog, installed
from burnish.plugins.declarations import MetricSpec
from burnish.recipe.document import Recipe
from burnish.recipe.training import Budget
from pydantic import BaseModel, ConfigDict

from burnish_flows import environment, runners
from burnish_flows.retrain import snapshot
from burnish_flows.retrain.snapshot import Run
from burnish_flows.runners import Runner
from burnish_flows.sweep.space import Space, Values, applied, parsed

FORMAT = 1
"""Incremented when the same command would mean another sweep."""

VALIDATION = "validation"
"""Name of the figure measured by the training itself."""


@dataclass(frozen=True, kw_only=True)
class SweepPlan:
    """Everything that a sweep must know before its first trial."""

    run: Run
    """Of the recipe as it is; its fingerprint is over recipe, data and code."""
    space: Space
    metric: str
    """``validation``, or a metric's id."""
    benchmark: str
    """Its name in the recipe; empty for ``validation``."""
    maximise: bool
    budget: Budget | None
    """Of each trial; None: the recipe's."""
    seed: int
    trials: int
    runner: Runner

    @property
    def digest(self) -> str:
        """sha256, as hex: equal for two commands of the same sweep, for any number of trials and workers."""
        space = {key: str(values) for key, values in self.space.items()}
        budget = self.budget.model_dump(mode="json") if self.budget else None
        parts = [FORMAT, self.run.fingerprint, space, self.metric, self.benchmark, budget, self.seed]
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()

    @property
    def folder(self) -> Path:
        """The folder with the sweep's files, which it needs to resume."""
        return self.run.home.home / "sweeps" / self.digest[:16]

    @property
    def judged_by(self) -> str:
        """The objective, as ``--metric`` takes it."""
        return f"{self.metric}@{self.benchmark}" if self.benchmark else self.metric

    def trial(self, number: int, values: dict[str, object]) -> Run:
        """The run of one trial, with its own work folder and its share of the cores.

        Raises:
            ConfigError: The values do not fit together.
        """
        recipe = applied(self.run.recipe, values)
        changes: dict[str, object] = (
            {"training.budget": self.budget.model_dump(exclude_none=True)} if self.budget else {}
        )
        if not recipe.training.cores and not self.runner.address:
            changes["training.cores"] = max(1, runners.cores() // self.runner.workers)
        recipe = applied(recipe, changes)
        snapshot.check_settings(recipe, installed())
        fingerprint = hashlib.sha256(f"{self.digest} {number}".encode()).hexdigest()
        return self.run.model_copy(update={"recipe": recipe, "fingerprint": fingerprint, "training": "", "quiet": True})

    def write_recipe(self, path: Path, values: dict[str, object], head: str) -> None:
        """Write the recipe with these values and its own budget, as YAML for ``burnish retrain``."""
        raw = applied(self.run.recipe, values).model_dump(mode="json", exclude_unset=True)
        text = "".join(f"# {line}\n" for line in head.splitlines()) + yaml.safe_dump(raw, sort_keys=False)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, text.encode())


class SweepOptions(BaseModel):
    """Options of a sweep other than recipe, space and number of trials."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    metric: str = ""
    """``validation``, METRIC or METRIC@BENCHMARK; empty: see ``planned``."""
    runner: str = ""
    """See ``runners.configured``."""
    steps: int | None = None
    """Of each trial; None, like ``minutes``: as the recipe says."""
    minutes: float | None = None
    seed: int = 0
    allow_dirty_data: bool = False


def planned(recipe: str, over: Iterable[str], *, trials: int, options: SweepOptions) -> SweepPlan:
    """Check everything, and pin the data.

    Raises:
        UsageError, ConfigError, UnknownIdError, DataError: Recipe, data, or an option is off.
    """
    path, catalog, who = Path(recipe), installed(), runners.configured(options.runner)
    if who.kind == "threads" and who.workers > 1:
        raise UsageError(f"runner {who}: threads would share one random state; use processes:{who.workers}")
    run = snapshot.take(path, tracking_uri=environment.tracking_uri(), allow_dirty=options.allow_dirty_data, quiet=True)
    snapshot.check(run)
    space = parsed(over, run.recipe, catalog)
    id, benchmark, maximise = _judge(options.metric, run, catalog)
    _refuse_incomparable(space, id)
    return SweepPlan(
        run=run,
        space=space,
        metric=id,
        benchmark=benchmark,
        maximise=maximise,
        budget=Budget(steps=options.steps, minutes=options.minutes) if options.steps or options.minutes else None,
        seed=options.seed,
        trials=trials,
        runner=who,
    )


def _judge(wanted: str, run: Run, catalog: Catalog) -> tuple[str, str, bool]:
    """Metric, benchmark, and whether more is better.

    The default is the validation metric of the training, so that the settings are not chosen on the pictures that later
    judge the challenger.
    """
    name, _, benchmark = wanted.partition("@")
    validated = (run.project / run.recipe.data.root / run.recipe.data.validation).is_dir()
    if name == VALIDATION or (not wanted and validated):
        if not validated or benchmark:
            raise UsageError(f"--metric {wanted}: the recipe has no validation pictures of that name")
        return VALIDATION, "", True
    if not run.recipe.benchmarks:
        raise UsageError(
            f"{run.recipe_path}: has neither validation pictures nor a benchmark to compare trials; add one of the two"
        )
    asked = _benchmarks(run.recipe, catalog)
    benchmark = benchmark or next(iter(asked))
    if benchmark not in asked:
        raise UsageError(f"--metric {wanted}: there is no benchmark {benchmark}; the recipe has {', '.join(asked)}")
    id = catalog.get("metrics", name).id if name else asked[benchmark][0]
    if id not in asked[benchmark]:
        raise UsageError(f"--metric {wanted}: {benchmark} does not measure it; it has {', '.join(asked[benchmark])}")
    return id, benchmark, cast(MetricSpec, catalog.get("metrics", id).spec).higher_is_better


def _benchmarks(recipe: Recipe, catalog: Catalog) -> dict[str, list[str]]:
    """Benchmark → ids of its metrics."""
    found = {}
    for settings in recipe.benchmarks:
        metrics = list(settings.metrics)
        if not metrics:
            metrics = catalog.get("benchmarks", settings.benchmark).spec.as_json()["metrics"]
        found[settings.name] = [catalog.get("metrics", metric).id for metric in metrics]
    return found


def _refuse_incomparable(space: dict[str, Values], metric: str) -> None:
    if metric == VALIDATION and (keys := [key for key in space if key.startswith("degrader.")]):
        raise UsageError(
            f"--over {keys[0]}: changes the validation data, so trials could not be compared; use a benchmark "
            "instead: --metric METRIC@BENCHMARK"
        )
