"""``burnish up`` for a test, and what its servers tell."""

from __future__ import annotations

import json
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any

from workshop import Project, end, free_ports, until


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


def status(project: Project) -> dict[str, Any]:
    """What ``burnish status`` tells."""
    found: dict[str, Any] = json.loads(project.burnish("status", "--json"))
    return found


def told(project: Project) -> dict[str, Any]:
    """What `burnish up` tells the other commands."""
    found: dict[str, Any] = json.loads((project.root / ".burnish" / "up.json").read_text())
    return found


def flow_runs(project: Project) -> list[dict[str, Any]]:
    """What the server has, by a direct request, cheaper than a command; repeated where its database is busy."""
    body = json.dumps({"limit": 200}).encode()
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(f"{told(project)['prefect']}/flow_runs/filter", body, headers)
    found: list[dict[str, Any]] = []

    def answered() -> bool:
        try:
            with urllib.request.urlopen(request, timeout=1800) as answer:
                found.extend(json.loads(answer.read()))
        except urllib.error.HTTPError as error:
            if error.code != HTTPStatus.INTERNAL_SERVER_ERROR:
                raise
            return False
        return True

    until(answered)
    return found


def runs(project: Project) -> dict[str, list[str]]:
    """Kind of state (COMPLETED, …) → the runs in it."""
    found: dict[str, list[str]] = {}
    for run in flow_runs(project):
        message = (run["state"] or {}).get("message") or ""
        found.setdefault(run["state_type"], []).append(f"{run['name']}: {message}")
    return found


def completed(project: Project, count: int) -> None:
    """Wait until so many runs have ended, all of them well; one that did not ends the wait."""

    def enough() -> bool:
        found = runs(project)
        assert not {kind: found[kind] for kind in ("FAILED", "CRASHED") if kind in found}
        return len(found.get("COMPLETED", [])) >= count

    until(enough, alive=project.started)


def pid(project: Project, name: str) -> int:
    """Of the service's present process."""
    number = int(told(project)["services"][name]["pid"])
    assert number > 1
    return number
