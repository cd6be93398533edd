"""A team's machine: servers and a worker that stay up, recipes that are retrained on their own."""

from __future__ import annotations

import json
import os
import signal
import time
import urllib.request
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urljoin

import mischief
import postgres
import pytest
from burnish_flows.services.service import healthy
from PIL import Image
from team import completed, pid, runs, status, told, up
from workshop import PATIENCE, Project, end, until

pytestmark = [pytest.mark.slow, pytest.mark.system]

DELAYS = [0.1 * point for point in range(int(os.environ.get("BURNISH_POINTS", "1")))]


@pytest.fixture
def project(alone: Project) -> Project:
    """Its servers are those of ``burnish up``."""
    return alone


def _all_well(project: Project) -> bool:
    return all(healthy(service["health"]) for service in told(project)["services"].values())


def _add_picture(project: Project) -> None:
    """One more to train on."""
    train = project.root / "pictures" / "train"
    given = Image.open(sorted(train.rglob("*.png"))[0])
    given.transpose(Image.Transpose.ROTATE_90).save(train / "turned.png")
    assert "pictures" in project.burnish("data", "add", "pictures")


@pytest.mark.long
@pytest.mark.parametrize("database", ["SQLite", "PostgreSQL"])
def test_a_schedule_retrains_once_finds_nothing_changed_and_retrains_on_new_data(
    project: Project, database: str
) -> None:
    with ExitStack() as stack:
        words, settings = [], {}
        if database == "PostgreSQL":
            for_prefect, for_mlflow = stack.enter_context(postgres.databases("prefect", "mlflow"))
            settings["PREFECT_API_DATABASE_CONNECTION_URL"] = f"postgresql+asyncpg://{for_prefect}"
            words = ["--store", f"postgresql://{for_mlflow}"]
        began = time.monotonic()
        running = stack.enter_context(up(project, *words, **settings))
        pace = max(12, round(time.monotonic() - began))  # a schedule that a slow machine can keep, too
        project.burnish("deploy", project.recipe("r.yaml", 30), "--interval", f"{pace}s")
        completed(project, 2)
        (model,) = status(project)["models"]
        assert (model["name"], model["champion"]) == ("tiny", "1")
        assert [decision["version"] for decision in project.history()] == ["1"], "the second found nothing changed"
        project.burnish("deploy", "r.yaml", "--on-data-change")
        until(lambda: not {"PENDING", "RUNNING", "SCHEDULED"} & set(runs(project)), alive=project.started)
        before = len(runs(project)["COMPLETED"])
        _add_picture(project)
        completed(project, before + 1)
        assert [decision["version"] for decision in project.history()] == ["1", "2"], "the new data were trained on"
        running.send_signal(signal.SIGTERM)
        assert running.wait(1800) == 0
    if database == "SQLite":
        assert len(project.history()) == 2, "without the servers the same store is read directly"


def test_killed_services_are_started_again_and_a_killed_supervisor_leaves_none(project: Project) -> None:
    with up(project) as running:
        for name in ("worker", "mlflow", "prefect"):
            was = pid(project, name)
            os.kill(was, signal.SIGKILL)
            until(lambda name=name, was=was: pid(project, name) != was)
            until(lambda: _all_well(project))
        pids = [pid(project, name) for name in ("worker", "mlflow", "prefect")]
        running.kill()
        running.wait()
        until(lambda: not any(Path(f"/proc/{number}").exists() for number in pids))
    assert not status(project)["services"][0]["log"], "nothing is told of what runs no more"


@pytest.mark.long
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
            os.kill(pid(project, name), signal.SIGKILL)
            running.communicate(timeout=1800)
        finally:
            end(running)
        until(lambda: _all_well(project))
        assert project.retrain("r.yaml")["champion"] == "1"
        assert [(decision["kind"], decision["version"]) for decision in project.history()] == [("promotion", "1")]


@pytest.mark.long
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
        os.kill(pid(project, "worker"), signal.SIGKILL)
        until(lambda: len(runs(project).get("COMPLETED", [])) > 0)
        assert [(decision["kind"], decision["version"]) for decision in project.history()] == [("promotion", "1")]


def test_wrong_wishes_are_refused_with_their_mend_and_the_page_of_prefect_asks_its_own_server(project: Project) -> None:
    recipe = project.recipe("r.yaml", 30)
    assert "run `burnish up`" in project.burnish("deploy", recipe, "--cron", "0 3 * * *", status=1)
    with up(project, "--no-worker") as running:
        _page_asks_its_own_server(project)
        assert f"runs already as process {running.pid}" in project.burnish("up", status=1)
        assert "--cron" in project.burnish("deploy", recipe, "--cron", "at night", status=2)
        assert "30m, 6h" in project.burnish("deploy", recipe, "--interval", "often", status=2)
        project.burnish("deploy", recipe, "--cron", "0 3 * * *")
        (deployment,) = status(project)["deployments"]
        assert deployment["schedules"] == ["cron 0 3 * * *"]
        until(lambda: status(project)["deployments"][0]["due"].endswith("T03:00:00+00:00"))
        project.burnish("deploy", recipe)
        assert status(project)["deployments"][0]["schedules"] == [], "what is asked for now replaces what was"


def _page_asks_its_own_server(project: Project) -> None:
    """Whatever its port."""
    page = f"{told(project)['services']['prefect']['address']}/"
    with urllib.request.urlopen(f"{page}ui-settings", timeout=PATIENCE) as answer:
        asked = urljoin(page, json.load(answer)["api_url"])
    assert asked == told(project)["prefect"]
    assert healthy(f"{asked}/health", patience=PATIENCE)
