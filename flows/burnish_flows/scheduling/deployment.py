"""A recipe on a Prefect server: its triggers, its workers and its checkout."""
# ruff: noqa: TID253  (imported only by the command that deploys)

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from typing import cast
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
from prefect.utilities.urls import url_for

from burnish_flows import events
from burnish_flows.retrain import waiting_runs
from burnish_flows.retrain.flow import retrain
from burnish_flows.scheduling import replacing
from burnish_flows.scheduling.heartbeat import ensure_automation

Trigger = DeploymentTriggerTypes | TriggerTypes


class DeploymentError(BurnishError):
    """The Prefect server does not accept the deployment."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """The options of ``burnish deploy``."""

    recipe: Path
    """Relative to the project."""
    model: str
    """Name in the registry; the deployment is ``retrain/<model>``."""
    data: str
    """The recipe's data root."""
    project: Path
    """Folder of the project on the workers, unless ``repository`` is given."""
    pool: str
    """Work pool; created as a pool of processes if it does not exist."""
    cron: str = ""
    timezone: str = "UTC"
    interval: timedelta | None = None
    on_data_change: bool = False
    on_drift: bool = False
    repository: str = ""
    """Git URL: each run takes a fresh checkout of it."""
    branch: str = ""
    paused: bool = False
    replace: bool = False
    """Replace another recipe's deployment of the same model."""

    @property
    def name(self) -> str:
        """Prefect's name: flow and deployment."""
        return f"{retrain.name}/{self.model}"


@dataclass(frozen=True, kw_only=True)
class Deployed:
    """The result of a deployment."""

    id: str
    name: str
    pool: str
    starts: tuple[str, ...]
    """What starts it, in words."""
    removed: tuple[str, ...] = ()
    """What was removed: schedules, triggers, another recipe; in words."""
    cancelled: int = 0
    """Number of cancelled runs, which were due or waiting, of the removed schedules."""

    def as_json(self) -> dict[str, object]:
        """As plain JSON values."""
        return {**asdict(self), "starts": list(self.starts), "removed": list(self.removed)}


@dataclass(frozen=True, kw_only=True)
class Started:
    """A requested run."""

    id: str
    name: str
    page: str
    """Its page on Prefect's server; empty if that has no pages."""


def deploy(wanted: Wanted) -> Deployed:
    """Create the deployment, or change it to exactly the given options.

    Schedules, triggers and what the schedules that go have waiting: all that is not wanted now is taken away. One run
    of it at a time: the next waits. Runs whose process was killed are marked as crashed by an automation.

    Raises:
        DeploymentError: The server does not answer, or refuses it; another recipe is deployed under the name.
        UsageError: The schedule is none.
    """
    schedules, triggers = _schedules(wanted), _triggers(wanted)
    with _client(wanted.name) as client:
        _ensure_pool(client, wanted.pool)
        ensure_automation()
        deployment = _deployment(wanted, schedules, triggers)
        before = replacing.present(client, wanted.name)
        change = _change(wanted, before, deployment)
        why = "its schedule was replaced by `burnish deploy`"
        cancelled = (
            waiting_runs.cancel(client, change.late(client), why) if change else 0
        )  # the server deletes them otherwise
        made = cast(UUID, deployment.apply(work_pool_name=wanted.pool))
        removed = _remove_unwanted(client, wanted, change) if change else ()
    return Deployed(
        id=str(made),
        name=wanted.name,
        pool=wanted.pool,
        starts=starts(wanted, change.before.paused if change else ()),
        removed=removed,
        cancelled=cancelled,
    )


def exists(wanted: Wanted) -> bool:
    """Whether exactly this recipe is deployed.

    Raises:
        DeploymentError: The server does not answer; another recipe is deployed under the name.
    """
    with _client(wanted.name) as client:
        before = replacing.present(client, wanted.name)
        if before is None:
            return False
        _refuse_another(wanted, before, before.place)  # for any folder of its runs
        return not wanted.replace


def run_now(wanted: Wanted) -> Started:
    """Request one run from the workers, in addition to those of its triggers.

    Raises:
        DeploymentError: The server does not answer, or has no such deployment.
    """
    with _client(wanted.name) as client:
        found = client.read_deployment_by_name(wanted.name)
        run = client.create_flow_run_from_deployment(found.id, parameters=_parameters(wanted, "by hand"))
    return Started(id=str(run.id), name=run.name, page=url_for(run) or "")


@contextmanager
def _client(name: str) -> Iterator[SyncPrefectClient]:
    """Yield a client; its exceptions become errors of one line."""
    try:
        with get_client(sync_client=True) as client:
            yield client
    except BurnishError:
        raise
    except Exception as error:
        fact = " ".join(str(error).split())
        raise DeploymentError(f"Prefect does not accept the deployment {name}: {fact}") from error


