"""The decisions as MLflow runs, in an experiment of their own: written before they are carried out, never changed.

What hangs on a version or on a registered model goes with it. A run stays, and its parameters, in which the record is,
can neither be changed nor removed; a run that somebody deletes is only hidden, and read all the same. The run's status
tells how far its decision has come: RUNNING until it is carried out, FINISHED then, KILLED where it was given up.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from burnish_flows.registry import experiments
from burnish_flows.registry.decision import Decision

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Experiment
    from mlflow.entities import Run as MlflowRun

EXPERIMENT = "burnish.decisions"
"""Name of the experiment; no model's, since a model's name has no dot."""
MARK = "burnish.decisions"
"""Tag that identifies the experiment even if someone renamed it."""
ABOUT = "burnish.about"
"""Tag with the model's name, the only content of a run whose writer died before it wrote the record."""
SETTLED = "settled"
"""Parameter of a decision that needs no further step."""
RECORD = "record."
"""Prefix of the parameters with the pieces of the record."""
PIECE = 5000
"""Length of a piece: MLflow's limit for a parameter on every database."""
PIECES = 80
"""Largest number of pieces: MLflow takes a hundred parameters at once; longer records lose their figures."""
SHORT = 240
"""Length of the texts for people in the table of runs."""
SQLITE = "sqlite:///"


@dataclass(frozen=True, kw_only=True)
class LedgerEntry:
    """A stored decision."""

    run_id: str
    decision: Decision
    state: str
    """``RUNNING``, ``FINISHED`` or ``KILLED``."""


class Ledger:
    """The decisions in one MLflow store."""

    def __init__(self, client: MlflowClient, uri: str) -> None:
        self.client = client
        self.uri = uri
        self._experiment_id = ""
        """Id of the experiment, once it was found; it never changes."""

    def entries(self, model: str, registered: str = "") -> tuple[list[LedgerEntry], list[str]]:
        """The decisions about a model under its name, and under former names of the same registered model.

        Args:
            model: Its name.
            registered: When MLflow created it, see ``Decision.registered``; empty: there is none.

        Returns:
            Them, oldest first, and the ids of runs whose record cannot be read.
        """
        found: dict[str, LedgerEntry] = {}
        damaged: list[str] = []
        runs = list(self._runs(f"params.model = '{model}'"))
        if registered:
            runs += self._under_former_names(model, registered)
        for run in runs:
            entry = _entry(run)
            if entry is None:
                damaged.append(run.info.run_id)
            elif entry.decision.id not in found or entry.state == "FINISHED":
                found[entry.decision.id] = entry
        return sorted(found.values(), key=lambda entry: entry.decision.when), damaged

    def write(self, decision: Decision, *, settled: bool = False) -> str:
        """Store a complete decision; returns the id of its run.

        Args:
            decision: Which.
            settled: It asks for no further step: it is no half-way decision, whatever becomes of its writer.
        """
        from mlflow.entities import Param

        began = int(datetime.fromisoformat(decision.when).timestamp() * 1000)
        what = f"{decision.kind} of v{decision.version}" if decision.version else decision.kind
        run = self.client.create_run(
            self._experiment(), start_time=began, tags={ABOUT: decision.model}, run_name=f"{decision.model}: {what}"
        )
        facts = _params(decision) | ({SETTLED: "yes"} if settled else {})
        params = [Param(key, value) for key, value in facts.items() if value]
        self.client.log_batch(run.info.run_id, params=params, synchronous=True)
        return str(run.info.run_id)

    def close(self, run_id: str, state: str) -> None:
        """Mark a decision as carried out (``FINISHED``) or given up (``KILLED``)."""
        if self.client.get_run(run_id).info.lifecycle_stage == "deleted":
            self.client.restore_run(run_id)
        self.client.set_terminated(run_id, state)

    def clear(self, model: str) -> None:
        """End the runs of writers that died before they wrote a record, or before they closed it."""
        for run in self._runs(f"tags.`{ABOUT}` = '{model}' and attributes.status = 'RUNNING'"):
            if "model" not in run.data.params:
                self.close(run.info.run_id, "KILLED")
            elif SETTLED in run.data.params:
                self.close(run.info.run_id, "FINISHED")

    def _under_former_names(self, model: str, registered: str) -> Iterator[MlflowRun]:
        """Runs about the same registered model under its former names."""
        others: dict[str, bool] = {}
        for run in self._runs(f"params.registered = '{registered}' and params.model != '{model}'"):
            name = run.data.params.get("model", "")
            if name not in others:  # the name belongs to another model, created in the same millisecond
                there = self.client.search_registered_models(f"name = '{name}'", max_results=1)
                others[name] = not there or str(there[0].creation_timestamp) != registered
            if others[name]:
                yield run

    def _runs(self, condition: str) -> Iterator[MlflowRun]:
        from mlflow.entities import ViewType

        if not self._experiment_id:
            found = self._found()
            self._experiment_id = str(found.experiment_id) if found else ""
        token: str | None = None
        while self._experiment_id:
            page = self.client.search_runs(
                [self._experiment_id], condition, ViewType.ALL, max_results=1000, page_token=token
            )
            yield from page
            token = page.token
            if not token:
                return

    def _found(self) -> Experiment | None:
        from mlflow.entities import ViewType

        named = self.client.get_experiment_by_name(EXPERIMENT)
        if named is not None:
            return named
        marked = self.client.search_experiments(ViewType.ALL, 1, f"tags.`{MARK}` = 'yes'")
        return marked[0] if marked else None

    def _experiment(self) -> str:
        """The id of the experiment, ready for new runs."""
        tags = {MARK: "yes"}
        return experiments.usable(self.client, EXPERIMENT, _artifacts(self.uri), tags=tags, found=self._found())


def _params(decision: Decision) -> dict[str, str]:
    """The record in pieces, and its facts as separate parameters, for people and queries."""
    text = decision.model_dump_json()
    if len(text) > PIECE * PIECES:
        said = tuple(
            one.model_copy(update={"figures": {}, "reason": one.reason[:PIECE]}) for one in decision.judgements
        )
        text = decision.model_copy(update={"judgements": said, "reason": decision.reason[:PIECE]}).model_dump_json()
    pieces = [text[i : i + PIECE] for i in range(0, len(text), PIECE)]
    facts = {
        key: "".join(c for c in str(getattr(decision, key)) if c.isprintable())[:SHORT]
        for key in (
            "model",
            "registered",
            "kind",
            "version",
            "champion_before",
            "champion_after",
            "who",
            "when",
            "reason",
        )
    }
    return facts | {f"{RECORD}{number:02}": piece for number, piece in enumerate(pieces)}


def _entry(run: MlflowRun) -> LedgerEntry | None:
    params = run.data.params
    text = "".join(params[key] for key in sorted(params) if key.startswith(RECORD))
    try:
        decision = Decision.model_validate_json(text)
    except ValidationError:
        return None
    state = "FINISHED" if SETTLED in params else _CLOSED.get(run.info.status, "RUNNING")
    return LedgerEntry(run_id=run.info.run_id, decision=decision, state=state)


_CLOSED = {"FINISHED": "FINISHED", "KILLED": "KILLED", "FAILED": "KILLED"}


def _artifacts(uri: str) -> str | None:
    """The artifact folder; decisions have no files, but an embedded store would create one in the current folder."""
    if not uri.startswith(SQLITE):
        return None
    return (Path(uri.removeprefix(SQLITE).partition("?")[0]).resolve().parent / "artifacts").as_uri()
