"""The flow that tries values of a recipe's settings: propose, train and evaluate, record; then write the best recipe.

Nothing is registered or promoted: ``burnish retrain`` does that, with the recipe found by a sweep.
"""

from __future__ import annotations

import shutil
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypedDict

from burnish.console import progress
from burnish.console.redaction import clean_errors
from burnish.errors import BurnishError, RegistryError, TrainingError
from prefect import flow, task  # noqa: TID253
from prefect.cache_policies import NO_CACHE  # noqa: TID253

from burnish_flows import runners
from burnish_flows.retrain.snapshot import Run
from burnish_flows.retrain.tracking.interrupted import cancellable, goes_on
from burnish_flows.runners import Landed
from burnish_flows.sweep.log import EndedTrial, SweepLog
from burnish_flows.sweep.plan import SweepOptions, SweepPlan, planned
from burnish_flows.sweep.study import State, Study
from burnish_flows.sweep.trial import Figures, objective, run_trial

ATTEMPTS = 2
"""Number of attempts before a trial whose worker dies has failed."""


class TriedTrial(TypedDict):
    """One trial of the result."""

    number: int
    state: str
    value: float | None
    values: dict[str, object]


class BestTrial(TypedDict):
    """The trial with the best figure."""

    trial: int
    value: float
    values: dict[str, object]
    recipe: str
    """Path of the recipe with these values."""


class SweepResult(TypedDict):
    """The result of a sweep, as JSON values."""

    model: str
    metric: str
    direction: str
    """``maximise`` or ``minimise``."""
    trials: list[TriedTrial]
    failures: dict[str, str]
    """Trial → why."""
    best: BestTrial
    mlflow: dict[str, str]
    sweep: str
    """Beginning of its digest."""


@flow(name="sweep", flow_run_name="{recipe}", validate_parameters=False)
@cancellable
@clean_errors()
def sweep(
    recipe: str, over: list[str], trials: int, options: dict[str, object], out: str = "", resume: bool = True,
    quiet: bool = False,
) -> SweepResult:  # fmt: skip
    """Try values and find the best.

    Args:
        recipe: Path of the recipe.
        over: What is tried, as ``space.parsed`` takes it.
        trials: How many in all, those of an earlier, interrupted call included.
        options: See ``plan.SweepOptions``.
        out: Where the best recipe goes; empty: beside what the sweep keeps.
        resume: Go on with the same sweep, if there was one; False starts over.
        quiet: No progress.

    Returns:
        Trials, best values, and where the results are, as JSON values.
    """
    plan = planned(recipe, over, trials=trials, options=SweepOptions.model_validate(options))
    with alone(plan, resume), goes_on():
        study = _study(plan)
        log = SweepLog(plan)
        trying = _Trying(plan, study, log)
        left = trials - sum(state != "open" for _, state, *_ in study.told())
        with log.interrupted():
            for _ in progress.track(trying.results(), description="Sweep", total=left, unit="trial", quiet=quiet):
                pass
            return concluded(plan, study, log, Path(out) if out else plan.folder / "best.yaml", trying.failures)


@task(name="trial", cache_policy=NO_CACHE, task_run_name="trial {number}")
@clean_errors()
def try_task(run: dict[str, object], number: int) -> dict[str, object]:
    """Train and evaluate one trial; resumes a trial that another process began."""
    return run_trial(Run.model_validate(run)).model_dump(mode="json")


@contextmanager
def alone(plan: SweepPlan, resume: bool) -> Iterator[None]:
    """Hold the lock on this sweep.

    Raises:
        RegistryError: Another one has it.
    """
    from filelock import FileLock, Timeout

    plan.folder.parent.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(str(plan.folder.with_suffix(".lock")), timeout=0):
            if not resume:
                shutil.rmtree(plan.folder, ignore_errors=True)
            plan.folder.mkdir(exist_ok=True)
            yield
    except Timeout as error:
        raise RegistryError(f"{plan.run.model}: the same sweep is already running; wait for its end") from error


