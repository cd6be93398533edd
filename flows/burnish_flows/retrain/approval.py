"""A person's approval as the last gate: the run pauses until approval, refusal or timeout.

The answer is a decision in the registry, wherever it comes from: ``burnish approve``, ``burnish veto``, or the form
that Prefect shows for a paused run. A run that died while it waited takes nothing with it: the version still awaits.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from burnish.console.redaction import without_userinfo
from burnish.errors import RegistryError, UnknownIdError
from burnish.plugins.configuration import complete
from burnish.protocols import Verdict

from burnish_flows.registry import promotion
from burnish_flows.registry.store import store_errors

if TYPE_CHECKING:
    from burnish.evaluation.scorecard import Scorecard
    from burnish.plugins.catalog import Catalog
    from burnish.recipe.document import Recipe
    from burnish.recipe.values import Choice

    from burnish_flows.registry.decision import Decision
    from burnish_flows.registry.store import Registry, Version

GATE = "flows/approval"
WAITING = "burnish.waiting"
"""Tag of a version: which run waits for the answer, and at which Prefect server."""


class Approval:
    """The gate outside a retraining, where no person can be asked: it fails."""

    def __init__(self, *, hours: float) -> None:
        self.hours = hours

    def __call__(self, challenger: Scorecard, champion: Scorecard | None) -> Verdict:
        """Fail: only a retraining waits for a person."""
        return Verdict(passed=False, reason="a person must approve, and only `burnish retrain` can request this")


def wanted(recipe: Recipe, catalog: Catalog) -> timedelta | None:
    """The time for a person's answer; None if the recipe needs no approval."""
    for choice in recipe.gates:
        if _is_approval(choice, catalog):
            return timedelta(hours=float(complete(catalog.get("gates", choice.id).spec, choice.config)["hours"]))
    return None


def others(recipe: Recipe, catalog: Catalog) -> list[Choice]:
    """The gates that need no person."""
    return [choice for choice in recipe.gates if not _is_approval(choice, catalog)]


def awaiting(registry: Registry, model: str, reference: str = "") -> Version:
    """The version that awaits an answer.

    Raises:
        RegistryError: There is none, or several; then one must be named.
    """
    if reference:
        return registry.version(model, reference)
    found = [version for version in registry.versions(model).values() if version.status == "awaiting"]
    if len(found) != 1:
        numbers = ", ".join(version.number for version in found)
        fact = f"versions {numbers} await approval; name one" if found else "no version awaits approval"
        raise RegistryError(f"{model}: {fact}")
    return found[0]


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A person's input on Prefect's page of the paused run."""

    approve: bool
    reason: str
    who: str


def wait(registry: Registry, model: str, asked: Decision, patience: timedelta) -> Decision:
    """Pause the present flow run until a person answers.

    Args:
        registry: Where the answer is kept.
        model: Its name.
        asked: The decision that awaits it.
        patience: How long; afterwards the version is rejected.

    Returns:
        What was decided.
    """
    with _marked_as_waiting(registry, model, asked.version):
        answer = _pause_for_answer(asked.id, patience)
    last = registry.last(registry.version(model, asked.version))
    if last is not None and last.id != asked.id:
        return last
    said = answer or Answer(approve=False, reason=f"no one answered within {patience}", who="burnish")
    return promotion.answer(registry, model, asked.version, granted=said.approve, reason=said.reason, who=said.who)


def wake(version: Version, *, granted: bool, reason: str, who: str) -> bool:
    """Resume the run that waits for the answer; False if it cannot be reached, which does no harm."""
    try:
        waiting = json.loads(version.tags.get(WAITING, ""))
        run, api = UUID(waiting["run"]), str(waiting["api"])
    except (ValueError, KeyError, TypeError):
        return False
    from prefect.flow_runs import resume_flow_run
    from prefect.settings import PREFECT_API_URL, temporary_settings

    with suppress(Exception), temporary_settings({PREFECT_API_URL: api}):
        resume_flow_run(run, run_input={"approve": granted, "reason": reason, "who": who})
        return True
    return False


def _is_approval(choice: Choice, catalog: Catalog) -> bool:
    try:
        return catalog.get("gates", choice.id).id == GATE
    except UnknownIdError:  # the judging reports it
        return False


@contextmanager
def _marked_as_waiting(registry: Registry, model: str, number: str) -> Iterator[None]:
    """Store in a tag of the version which run waits for the answer, while it waits."""
    from prefect.runtime import flow_run

    told = json.dumps({"run": str(flow_run.id), "api": without_userinfo(os.environ.get("PREFECT_API_URL", ""))})
    with store_errors(registry.uri):
        registry.client.set_model_version_tag(model, number, WAITING, told)
    try:
        yield
    finally:
        with suppress(Exception):
            registry.client.delete_model_version_tag(model, number, WAITING)


def _pause_for_answer(key: str, patience: timedelta) -> Answer | None:
    """Pause the run; the input with which it was resumed, or None if it was not resumed in time."""
    from prefect.exceptions import FlowPauseTimeout
    from prefect.flow_runs import pause_flow_run
    from prefect.input import RunInput

    class ApprovalAnswer(RunInput):
        """Shall the challenger become champion?"""

        approve: bool = True
        reason: str = "approved in Prefect"
        who: str = ""

    seconds = max(1, round(patience.total_seconds()))
    with suppress(FlowPauseTimeout):
        given = pause_flow_run(wait_for_input=ApprovalAnswer, timeout=seconds, poll_interval=3, key=key)
        return Answer(approve=given.approve, reason=given.reason, who=given.who or "Prefect")
    return None
