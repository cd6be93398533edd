"""A recipe on a Prefect server: when and why it is retrained, by which workers, from which checkout."""
# ruff: noqa: TID253  (imported only by the command that deploys)

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, cast
from uuid import UUID

from burnish.errors import BurnishError, UsageError
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyLimitStrategy
from prefect.deployments.runner import RunnerDeployment
from prefect.events import DeploymentEventTrigger, DeploymentTriggerTypes, TriggerTypes
from prefect.exceptions import ObjectNotFound
from prefect.runner.storage import GitRepository, LocalStorage
from prefect.schedules import Cron, Interval, Schedule
from prefect.types.entrypoint import EntrypointType

from burnish_flows import happenings
from burnish_flows.retrain import retrain
from burnish_flows.zombies import ensure_automation

Trigger = DeploymentTriggerTypes | TriggerTypes

UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


class DeploymentError(BurnishError):
    """The Prefect server does not take the deployment."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What ``burnish deploy`` was asked for."""

    recipe: Path
    """Relative to the project."""
    model: str
    """Name in the registry; the deployment is ``retrain/<model>``."""
    data: str
    """The recipe's data root."""
    project: Path
    """Where the project lies on the workers, unless ``repository`` is given."""
    pool: str
    """Work pool; made as one of processes where there is none of the name."""
    cron: str = ""
    timezone: str = "UTC"
    interval: timedelta | None = None
    on_data_change: bool = False
    on_drift: bool = False
    repository: str = ""
    """Git URL: each run takes a fresh checkout of it."""
    branch: str = ""
    paused: bool = False


@dataclass(frozen=True, kw_only=True)
class Deployed:
    """What came of it."""

    id: str
    name: str
    pool: str
    starts: tuple[str, ...]
    """What starts it, in words."""

    def as_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {"id": self.id, "name": self.name, "pool": self.pool, "starts": list(self.starts)}


def deploy(wanted: Wanted) -> Deployed:
    """Make the deployment, or change it to what is wanted now.

    One run of it at a time: the next waits. Runs whose process was killed are marked as crashed by an automation.

    Raises:
        DeploymentError: The server does not answer, or refuses it.
        UsageError: The schedule is none.
    """
    schedules, triggers = _schedules(wanted), _triggers(wanted)
    try:
        with get_client(sync_client=True) as client:
            _ensure_pool(client, wanted.pool)
            ensure_automation()
            deployment = _deployment(wanted, schedules, triggers)
            made = cast(UUID, deployment.apply(work_pool_name=wanted.pool))
            if not schedules:  # an empty list leaves those of an earlier deployment in place
                for schedule in client.read_deployment_schedules(made):
                    client.delete_deployment_schedule(made, schedule.id)
    except UsageError:
        raise
    except Exception as error:
        fact = " ".join(str(error).split())
        raise DeploymentError(f"Prefect does not take the deployment of {wanted.model}: {fact}") from error
    return Deployed(id=str(made), name=f"retrain/{wanted.model}", pool=wanted.pool, starts=starts(wanted))


def interval(text: str) -> timedelta:
    """``90s``, ``30m``, ``6h``, ``1d`` or ``2w`` as a time.

    Raises:
        UsageError: It is none.
    """
    found = re.fullmatch(r"(\d+)([smhdw])", text.strip())
    if found is None or int(found[1]) == 0:
        raise UsageError(f"--interval {text}: is no time; give a number and s, m, h, d or w, as 6h")
    return timedelta(**{UNITS[found[2]]: int(found[1])})


def starts(wanted: Wanted) -> tuple[str, ...]:
    """What starts a run, in words."""
    said = [f"cron {wanted.cron} ({wanted.timezone})"] if wanted.cron else []
    said += [f"every {wanted.interval}"] if wanted.interval else []
    said += [f"when {wanted.data} changes"] if wanted.on_data_change else []
    said += ["on drift"] if wanted.on_drift else []
    return tuple(said) or ("by hand",)


def _deployment(wanted: Wanted, schedules: list[Schedule], triggers: list[Trigger]) -> RunnerDeployment:
    made = retrain.to_deployment(
        name=wanted.model,
        description=f"Retrains {wanted.model} by {wanted.recipe.as_posix()}",
        parameters={"recipe": wanted.recipe.as_posix(), "quiet": True, "cause": "schedule or hand"},
        schedules=schedules,
        triggers=triggers,
        paused=wanted.paused,
        concurrency_limit=ConcurrencyLimitConfig(limit=1, collision_strategy=ConcurrencyLimitStrategy.ENQUEUE),
        entrypoint_type=EntrypointType.MODULE_PATH,
        tags=["burnish", wanted.model],
    )
    assert isinstance(made, RunnerDeployment)  # it would be a coroutine inside of an event loop
    made.storage = (  # without either, Prefect copies the worker's whole folder before each run
        GitRepository(wanted.repository, branch=wanted.branch or None)
        if wanted.repository
        else LocalStorage(str(wanted.project))
    )
    return made


def _schedules(wanted: Wanted) -> list[Schedule]:
    """With a slug each: without, a new deployment would forget that one is paused."""
    try:
        found = [Cron(wanted.cron, timezone=wanted.timezone, slug="cron")] if wanted.cron else []
        return [*found, Interval(wanted.interval, slug="interval")] if wanted.interval else found
    except ValueError as error:
        raise UsageError(f"--cron {wanted.cron!r}: {' '.join(str(error).split())}") from error


def _triggers(wanted: Wanted) -> list[Trigger]:
    found: list[Trigger] = []
    if wanted.on_data_change:
        found.append(_trigger(wanted, happenings.DATA_CHANGED, happenings.dataset(wanted.data), "data changed"))
    if wanted.on_drift:
        found.append(_trigger(wanted, happenings.DRIFT, happenings.resource(wanted.model), "drift"))
    return found


def _trigger(wanted: Wanted, event: str, about: str, cause: str) -> DeploymentEventTrigger:
    return DeploymentEventTrigger(
        name=f"{wanted.model}: {cause}",
        expect={event},
        match={"prefect.resource.id": about},
        parameters={"recipe": wanted.recipe.as_posix(), "quiet": True, "cause": cause},
    )


def _ensure_pool(client: SyncPrefectClient, name: str) -> None:
    try:
        client.read_work_pool(name)
    except ObjectNotFound:
        client.create_work_pool(WorkPoolCreate(name=name, type="process"))
