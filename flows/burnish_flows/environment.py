"""The folders of a project's runs, and the settings for Prefect, MLflow and DVC, made before they are imported.

All three read environment variables at import. The user's values win; missing ones are set to the services of a running
``burnish up``, else to the embedded default: no server, SQLite below ``<project>/.burnish``, no telemetry, quiet logs.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from burnish import garbage_collection
from burnish.console.redaction import guard_logs, without_userinfo
from burnish.errors import ConfigError

from burnish_flows import leftovers, up_state

HOME = ".burnish"
"""Folder below the project for all files of runs; ignored by git, safe to delete when nothing runs."""

MARKS = (".dvc", ".git", "pyproject.toml")
"""A folder that contains one of these is a project."""

STORE = "BURNISH_STORE"
"""Environment variable with the SQLite store behind the MLflow server of ``burnish up``; writers to either share one
lock.
"""

LOOPBACK = ("127.0.0.1", "localhost")


@dataclass(frozen=True, kw_only=True)
class Project:
    """A folder with data, recipes and their runs."""

    root: Path
    """Absolute; ``data.root`` of a recipe is below it."""

    @property
    def home(self) -> Path:
        """``<root>/.burnish``."""
        return self.root / HOME

    @property
    def cache(self) -> Path:
        """Reproducible files: scores, downloaded bundles. Without a ``.burnish`` in the project, the user's cache."""
        return self.home / "cache" if self.home.is_dir() else user_cache()

    @property
    def logs(self) -> Path:
        """The logs of ``burnish up``, one file for each service."""
        return self.home / "logs"

    @property
    def artifacts(self) -> Path:
        """Files of the embedded MLflow store."""
        return self.home / "artifacts"

    @property
    def store(self) -> str:
        """The embedded MLflow store."""
        return f"sqlite:///{self.home / 'mlflow.db'}"

    @property
    def reports(self) -> Path:
        """One folder of pictures and pages per model version."""
        return self.home / "reports"

    def work(self, fingerprint: str) -> Path:
        """Checkpoints and intermediate results of one training, in a folder named by its fingerprint."""
        return self.home / "work" / fingerprint[:16]


def find_project(start: Path) -> Project:
    """The nearest folder from ``start`` upwards that is marked as a project; else the current folder.

    Args:
        start: A recipe, or a folder inside the project; it need not exist.
    """
    start = start.resolve()
    for folder in (start, *start.parents):
        if any((folder / mark).exists() for mark in MARKS):
            return Project(root=folder)
    return Project(root=Path.cwd())


def user_cache() -> Path:
    """``$XDG_CACHE_HOME/burnish``, else ``~/.cache/burnish``: for files that belong to no project."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "burnish"


def prepare(project: Project) -> None:
    """Set the missing environment variables; must run before prefect, mlflow or dvc are imported. Writes no files."""
    for name, value in {**_defaults(project), **_running(project)}.items():
        os.environ.setdefault(name, value)
    _reach_loopback_directly()
    guard_logs()
    garbage_collection.leave_quickly()


def create(project: Project) -> None:
    """``prepare`` for commands that write into the project: creates ``<project>/.burnish``, which the others do not.

    Raises:
        ConfigError: It cannot be written.
    """
    try:
        project.home.mkdir(parents=True, exist_ok=True)
        ignore = project.home / ".gitignore"
        if not ignore.exists():
            ignore.write_text("*\n", encoding="utf-8")
    except OSError as error:
        raise ConfigError(
            f"{project.home}: cannot be written ({error.strerror}); give yourself the permission"
        ) from error
    leftovers.sweep(project.home)
    prepare(project)


def tracking_uri() -> str:
    """The MLflow store in use."""
    return os.environ["MLFLOW_TRACKING_URI"]


def artifact_location(project: Project) -> str | None:
    """The artifact folder of a new experiment: in the project if the store is embedded, else the server's choice."""
    embedded = project.store in (tracking_uri(), os.environ.get(STORE))
    return project.artifacts.as_uri() if embedded else None


def _running(project: Project) -> dict[str, str]:
    """The addresses of the project's running ``burnish up``."""
    found = up_state.read(project.home)
    if found is None or without_userinfo(os.environ.get("MLFLOW_TRACKING_URI", found.mlflow)) != found.mlflow:
        return {}
    addresses = {"PREFECT_API_URL": found.prefect, "MLFLOW_TRACKING_URI": found.mlflow}
    return {**addresses, STORE: found.store} if found.store else addresses


def _defaults(project: Project) -> dict[str, str]:
    return {
        # No telemetry. MLflow accepts only the literal "true".
        "DO_NOT_TRACK": "true",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "DVC_NO_ANALYTICS": "1",
        "ITERATIVE_DO_NOT_TRACK": "1",
        # MLflow
        "MLFLOW_TRACKING_URI": project.store,
        "MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "false",
        "MLFLOW_RECORD_ENV_VARS_IN_MODEL_LOGGING": "false",
        "MLFLOW_LOGGING_LEVEL": "WARNING",
        "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
        "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
        "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "4",
        "GIT_PYTHON_REFRESH": "quiet",
        # Prefect: without PREFECT_API_URL it starts a server of its own for the run.
        "PREFECT_HOME": str(project.home / "prefect"),
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "1800",
        # Longer timeouts for slow machines: for an answer, a query, a lock of SQLite held by another process.
        "PREFECT_API_REQUEST_TIMEOUT": "600",
        "PREFECT_SERVER_DATABASE_TIMEOUT": "120",
        "PREFECT_SERVER_DATABASE_CONNECTION_TIMEOUT": "120",
        # Prefect's server answers 500 while another transaction writes its SQLite file; a retry works.
        "PREFECT_CLIENT_RETRY_EXTRA_CODES": "500",
        "PREFECT_SERVER_LOGGING_LEVEL": "ERROR",
        # The command reports an error once, in one line; the server keeps the traceback.
        "PREFECT_LOGGING_LEVEL": "WARNING",
        "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL",
        "PREFECT_LOGGING_EXTRA_LOGGERS": "",
        # The flow's log messages are kept with its run.
        "PREFECT_LOGGING_LOGGERS_PREFECT_FLOW_RUNS_LEVEL": "INFO",
        "PREFECT_LOGGING_COLORS": "false",
        "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30",
        "PREFECT_CLI_PROMPT": "false",
        # Ray, if it is the runner; Dask and Optuna send no telemetry.
        "RAY_USAGE_STATS_ENABLED": "0",
        "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
        "RAY_ENABLE_UV_RUN_RUNTIME_ENV": "0",
    }


def _reach_loopback_directly() -> None:
    """Add the loopback to NO_PROXY: behind a proxy Prefect would wait two minutes for its own server."""
    for name in ("NO_PROXY", "no_proxy"):
        listed = [entry for entry in os.environ.get(name, "").split(",") if entry]
        os.environ[name] = ",".join([*listed, *(host for host in LOOPBACK if host not in listed)])
