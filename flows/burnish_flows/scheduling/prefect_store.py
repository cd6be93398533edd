"""The embedded Prefect store, read without a server: no process is started, no file created or changed."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import quote

from burnish_flows.scheduling.prefect_runs import RUNS, Deployment, FlowRun, Prefect, in_words, moment
from burnish_flows.services import embedded_server

SCHEME = "sqlite+aiosqlite:///"
DATABASE = ("PREFECT_SERVER_DATABASE_CONNECTION_URL", "PREFECT_API_DATABASE_CONNECTION_URL")
"""Environment variables for a database other than the file below ``PREFECT_HOME``."""

DEPLOYMENTS = """
    select deployment.id as id, flow.name as flow, deployment.name as name, deployment.paused as paused
    from deployment join flow on flow.id = deployment.flow_id
    where exists (select 1 from json_each(deployment.tags) where value = 'burnish')
    order by deployment.name
"""
SCHEDULES = "select schedule from deployment_schedule where deployment_id = ? and active order by slug"
NEWEST = """
    select run.name as name, flow.name as flow, run.state_type as type, run.state_name as state,
        coalesce(run.start_time, run.expected_start_time, run.created) as began,
        run.end_time as ended, run.state_timestamp as changed, state.message as message
    from flow_run as run join flow on flow.id = run.flow_id left join flow_run_state as state on state.id = run.state_id
    where run.state_type is not null and (run.state_type != 'SCHEDULED' or not run.auto_scheduled)
    order by began desc limit ?
"""


def read(home: Path) -> Prefect:
    """The store below this ``.burnish``: deployments, and the newest runs with their state.

    A run that was active when its process died is reported as crashed, since no server is left to record it.
    """
    path = _database(home)
    if path is None:
        return Prefect(note="PREFECT_API_DATABASE_CONNECTION_URL names another database; run `burnish up` to read it")
    if not path.is_file():
        return Prefect()
    alive = embedded_server.lives(home)
    try:
        with _opened(path) as store:
            runs = tuple(_run(row, alive) for row in store.execute(NEWEST, (RUNS,)))
            deployments = tuple(_deployment(store, row) for row in store.execute(DEPLOYMENTS).fetchall())
    except (sqlite3.Error, ValueError) as error:
        return Prefect(note=f"{path}: cannot be read ({error}); run `burnish up` to update it")
    return Prefect(deployments=deployments, runs=runs)


def _database(home: Path) -> Path | None:
    """The database file; None if the database is not a file."""
    named = next((os.environ[name] for name in DATABASE if os.environ.get(name)), "")
    if not named:
        return Path(os.environ.get("PREFECT_HOME") or home / "prefect") / "prefect.db"
    return Path(named.removeprefix(SCHEME).partition("?")[0]) if named.startswith(SCHEME) else None


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    """The database, read only. Without a journal file nobody writes, and SQLite is told to create none."""
    journal = path.with_name(f"{path.name}-wal")
    how = "mode=ro" if journal.exists() else "mode=ro&immutable=1"
    with closing(sqlite3.connect(f"file:{quote(str(path))}?{how}", uri=True, timeout=30)) as store:
        store.row_factory = sqlite3.Row
        yield store


def _deployment(store: sqlite3.Connection, row: sqlite3.Row) -> Deployment:
    schedules = [json.loads(text) for (text,) in store.execute(SCHEDULES, (row["id"],))]
    return Deployment(
        name=f"{row['flow']}/{row['name']}",
        schedules=tuple(in_words(_schedule(schedule)) for schedule in schedules),
        due="",
        paused=bool(row["paused"]),
    )


def _schedule(stored: Mapping[str, str | float | None]) -> SimpleNamespace:
    seconds = stored.get("interval")
    interval = timedelta(seconds=float(seconds)) if seconds is not None else None
    return SimpleNamespace(cron=stored.get("cron", ""), interval=interval)


def _run(row: sqlite3.Row, alive: bool) -> FlowRun:
    state, message = row["state"] or "", " ".join((row["message"] or "").split())
    if row["type"] in ("RUNNING", "PENDING", "CANCELLING") and not alive:
        state, message = "Crashed", "its process is gone"
    began = _time(row["began"])
    ended = _time(row["ended"] or row["changed"] or row["began"])
    return FlowRun(
        name=row["name"],
        flow=row["flow"],
        state=state,
        began=moment(began),
        seconds=round(max(0.0, (ended - began).total_seconds()), 1),
        message=message,
    )


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