def _refuse_another(wanted: Wanted, before: replacing.Present, place: str) -> None:
    """Refuse to replace the deployment of another recipe with the same ``model``, unless that is requested."""
    recipe = wanted.recipe.as_posix()
    same = before.recipe in ("", recipe) and before.place in ("", place)
    if not same and not wanted.replace:
        was, now = _recipe_and_place(before.recipe, before.place), _recipe_and_place(recipe, place)
        raise DeploymentError(
            f"{wanted.name} retrains {was}; to replace it by {now}, add --replace; to have both, give each recipe "
            "its own `model`"
        )


def _change(wanted: Wanted, before: replacing.Present | None, deployment: RunnerDeployment) -> replacing.Change | None:
    """The change to an existing deployment; None if it is new. A paused schedule stays paused."""
    if before is None:
        return None
    _refuse_another(wanted, before, _place(deployment))
    for one in deployment.schedules or []:
        one.active = one.slug not in before.paused
    slugs = {str(one.slug): replacing.words_for(one.schedule) for one in deployment.schedules or []}
    same = before.recipe in ("", wanted.recipe.as_posix()) and before.place in ("", _place(deployment))
    return replacing.Change(
        before=before, slugs=slugs, another="" if same else _recipe_and_place(before.recipe, before.place)
    )


def _remove_unwanted(client: SyncPrefectClient, wanted: Wanted, change: replacing.Change) -> tuple[str, ...]:
    """Remove schedules and triggers that are no longer wanted; returns them in words."""
    change.remove_schedules(client)
    triggers = [replacing.trigger_words(one) for one in replacing.replaced_triggers(client, change.before)]
    dropped = sorted(words for words in triggers if words not in starts(wanted))
    recipe = [f"recipe {change.another}"] if change.another else []
    return (*recipe, *sorted(change.gone().values()), *dropped)


def _recipe_and_place(recipe: str, place: str) -> str:
    return f"{recipe} in {place}" if place else recipe


def _place(deployment: RunnerDeployment) -> str:
    assert deployment.storage is not None
    step = deployment.storage.to_pull_step()
    return replacing.place(step if isinstance(step, list) else [step] if step else [])


def starts(wanted: Wanted, paused: Collection[str] = ()) -> tuple[str, ...]:
    """The triggers of a run in words; schedules whose slug is in ``paused`` are marked so."""
    schedules = _schedules(wanted)
    said = [f"{replacing.words_for(one)}{' (paused)' if one.slug in paused else ''}" for one in schedules]
    said += [f"when {wanted.data} changes"] if wanted.on_data_change else []
    said += ["on drift"] if wanted.on_drift else []
    return tuple(said) or ("manually",)


def _deployment(wanted: Wanted, schedules: list[Schedule], triggers: list[Trigger]) -> RunnerDeployment:
    made = retrain.to_deployment(
        name=wanted.model,
        description=f"Retrains {wanted.model} by {wanted.recipe.as_posix()}",
        parameters=_parameters(wanted, "schedule or hand"),
        schedules=schedules,
        triggers=triggers,
        paused=wanted.paused,
        concurrency_limit=ConcurrencyLimitConfig(limit=1, collision_strategy=ConcurrencyLimitStrategy.ENQUEUE),
        entrypoint_type=EntrypointType.MODULE_PATH,
        tags=["burnish", wanted.model],
    )
    assert isinstance(made, RunnerDeployment)  # it would be a coroutine inside an event loop
    made.storage = (  # without storage, Prefect copies the worker's whole folder before each run
        GitRepository(wanted.repository, branch=wanted.branch or None)
        if wanted.repository
        else LocalStorage(str(wanted.project))
    )
    return made


def _schedules(wanted: Wanted) -> list[Schedule]:
    """The schedules, each with a slug, by which a later deployment finds the paused ones."""
    try:
        found = [Cron(wanted.cron, timezone=wanted.timezone, slug="cron")] if wanted.cron else []
        return [*found, Interval(wanted.interval, slug="interval")] if wanted.interval else found
    except ValueError as error:
        raise UsageError(f"--cron {wanted.cron!r}: {' '.join(str(error).split())}") from error


def _triggers(wanted: Wanted) -> list[Trigger]:
    found: list[Trigger] = []
    if wanted.on_data_change:
        found.append(_trigger(wanted, events.DATA_CHANGED, events.dataset(wanted.data), "data changed"))
    if wanted.on_drift:
        found.append(_trigger(wanted, events.DRIFT, events.resource(wanted.model), "drift"))
    return found


def _trigger(wanted: Wanted, event: str, about: str, cause: str) -> DeploymentEventTrigger:
    return DeploymentEventTrigger(
        name=f"{wanted.model}: {cause}",
        expect={event},
        match={"prefect.resource.id": about},
        parameters=_parameters(wanted, cause),
    )


def _parameters(wanted: Wanted, cause: str) -> dict[str, str | bool]:
    return {"recipe": wanted.recipe.as_posix(), "quiet": True, "cause": cause}


def _ensure_pool(client: SyncPrefectClient, name: str) -> None:
    try:
        client.read_work_pool(name)
    except ObjectNotFound:
        client.create_work_pool(WorkPoolCreate(name=name, type="process"))
