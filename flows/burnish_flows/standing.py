"""How things stand: what runs, what is due, what failed, who is champion since when and why."""

from __future__ import annotations

import os
import textwrap
import warnings
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from burnish_flows import embedded_store, environment, running
from burnish_flows.decision import Decision
from burnish_flows.environment import Project
from burnish_flows.registry import Registry
from burnish_flows.services.service import healthy

RUNS = 10
"""The newest runs that are told of."""


@dataclass(frozen=True, kw_only=True)
class Service:
    """A server or worker."""

    name: str
    address: str
    well: bool
    log: str = ""
    pid: int = 0
    """0: not started by ``burnish up``."""


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """A recipe on the Prefect server."""

    name: str
    schedules: tuple[str, ...]
    due: str
    """When it runs next, ISO 8601; empty: nothing is scheduled."""
    paused: bool


@dataclass(frozen=True, kw_only=True)
class FlowRun:
    """One run of a flow."""

    name: str
    flow: str
    state: str
    """Prefect's word: Running, Completed, Failed, Crashed, …"""
    began: str
    seconds: float
    message: str = ""


@dataclass(frozen=True, kw_only=True)
class Model:
    """A registered model."""

    name: str
    champion: str
    """Its version; empty: none."""
    since: str = ""
    why: str = ""
    who: str = ""
    frozen: str = ""
    """Why promotions are frozen; empty: they are not."""
    open: tuple[str, ...] = ()
    """What awaits somebody: ``v3 awaiting``."""


@dataclass(frozen=True, kw_only=True)
class Standing:
    """All of it."""

    services: tuple[Service, ...]
    deployments: tuple[Deployment, ...]
    runs: tuple[FlowRun, ...]
    models: tuple[Model, ...]

    def as_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        return asdict(self)


def take(project: Project) -> Standing:
    """Ask everybody; a Prefect server that does not answer has no deployments and no runs to tell of.

    Raises:
        RegistryError: The MLflow store does not answer.
    """
    services = _services(project)
    deployments, runs = _prefect() if any(s.name == "prefect" and s.well for s in services) else ((), ())
    models = _models(environment.tracking_uri())
    return Standing(services=services, deployments=deployments, runs=runs, models=models)


def _models(uri: str) -> tuple[Model, ...]:
    if embedded_store.absent(uri):
        return ()
    registry = Registry.existing(uri)
    return tuple(_model(registry, name) for name in registry.models())


def _services(project: Project) -> tuple[Service, ...]:
    found = running.read(project.home)
    if found is not None and found.services:
        return tuple(
            Service(
                name=name,
                address=told["address"],
                well=healthy(told["health"]),
                log=told["log"],
                pid=int(told["pid"]),
            )
            for name, told in found.services.items()
        )
    named: list[Service] = []
    if api := os.environ.get("PREFECT_API_URL", ""):
        named.append(Service(name="prefect", address=api, well=healthy(f"{api.rstrip('/')}/health")))
    store = environment.tracking_uri()
    well = healthy(f"{store.rstrip('/')}/health") if store.startswith("http") else True
    store = f"none yet in {missing.parent}" if (missing := embedded_store.absent(store)) else store
    return (*named, Service(name="mlflow", address=store, well=well))


def _prefect() -> tuple[tuple[Deployment, ...], tuple[FlowRun, ...]]:
    with warnings.catch_warnings():  # Prefect regrets that it cannot make its folder where there is no .burnish
        warnings.simplefilter("ignore")
        from prefect.client.orchestration import get_client
    from prefect.client.schemas.filters import (
        DeploymentFilter,
        DeploymentFilterTags,
        FlowRunFilter,
        FlowRunFilterState,
        FlowRunFilterStateType,
    )
    from prefect.client.schemas.objects import StateType
    from prefect.client.schemas.sorting import FlowRunSort

    ours = DeploymentFilter(tags=DeploymentFilterTags(all_=["burnish"]))
    due = FlowRunFilter(state=FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.SCHEDULED])))
    others = FlowRunFilter(state=FlowRunFilterState(type=FlowRunFilterStateType(not_any_=[StateType.SCHEDULED])))
    with get_client(sync_client=True) as client:
        scheduled = client.read_flow_runs(
            flow_run_filter=due, sort=FlowRunSort.EXPECTED_START_TIME_ASC, limit=200, deployment_filter=ours
        )
        newest = client.read_flow_runs(flow_run_filter=others, sort=FlowRunSort.START_TIME_DESC, limit=RUNS)
        deployments = client.read_deployments(deployment_filter=ours)
        waiting = [run for run in scheduled if _waits(run)][:RUNS]
        flows = {run.flow_id: client.read_flow(run.flow_id).name for run in [*newest, *waiting]}
    first: dict[Any, str] = {}
    for run in scheduled:
        if run.expected_start_time is not None:
            first.setdefault(run.deployment_id, _time(run.expected_start_time))
    told = tuple(
        Deployment(
            name=f"retrain/{one.name}",
            schedules=tuple(_schedule(entry) for entry in one.schedules if entry.active),
            due=first.get(one.id, ""),
            paused=bool(one.paused),
        )
        for one in sorted(deployments, key=lambda deployment: deployment.name)
    )
    return told, tuple(_run(run, flows[run.flow_id]) for run in [*waiting, *newest])


