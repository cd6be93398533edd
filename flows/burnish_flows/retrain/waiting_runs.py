"""Scheduled runs of a deployment that have not begun, and which of them a starting run replaces.

A retraining takes the data as they are when it begins: it does the work of all scheduled runs that are due then. Where
a schedule is shorter than its runs, or a worker was away, runs pile up. Each of them would find nothing changed, and
until then a worker would try again and again to start every one.
"""
# ruff: noqa: TID253  (imported by the flow and by the command that deploys)

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from uuid import UUID

from httpx import HTTPError
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import (
    DeploymentFilter,
    DeploymentFilterId,
    FlowRunFilter,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.client.schemas.sorting import FlowRunSort
from prefect.exceptions import ObjectNotFound, PrefectException
from prefect.states import Cancelled

PAGE = 200
"""Runs per request."""

_log = logging.getLogger(__name__)


def supersede(mine: FlowRun) -> int:
    """Cancel the other due runs that schedules made for this deployment with the same parameters; returns their number.

    Runs that a person or a change of data has started stay. A server that does not answer ends no retraining.

    Args:
        mine: The run that begins.
    """
    if mine.deployment_id is None:
        return 0
    try:
        with get_client(sync_client=True) as client:
            due = [
                one for one in waiting(client, mine.deployment_id) if is_due(one) and one.parameters == mine.parameters
            ]
            return cancel(client, due, f"superseded by {mine.name} ({mine.id}), which began after it was due")
    except (HTTPError, PrefectException) as error:
        _log.warning("scheduled runs that are due were not cancelled: %s", error)
        return 0


def waiting(client: SyncPrefectClient, deployment: UUID) -> list[FlowRun]:
    """The runs made by the deployment's schedules that have not begun."""
    scheduled = FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.SCHEDULED]))
    found: list[FlowRun] = []
    while page := client.read_flow_runs(
        flow_run_filter=FlowRunFilter(state=scheduled),
        deployment_filter=DeploymentFilter(id=DeploymentFilterId(any_=[deployment])),
        sort=FlowRunSort.EXPECTED_START_TIME_ASC,
        limit=PAGE,
        offset=len(found),
    ):
        found += page
    return [run for run in found if run.auto_scheduled and run.run_count == 0]


def cancel(client: SyncPrefectClient, runs: Sequence[FlowRun], why: str) -> int:
    """Cancel the runs that are still waiting; returns their number."""
    count = 0
    for run in runs:
        with suppress(ObjectNotFound):
            now = client.read_flow_run(run.id)
            if now.state is not None and now.state.is_scheduled():
                client.set_flow_run_state(run.id, Cancelled(message=why))
                count += 1
    return count


def is_due(run: FlowRun) -> bool:
    """Whether its start time has come, so that it waits for a worker or for another run."""
    return run.expected_start_time is not None and run.expected_start_time <= datetime.now(UTC)


def made_by(run: FlowRun) -> UUID | None:
    """The schedule that made the run."""
    return run.created_by.id if run.created_by is not None else None
