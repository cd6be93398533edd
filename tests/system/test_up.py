"""A team's machine: servers and a worker that stay up, recipes that are retrained on their own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import mischief
import postgres
import pytest
from burnish_flows.services.service import healthy
from PIL import Image
from workshop import Project, end, free_ports, until

pytestmark = [pytest.mark.slow, pytest.mark.system]

POINTS = int(os.environ.get("BURNISH_POINTS", "0"))
LONG = pytest.mark.skipif(not POINTS, reason="takes minutes; run with BURNISH_POINTS=1 or more")
DELAYS = [0.1 * point for point in range(POINTS or 1)]


@contextmanager
def up(project: Project, *words: str, **settings: str) -> Iterator[subprocess.Popen[str]]:
    """``burnish up``, until all are well."""
    prefect, mlflow = free_ports(2)
    ports = ("--prefect-port", str(prefect), "--mlflow-port", str(mlflow))
    running = project.start("up", *ports, "--every", "1", *words, **settings)

    def ready() -> bool:
        assert running.poll() is None, running.communicate()
        return (project.root / ".burnish" / "up.json").is_file()

    try:
        until(ready)
        yield running
    finally:
        end(running)


def _status(project: Project) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(project.burnish("status", "--json"))
    return found


def _told(project: Project) -> dict[str, Any]:
    """What `burnish up` tells the other commands."""
    found: dict[str, Any] = json.loads((project.root / ".burnish" / "up.json").read_text())
    return found


def _runs(project: Project) -> dict[str, list[str]]:
    """Kind of state (COMPLETED, …) → the runs in it; asked directly, which costs less than a command."""
    body = json.dumps({"limit": 200}).encode()
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(f"{_told(project)['prefect']}/flow_runs/filter", body, headers)
    found: dict[str, list[str]] = {}
    with urllib.request.urlopen(request, timeout=30) as answer:
        for run in json.loads(answer.read()):
            message = (run["state"] or {}).get("message") or ""
            found.setdefault(run["state_type"], []).append(f"{run['name']}: {message}")
    return found


def _completed(project: Project, count: int) -> None:
    """Wait until so many runs have ended, all of them well."""
    until(lambda: len(_runs(project).get("COMPLETED", [])) >= count, 180)
    found = _runs(project)
    assert not {kind: found[kind] for kind in ("FAILED", "CRASHED", "CANCELLED") if kind in found}


def _all_well(project: Project) -> bool:
    return all(healthy(service["health"]) for service in _told(project)["services"].values())


def _add_picture(project: Project) -> None:
    """One more to train on."""
    train = project.root / "pictures" / "train"
    given = Image.open(sorted(train.rglob("*.png"))[0])
    given.transpose(Image.Transpose.ROTATE_90).save(train / "turned.png")
    assert "pictures" in project.burnish("data", "add", "pictures")


@pytest.mark.parametrize("database", ["SQLite", pytest.param("PostgreSQL", marks=LONG)])
def test_a_schedule_retrains_once_finds_nothing_changed_and_retrains_on_new_data(
    project: Project, database: str
) -> None:
    with ExitStack() as stack:
        words, settings = [], {}
        if database == "PostgreSQL":
            runs, models = stack.enter_context(postgres.databases("prefect", "mlflow"))
            settings["PREFECT_API_DATABASE_CONNECTION_URL"] = f"postgresql+asyncpg://{runs}"
            words = ["--store", f"postgresql://{models}"]
        running = stack.enter_context(up(project, *words, **settings))
        project.burnish("deploy", project.recipe("r.yaml", 30), "--interval", "12s")
        _completed(project, 2)
        (model,) = _status(project)["models"]
        assert (model["name"], model["champion"]) == ("tiny", "1")
        assert [decision["version"] for decision in project.history()] == ["1"], "the second found nothing changed"
        project.burnish("deploy", "r.yaml", "--on-data-change")
        until(lambda: not {"PENDING", "RUNNING", "SCHEDULED"} & set(_runs(project)))
        before = len(_runs(project)["COMPLETED"])
        _add_picture(project)
        _completed(project, before + 1)
        assert [decision["version"] for decision in project.history()] == ["1", "2"], "the new data were trained on"
        running.send_signal(signal.SIGTERM)
        assert running.wait(60) == 0
    if database == "SQLite":
        assert len(project.history()) == 2, "without the servers the same store is read directly"


def test_killed_services_are_started_again_and_a_killed_supervisor_leaves_none(project: Project) -> None:
    with up(project) as running:
        for name in ("worker", "mlflow", "prefect"):
            pid = _pid(project, name)
            os.kill(pid, signal.SIGKILL)
            until(lambda name=name, pid=pid: _pid(project, name) != pid)
            until(lambda: _all_well(project))
        pids = [_pid(project, name) for name in ("worker", "mlflow", "prefect")]
        running.kill()
        running.wait()
        until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in pids), 60)
    assert not _status(project)["services"][0]["log"], "nothing is told of what runs no more"


@LONG
@pytest.mark.parametrize("delay", DELAYS)
@pytest.mark.parametrize("name", ["mlflow", "prefect"])
def test_a_server_killed_while_a_version_is_registered_loses_nothing(
    project: Project, tmp_path: Path, name: str, delay: float
) -> None:
    gate = tmp_path / "gate"
    with up(project, "--no-worker"):
        words = ("retrain", project.recipe("r.yaml", 30), "--json")
        running = project.start(*words, **mischief.settings(tmp_path, f"stop before register {gate}"))
        try:
            until(gate.exists)
            gate.unlink()
            time.sleep(delay)
            os.kill(_pid(project, name), signal.SIGKILL)
            running.communicate(timeout=180)
        finally:
            end(running)
        until(lambda: _all_well(project))
        assert project.retrain("r.yaml")["champion"] == "1"
        assert [(decision["kind"], decision["version"]) for decision in project.history()] == [("promotion", "1")]


@LONG
@pytest.mark.parametrize("delay", DELAYS)
def test_a_worker_killed_in_training_is_started_again_and_the_next_run_ends_what_it_had_begun(
    project: Project, tmp_path: Path, delay: float
) -> None:
    gate = tmp_path / "gate"
    with up(project, **mischief.settings(tmp_path, f"stop before train {gate}")):
        project.burnish("deploy", project.recipe("r.yaml", 30), "--interval", "20s")
        until(gate.exists)
        gate.unlink()
        time.sleep(delay)
        os.kill(_pid(project, "worker"), signal.SIGKILL)
        until(lambda: len(_runs(project).get("COMPLETED", [])) > 0, 180)
        assert [(decision["kind"], decision["version"]) for decision in project.history()] == [("promotion", "1")]


def test_wrong_wishes_are_refused_with_their_mend(project: Project) -> None:
    recipe = project.recipe("r.yaml", 30)
    assert "run `burnish up`" in project.burnish("deploy", recipe, "--cron", "0 3 * * *", status=1)
    with up(project, "--no-worker") as running:
        assert f"runs already as process {running.pid}" in project.burnish("up", status=1)
        assert "--cron" in project.burnish("deploy", recipe, "--cron", "at night", status=2)
        assert "as 6h" in project.burnish("deploy", recipe, "--interval", "often", status=2)
        project.burnish("deploy", recipe, "--cron", "0 3 * * *")
        (deployment,) = _status(project)["deployments"]
        assert deployment["schedules"] == ["cron 0 3 * * *"]
        until(lambda: _status(project)["deployments"][0]["due"].endswith("T03:00:00+00:00"), 30)
        project.burnish("deploy", recipe)
        assert _status(project)["deployments"][0]["schedules"] == [], "what is asked for now replaces what was"


def _pid(project: Project, name: str) -> int:
    """Of the service's present process."""
    told = _told(project)["services"][name]
    assert int(told["pid"]) > 1
    return int(told["pid"])
