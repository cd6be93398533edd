"""A small project for each test."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from workshop import Project, free_ports, server, small_project


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test finds or leaves anything in the cache of the user who runs it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(autouse=True)
def _own_environment() -> Iterator[None]:
    """What a test sets in this process by `environment.prepare` is not there for the next one."""
    before = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture(scope="session")
def prefect_api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Prefect server for all tests that are not about the embedded one: that takes four seconds of each command."""
    (port,) = free_ports(1)
    home = small_project(tmp_path_factory.mktemp("prefect") / "project").root / ".burnish" / "prefect"
    settings = {"PREFECT_HOME": str(home), "PREFECT_SERVER_ANALYTICS_ENABLED": "false"}
    api = f"http://127.0.0.1:{port}/api"
    with server(["prefect", "server", "start", "--port", str(port)], settings, f"{api}/health"):
        yield api


@pytest.fixture
def project(tmp_path: Path, prefect_api: str) -> Project:
    """A git repository with eight small photographs, versioned by ``burnish data add``."""
    made = small_project(tmp_path / "project")
    made.settings["PREFECT_API_URL"] = prefect_api
    return made


@pytest.fixture
def alone(tmp_path: Path) -> Project:
    """The same, without any server."""
    return small_project(tmp_path / "project")