class _Trying:
    """Runs the trials of one command."""

    def __init__(self, plan: SweepPlan, study: Study, log: SweepLog) -> None:
        self._plan, self._study, self._log = plan, study, log
        self._under_way: list[tuple[int, dict[str, object], Run]] = []
        """By the number of the call."""
        self._began: dict[int, float] = {}
        self._deaths: Counter[int] = Counter()
        self._broken = False
        self.failures: dict[int, str] = {}
        """Trial → why."""

    def results(self) -> Iterator[int]:
        """Yield the number of each trial when it ends; a broken runner is started again."""
        while self._study.open() or self._study.begun() < self._plan.trials:
            self._broken, self._under_way = False, []
            ended: list[int] = []
            for landed in runners.each(try_task, self._calls(ended), self._plan.runner, ahead=1):
                number = self._landed(landed)
                yield from [*ended, number] if number is not None else ended
                ended.clear()
            yield from ended

    def _calls(self, ended: list[int]) -> Iterator[tuple[dict[str, object], int]]:
        """The arguments of unfinished trials first, then of new ones; trials with known results end at once."""
        waiting = self._study.open()
        while not self._broken and (waiting or self._study.begun() < self._plan.trials):
            number, values = waiting.pop(0) if waiting else self._study.ask()
            self._began.setdefault(number, time.time())
            if twin := self._study.twin(number):
                self._end(number, values, None, "complete", twin[1], {}, f"the same values as trial {twin[0]}")
                ended.append(number)
                continue
            try:
                run = self._plan.trial(number, values)
            except BurnishError as error:
                self._end(number, values, None, "failed", None, {}, str(error))
                ended.append(number)
                continue
            self._under_way.append((number, values, run))
            # Unset fields stay unset: a recipe's benchmark takes them from the declared one.
            yield run.model_dump(mode="json", exclude_unset=True), number

    def _landed(self, landed: Landed[dict[str, object]]) -> int | None:
        """Record the result of a trial; None if it must be tried again."""
        number, values, run = self._under_way[landed.index]
        why = f"{type(landed.error).__name__}: {' '.join(str(landed.error).split())}" if landed.error else ""
        if landed.died:
            self._broken = True
            self._deaths[number] += 1
            if self._deaths[number] < ATTEMPTS:
                return None
        if landed.error is not None:
            self._end(number, values, run, "failed", None, {}, why)
        else:
            self._figures(number, values, run, Figures.model_validate(landed.value))
        shutil.rmtree(run.work, ignore_errors=True)
        return number

    def _figures(self, number: int, values: dict[str, object], run: Run, figures: Figures) -> None:
        value = objective(figures, self._plan.metric, self._plan.benchmark)
        metrics = {f"{name}/{id}": mean for name, means in figures.metrics.items() for id, mean in means.items()}
        told = {"training/steps": figures.steps, "training/seconds": figures.seconds, "parameters": figures.parameters}
        metrics |= {key: float(figure) for key, figure in told.items()}
        if figures.validation is not None:
            metrics["validation/psnr"] = figures.validation
        if value is not None:
            self._end(number, values, run, "complete", value, metrics)
        elif figures.diverged_at is not None:
            self._end(number, values, run, "diverged", None, metrics, f"diverged at step {figures.diverged_at}")
        else:
            self._end(number, values, run, "failed", None, metrics, f"has no {self._plan.judged_by}")

    def _end(
        self, number: int, values: dict[str, object], run: Run | None, state: State, value: float | None,
        metrics: dict[str, float], why: str = "",
    ) -> None:  # fmt: skip
        """Record the end of a trial, in MLflow first: if the process dies in between, another ends the trial again."""
        if state != "complete":
            self.failures[number] = why
        recipe = run.recipe.model_dump(mode="json", exclude_unset=True) if run else {}
        figures = metrics if value is None else {**metrics, "objective": value}
        trial = EndedTrial(
            number=number, state=state, values=values, metrics=figures, began=self._began[number], ended=time.time(),
            recipe=recipe, why=why,
        )  # fmt: skip
        self._log.trial(trial)
        self._study.tell(number, state, value)


def concluded(plan: SweepPlan, study: Study, log: SweepLog, out: Path, failures: dict[int, str]) -> SweepResult:
    """Write the best recipe, end the sweep's run in MLflow, and return the result.

    Raises:
        TrainingError: No trial has a figure.
    """
    best = study.best()
    if best is None:
        log.end(None, "")
        first = next(iter(failures.items()), None)
        told = f"trial {first[0]}: {first[1]}" if first else "see MLflow"
        raise TrainingError(f"{plan.run.model}: none of {study.begun()} trials has a figure ({told})")
    number, value, values = best
    head = f"{plan.judged_by} {value:.4f} in trial {number} of {study.begun()}, sweep {plan.digest[:8]}"
    plan.write_recipe(out, values, f"The best of a sweep over {', '.join(plan.space)}: {head}.")
    log.end(best, out.read_text(encoding="utf-8"))
    trials: list[TriedTrial] = [
        {"number": number, "state": state, "value": figure, "values": tried}
        for number, state, figure, tried in study.told()
    ]
    return {
        "model": plan.run.model,
        "metric": plan.judged_by,
        "direction": "maximise" if plan.maximise else "minimise",
        "trials": trials,
        "failures": {str(number): why for number, why in failures.items()},
        "best": {"trial": number, "value": value, "values": values, "recipe": str(out)},
        "mlflow": {"uri": plan.run.tracking_uri, "experiment": log.experiment, "run_id": log.run_id},
        "sweep": plan.digest[:16],
    }


def _study(plan: SweepPlan) -> Study:
    return Study(
        plan.folder / "study.db", plan.space, maximise=plan.maximise, seed=plan.seed, workers=plan.runner.workers
    )
