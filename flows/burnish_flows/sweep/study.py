"""The proposals and results of a sweep, stored by Optuna in a file, so that an interrupted sweep can resume."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from burnish.errors import UsageError

from burnish_flows.sweep.space import Range, Space

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution
    from optuna.trial import FrozenTrial

STARTUP = 8
"""Trials drawn at random before the sampler learns from results."""

State = Literal["complete", "diverged", "failed"]


def require() -> None:
    """Refuse early if Optuna is missing.

    Raises:
        UsageError: Names the extra.
    """
    from importlib.util import find_spec

    if find_spec("optuna") is None:
        raise UsageError("burnish sweep needs an extra that is not installed: pip install 'burnish-flows[sweep]'")


class Study:
    """Optuna's study of one sweep (doi:10.1145/3292500.3330701), by a tree-structured Parzen estimator.

    Bergstra et al., Algorithms for Hyper-Parameter Optimization, NeurIPS 2011.

    Each proposal is a pure function of the seed, its number and the results so far, so that a resumed sweep makes the
    same proposals (with one worker; with several the order of results matters).
    """

    def __init__(self, path: Path, space: Space, *, maximise: bool, seed: int, workers: int) -> None:
        import optuna

        optuna.logging.set_verbosity(optuna.logging.ERROR)
        self._optuna = optuna
        self._space = space
        self._seed = seed
        self._several = workers != 1
        self._study = optuna.create_study(
            storage=optuna.storages.RDBStorage(f"sqlite:///{path}", engine_kwargs={"connect_args": {"timeout": 60}}),
            study_name="sweep",
            direction="maximize" if maximise else "minimize",
            load_if_exists=True,
        )

    def open(self) -> list[tuple[int, dict[str, object]]]:
        """Number and values of the unfinished trials; a trial whose values are incomplete is ended as failed."""
        running = self._optuna.trial.TrialState.RUNNING
        for trial in self._study.get_trials(states=(running,)):
            if len(trial.params) < len(self._space):
                self.tell(trial.number, "failed")
        return [(trial.number, self._read(trial.params)) for trial in self._study.get_trials(states=(running,))]

    def begun(self) -> int:
        """The number of trials, ended or not."""
        return len(self._study.get_trials(deepcopy=False))

    def ask(self) -> tuple[int, dict[str, object]]:
        """Number and values of the next trial."""
        number = self.begun()
        self._study.sampler = self._optuna.samplers.TPESampler(
            seed=self._seed * 1_000_003 + number, n_startup_trials=STARTUP, constant_liar=self._several
        )
        trial = self._study.ask(fixed_distributions=self._distributions())
        return trial.number, self._read(trial.params)

    def tell(self, number: int, state: State, value: float | None = None) -> None:
        """End a trial. The sampler learns to avoid diverged trials; failed ones are ignored."""
        states = self._optuna.trial.TrialState
        kinds = {"complete": states.COMPLETE, "diverged": states.PRUNED, "failed": states.FAIL}
        self._study.tell(number, value if state == "complete" else None, state=kinds[state], skip_if_finished=True)

    def twin(self, number: int) -> tuple[int, float] | None:
        """Number and figure of an earlier complete trial with the same values."""
        trials = self._study.get_trials(deepcopy=False)
        for trial in trials[:number]:
            if trial.value is not None and trial.params == trials[number].params and self._complete(trial):
                return trial.number, trial.value
        return None

    def best(self) -> tuple[int, float, dict[str, object]] | None:
        """Number, figure and values of the best trial; None if none is complete."""
        complete = [trial for trial in self._study.get_trials(deepcopy=False) if self._complete(trial)]
        if not complete:
            return None
        best = self._study.best_trial
        return best.number, float(best.value or 0.0), self._read(best.params)

    def told(self) -> Iterator[tuple[int, str, float | None, dict[str, object]]]:
        """Number, state, figure and values of every trial."""
        names = {"COMPLETE": "complete", "PRUNED": "diverged", "FAIL": "failed"}
        for trial in self._study.get_trials(deepcopy=False):
            figure = trial.value if self._complete(trial) else None
            yield trial.number, names.get(trial.state.name, "open"), figure, self._read(trial.params)

    def _complete(self, trial: FrozenTrial) -> bool:
        return bool(trial.state == self._optuna.trial.TrialState.COMPLETE)

    def _distributions(self) -> dict[str, BaseDistribution]:
        """The space as Optuna's distributions; choices become JSON, since Optuna takes only plain values."""
        made = self._optuna.distributions
        found: dict[str, BaseDistribution] = {}
        for key, values in self._space.items():
            if not isinstance(values, Range):
                found[key] = made.CategoricalDistribution([json.dumps(value) for value in values.values])
            elif values.whole:
                found[key] = made.IntDistribution(int(values.low), int(values.high), log=values.log)
            else:
                found[key] = made.FloatDistribution(values.low, values.high, log=values.log)
        return found

    def _read(self, params: Mapping[str, object]) -> dict[str, object]:
        return {
            key: params[key] if isinstance(values, Range) else json.loads(str(params[key]))
            for key, values in self._space.items()
            if key in params
        }