def _waits(run: Any) -> bool:
    """Asked for by a person or an event, or due: it waits for a worker, or for the run before it to end."""
    due = run.expected_start_time
    return not run.auto_scheduled or (due is not None and due <= datetime.now(UTC))


def _schedule(entry: Any) -> str:
    cron, interval = getattr(entry.schedule, "cron", ""), getattr(entry.schedule, "interval", None)
    return f"cron {cron}" if cron else f"every {interval}" if interval else "rrule"


def _run(run: Any, flow: str) -> FlowRun:
    return FlowRun(
        name=run.name,
        flow=flow,
        state=run.state_name or "",
        began=_time(run.start_time or run.expected_start_time or datetime.now(UTC)),
        seconds=round(run.total_run_time.total_seconds(), 1),
        message=" ".join((run.state.message or "").split()) if run.state else "",
    )


def _model(registry: Registry, name: str) -> Model:
    champion = registry.champion(name)
    decisions = registry.history(name)
    made = _made(decisions, champion)
    frozen = registry.frozen(name)
    awaited = {version.number: version.status for version in registry.versions(name).values()}
    return Model(
        name=name,
        champion=champion,
        since=made.when if made else "",
        why=made.reason if made else "",
        who=made.who if made else "",
        frozen=frozen.reason if frozen else "",
        open=tuple(f"v{number} {status}" for number, status in awaited.items() if status in ("awaiting", "held")),
    )


def _made(decisions: list[Decision], champion: str) -> Decision | None:
    """The decision that made the present champion."""
    for decision in reversed(decisions):
        if decision.champion_after == champion and decision.champion_before != champion:
            return decision
    return None


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds")


def lines(standing: Standing) -> list[str]:
    """For a terminal."""
    said = ["services"]
    for service in standing.services:
        log = f"  {service.log}" if service.log else ""
        said.append(f"  {service.name:<8} {'well' if service.well else 'AWAY':<5} {service.address}{log}")
    if not any(service.name == "prefect" for service in standing.services):
        said.append("  prefect  none: each `burnish retrain` starts its own; `burnish up` starts one that stays")
    said.append("deployments" if standing.deployments else "deployments: none; see `burnish deploy --help`")
    for deployment in standing.deployments:
        when = "paused" if deployment.paused else f"due {_short(deployment.due)}" if deployment.due else "not due"
        said.append(f"  {deployment.name:<24} {when:<20} {', '.join(deployment.schedules)}".rstrip())
    said.append("runs" if standing.runs else "runs: none")
    for run in standing.runs:
        told = f"  {run.message}" if run.state in ("Failed", "Crashed", "Cancelled") else ""
        said.append(f"  {_short(run.began):<17} {run.flow:<8} {run.state:<10} {run.seconds:8.1f} s  {run.name}{told}")
    said.append("models" if standing.models else "models: none")
    for model in standing.models:
        said += _model_lines(model)
    return said


def _model_lines(model: Model) -> list[str]:
    if not model.champion:
        said = [f"  {model.name}: no champion"]
    else:
        by = f" by {model.who}" if model.who else ""
        since = f" since {_short(model.since)}{by}" if model.since else ""
        said = [f"  {model.name}: v{model.champion}{since}"]
        said += [f"    because {textwrap.shorten(model.why, 110, placeholder=' …')}"] if model.why else []
    said += [f"    promotions are frozen: {model.frozen}"] if model.frozen else []
    return [*said, *(f"    {one}" for one in model.open)]


def _short(text: str) -> str:
    return text[:16].replace("T", " ")
