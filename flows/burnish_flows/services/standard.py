"""The services of a single machine: Prefect's server, MLflow's server, a worker. All listen only on the loopback."""

from __future__ import annotations

import os
from pathlib import Path

from burnish_flows.services.service import HOST, Service

POOL = "burnish"
"""Work pool of the worker, unless ``--work-pool`` names another one."""

PREFECT_PAGE = ("PREFECT_SERVER_UI_API_URL", "PREFECT_UI_API_URL")
"""Environment variables with the API address for Prefect's page, for example behind a proxy; the user's values are
kept.
"""
PREFECT_QUIET = {"PREFECT_SERVER_LOGGING_LEVEL": "WARNING", "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "WARNING"}


def prefect_server(port: int, logs: Path) -> Service:
    """Schedules, queues and runs; the store is SQLite below ``PREFECT_HOME``."""
    address = f"http://{HOST}:{port}"
    return Service(
        name="prefect",
        command=("prefect", "server", "start", "--host", HOST, "--port", str(port), "--log-level", "WARNING"),
        settings={**_page_settings(address), **PREFECT_QUIET},
        address=address,
        health=f"{address}/api/health",
        log=logs / "prefect.log",
    )


def _page_settings(address: str) -> dict[str, str]:
    """Settings for the server's page, which would otherwise use port 4200, whatever the server's port is."""
    said = any(os.environ.get(name) for name in PREFECT_PAGE)
    return {} if said else {PREFECT_PAGE[0]: f"{address}/api"}


def mlflow_server(port: int, logs: Path, *, store: str, artifacts: Path) -> Service:
    """Models, aliases, lineage.

    One process instead of fifteen. Files are named by their place and not by this server's address, so that a run
    without the server finds them too. The store goes by the environment: an argument would show its password.
    """
    address = f"http://{HOST}:{port}"
    words = ["mlflow", "server", "--host", HOST, "--port", str(port), "--workers", "1"]
    words += ["--default-artifact-root", artifacts.as_uri(), "--no-serve-artifacts"]
    return Service(
        name="mlflow",
        command=tuple(words),
        settings={"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false", "MLFLOW_BACKEND_STORE_URI": store},
        address=address,
        health=f"{address}/health",
        log=logs / "mlflow.log",
    )


def worker(port: int, logs: Path, *, pool: str, settings: dict[str, str], limit: int = 0) -> Service:
    """A worker, which runs each due run in a process of its own."""
    words = ["prefect", "worker", "start", "--pool", pool, "--type", "process", "--name", "burnish-up"]
    words += ["--with-healthcheck", "--install-policy", "never", *(["--limit", str(limit)] if limit else [])]
    ours = {"PREFECT_WORKER_WEBSERVER_HOST": HOST, "PREFECT_WORKER_WEBSERVER_PORT": str(port)}
    talk = {"PREFECT_LOGGING_LEVEL": "INFO", "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "INFO"}
    return Service(
        name="worker",
        command=tuple(words),
        settings={**settings, **ours, **talk},
        address=f"work pool {pool}",
        health=f"http://{HOST}:{port}/health",
        log=logs / "worker.log",
    )
