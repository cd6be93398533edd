"""The embedded Prefect store is read as it lies there: no server, no new file, nothing changed."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from burnish.io import scratch
from burnish_flows import status
from burnish_flows.environment import Project
from burnish_flows.scheduling import prefect_store
from burnish_flows.scheduling.prefect_runs import Prefect
from burnish_flows.services import embedded_server

TABLES = """
    create table flow (id text, name text);
    create table deployment (id text, name text, flow_id text, paused integer, tags text);
    create table deployment_schedule (deployment_id text, schedule text, active integer, slug text);
    create table flow_run_state (id text, message text);
    create table flow_run (name text, flow_id text, state_type text, state_name text, state_id text, created text,
        start_time text, expected_start_time text, end_time text, state_timestamp text, auto_scheduled integer);
"""
"""Of the columns of Prefect 3.8.8's tables, those that are read."""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A ``.burnish`` without servers."""
    for name in (*prefect_store.DATABASE, "PREFECT_API_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path / ".burnish" / "prefect"))
    (tmp_path / ".burnish" / "prefect").mkdir(parents=True)
    return tmp_path / ".burnish"


@contextmanager
def filled(home: Path) -> Iterator[sqlite3.Connection]:
    with sqlite3.connect(home / "prefect" / "prefect.db") as store:
        store.executescript(TABLES)
        store.execute("insert into flow values ('f', 'retrain')")
        yield store
        store.commit()
    store.close()


def run(store: sqlite3.Connection, name: str, kind: str, **more: Any) -> None:
    row = {
        "name": name, "flow_id": "f", "state_type": kind, "state_name": kind.title(), "state_id": name,
        "created": "2026-01-02 03:00:00.000000", "start_time": "2026-01-02 03:00:01.000000",
        "expected_start_time": None, "end_time": None, "state_timestamp": "2026-01-02 03:01:01.000000",
        "auto_scheduled": 0, **more,
    }  # fmt: skip
    store.execute(f"insert into flow_run values ({', '.join('?' * len(row))})", list(row.values()))
    store.execute("insert into flow_run_state values (?, ?)", (name, f"{name} said why"))


def everything(home: Path) -> dict[str, tuple[int, int]]:
    """Each file with its size and time of change."""
    return {str(path): (path.stat().st_size, path.stat().st_mtime_ns) for path in home.rglob("*")}


def test_the_last_runs_are_told_newest_first_with_their_failures_and_deployments_with_their_schedules(
    home: Path,
) -> None:
    with filled(home) as store:
        run(store, "first", "COMPLETED", end_time="2026-01-02 03:00:31.000000")
        run(store, "second", "FAILED", start_time="2026-01-03 03:00:00.000000", end_time="2026-01-03 03:00:02.500000")
        run(store, "due", "SCHEDULED", start_time=None, auto_scheduled=1)
        store.execute("insert into deployment values ('d', 'denoise', 'f', 0, ?)", (json.dumps(["burnish"]),))
        store.execute("insert into deployment values ('e', 'other', 'f', 0, ?)", (json.dumps(["theirs"]),))
        for slug, schedule in (("cron", {"cron": "0 3 * * *"}), ("interval", {"interval": 21600.0})):
            store.execute("insert into deployment_schedule values ('d', ?, 1, ?)", (json.dumps(schedule), slug))
    before = everything(home)
    found = prefect_store.read(home)
    assert [(one.name, one.state, one.seconds) for one in found.runs] == [
        ("second", "Failed", 2.5),
        ("first", "Completed", 30.0),
    ]
    assert found.runs[0].message == "second said why"
    (deployment,) = found.deployments
    assert (deployment.name, deployment.schedules) == ("retrain/denoise", ("cron 0 3 * * *", "every 6:00:00"))
    assert everything(home) == before, "looking changes nothing and makes nothing"


def test_a_run_whose_process_died_is_told_as_crashed_and_one_that_lives_as_running(home: Path) -> None:
    with filled(home) as store:
        run(store, "r", "RUNNING")
    (crashed,) = prefect_store.read(home).runs
    assert (crashed.state, crashed.message) == ("Crashed", "its process is gone")
    log = embedded_server.log_of(home)
    log.touch()
    with scratch.hold(log):
        assert prefect_store.read(home).runs[0].state == "Running"


def test_what_a_killed_process_wrote_last_is_read_from_the_journal(home: Path, tmp_path: Path) -> None:
    with filled(home) as store:
        store.commit()
        store.execute("pragma journal_mode=wal")
    code = 'import os, sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute("insert into flow_run values '
    code += "('last', 'f', 'FAILED', 'Failed', '', '2026-02-01 00:00:00', '2026-02-01 00:00:00', '', '', '', 0)\");"
    code += "c.commit(); os.kill(os.getpid(), 9)"
    subprocess.run([sys.executable, "-c", code, str(home / "prefect" / "prefect.db")], check=False)
    assert (home / "prefect" / "prefect.db-wal").stat().st_size > 0
    before = {name: size for name, (size, _) in everything(home).items()}
    assert [one.name for one in prefect_store.read(home).runs] == ["last"]
    assert {name: size for name, (size, _) in everything(home).items()} == before


def test_without_a_store_there_is_nothing_and_none_is_made(home: Path) -> None:
    assert prefect_store.read(home) == Prefect()
    shutil.rmtree(home)
    assert prefect_store.read(home) == Prefect()
    assert not home.exists()


def test_a_store_that_cannot_be_read_is_named_and_no_failure(home: Path) -> None:
    (home / "prefect" / "prefect.db").write_bytes(b"no database" * 1000)
    assert "prefect.db: cannot be read" in prefect_store.read(home).note


def test_a_database_elsewhere_is_said_to_be_elsewhere(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREFECT_API_DATABASE_CONNECTION_URL", "postgresql+asyncpg://u:secret@h/prefect")
    note = prefect_store.read(home).note
    assert "PREFECT_API_DATABASE_CONNECTION_URL" in note
    assert "secret" not in note


def test_status_tells_of_the_store_where_no_server_runs(
    home: Path, store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", store)
    with filled(home) as database:
        run(database, "r.yaml", "FAILED")
        store_row = ("d", "denoise", "f", 0, json.dumps(["burnish"]))
        database.execute("insert into deployment values (?, ?, ?, ?, ?)", store_row)
    told = status.take(Project(root=home.parent))
    assert told.offline
    text = "\n".join(status.lines(told))
    assert "deployments: nothing starts them now; run `burnish up`\n  retrain/denoise" in text
    assert "Failed" in text
    assert "r.yaml said why" in text
