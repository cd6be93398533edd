"""The stores and servers that flows would use here, for ``burnish doctor``; nothing is written or started."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from configparser import ConfigParser
from configparser import Error as ConfigSyntaxError
from pathlib import Path

from burnish.console.redaction import without_userinfo
from burnish.installation.finding import Finding

from burnish_flows import up_state
from burnish_flows.environment import Project, find_project
from burnish_flows.services.service import healthy

DVC = Path(".dvc")
PATIENCE = 10.0
"""Seconds that a server has to answer."""


def examine() -> Iterator[Finding]:
    """The store of models, the server of flows, and the remote of data, of the project around the current folder."""
    project = find_project(Path.cwd())
    running = up_state.read(project.home)
    store = os.environ.get("MLFLOW_TRACKING_URI") or (running.mlflow if running else project.store)
    yield _server("MLflow", "MLFLOW_TRACKING_URI", store) if store.startswith("http") else _file(store)
    if api := os.environ.get("PREFECT_API_URL") or (running.prefect if running else ""):
        yield _server("Prefect", "PREFECT_API_URL", api)
    else:
        yield Finding(name="Prefect", good=True, fact="no server is set: each run has one of its own")
    if (project.root / DVC).is_dir():
        yield _remote(project)


def _server(name: str, variable: str, address: str) -> Finding:
    """Whether it answers; passwords are not shown."""
    good = healthy(f"{address.rstrip('/')}/health", patience=PATIENCE)
    fact = f"{without_userinfo(address)} " + ("answers" if good else "does not answer as a server that is well")
    return Finding(name=name, good=good, fact=fact, mend=f"start it (`burnish up`), or set or unset {variable}")


def _file(store: str) -> Finding:
    """The embedded store, or another one without a server."""
    path = Path(store.removeprefix("sqlite:///"))
    if not store.startswith("sqlite:///"):
        return Finding(name="MLflow", good=True, fact=f"{without_userinfo(store)}, not looked into")
    if not path.is_file():
        return Finding(name="MLflow", good=True, fact=f"{path}, which the first run makes")
    try:
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=PATIENCE) as opened:
            (told,) = opened.execute("pragma quick_check(1)").fetchone()
    except sqlite3.Error as error:
        told = str(error)
    good = told == "ok"
    fact = f"{path} " + ("is whole" if good else f"is damaged ({told})")
    mend = "stop what writes to it, then take it from a backup (docs/operations.md)"
    return Finding(name="MLflow", good=good, fact=fact, mend=mend)


def _remote(project: Project) -> Finding:
    """Where versions of data are kept."""
    settings = ConfigParser(interpolation=None)
    try:
        settings.read([project.root / DVC / "config", project.root / DVC / "config.local"], encoding="utf-8")
    except (ConfigSyntaxError, UnicodeDecodeError) as error:
        fact = f"{project.root / DVC / 'config'} cannot be read ({' '.join(str(error).split())})"
        return Finding(name="DVC", good=False, fact=fact, mend="restore it: git checkout .dvc/config")
    name = settings.get("core", "remote", fallback="")
    if not name:
        fact, mend = "versions of data are on this machine alone", "burnish data remote s3://bucket/path"
        return Finding(name="DVC", good=False, fact=fact, mend=mend, note=True)
    url = settings.get(f"'remote \"{name}\"'", "url", fallback="")
    if "://" in url:
        return Finding(name="DVC", good=True, fact=f"remote {without_userinfo(url)}, not looked into")
    place = (project.root / DVC / url).resolve()
    fact = f"remote {place}" + ("" if place.is_dir() else ", which is not there")
    mend = "mount it, or choose another: burnish data remote PATH"
    return Finding(name="DVC", good=bool(url) and place.is_dir(), fact=fact, mend=mend, note=not place.exists())
