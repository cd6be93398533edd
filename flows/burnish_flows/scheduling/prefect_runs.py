"""Prefect's deployments and runs, from its server, or from the store if no server uses it."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    from prefect.client.schemas.objects import FlowRun as ServerRun

RUNS = 10
"""Number of newest runs in the answer."""


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
class Prefect:
    """The deployments and runs of burnish."""

    deployments: tuple[Deployment, ...] = ()
    runs: tuple[FlowRun, ...] = ()
    """The waiting runs, then the newest ones."""
    note: str = ""
    """The reason why this may be incomplete; empty if it is complete."""


def asked() -> Prefect:
    """Query the server in ``PREFECT_API_URL``."""
    with warnings.catch_warnings():  # Prefect warns that it cannot create its folder without a .burnish
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
        waiting = [run for run in scheduled if _is_waiting(run)][:RUNS]
        flows = {run.flow_id: client.read_flow(run.flow_id).name for run in [*newest, *waiting]}
    first: dict[UUID | None, str] = {}
    for run in scheduled:
        if run.expected_start_time is not None:
            first.setdefault(run.deployment_id, moment(run.expected_start_time))
    told = tuple(
        Deployment(
            name=f"retrain/{one.name}",
            schedules=tuple(in_words(entry.schedule) for entry in one.schedules if entry.active),
            due=first.get(one.id, ""),
            paused=bool(one.paused),
        )
        for one in sorted(deployments, key=lambda deployment: deployment.name)
    )
    return Prefect(deployments=told, runs=tuple(_run(run, flows[run.flow_id]) for run in [*waiting, *newest]))


def _is_waiting(run: ServerRun) -> bool:
    """Whether a run waits for a worker or for another run: it is due, or a person or an event requested it."""
    due = run.expected_start_time
    return not run.auto_scheduled or (due is not None and due <= datetime.now(UTC))


def in_words(schedule: object) -> str:
    """``cron 0 3 * * *``, ``every 6:00:00``."""
    cron, interval = getattr(schedule, "cron", ""), getattr(schedule, "interval", None)
    return f"cron {cron}" if cron else f"every {interval}" if interval else "rrule"


def _run(run: ServerRun, flow: str) -> FlowRun:
    return FlowRun(
        name=run.name,
        flow=flow,
        state=run.state_name or "",
        began=moment(run.start_time or run.expected_start_time or datetime.now(UTC)),
        seconds=round(run.total_run_time.total_seconds(), 1),
        message=" ".join((run.state.message or "").split()) if run.state else "",
    )


def moment(time: datetime) -> str:
    """ISO 8601, UTC, to the second."""
    return time.astimezone(UTC).isoformat(timespec="seconds")
