"""Where a project keeps its runs, and the settings of Prefect, MLflow and DVC before they are imported.

All three read environment variables at import. Whatever the user has set wins; what is missing is what ``burnish up``
has running, else the embedded default: no server, SQLite below ``<project>/.burnish``, no telemetry, quiet logs.
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
"""Folder below the project for everything that runs leave behind; ignored by git, safe to delete when nothing runs."""

MARKS = (".dvc", ".git", "pyproject.toml")
"""A folder that holds one of these is a project."""

STORE = "BURNISH_STORE"
"""Variable that names the SQLite store behind the MLflow server of ``burnish up``: who writes either takes one lock."""

LOOPBACK = ("127.0.0.1", "localhost")


@dataclass(frozen=True, kw_only=True)
class Project:
    """A folder with data, recipes and the runs that were made of them."""

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
        """The logs of the services of ``burnish up``, a file each."""
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
        """Checkpoints and intermediate results of one training, found again by what it is made of."""
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
    """``$XDG_CACHE_HOME/burnish``, else ``~/.cache/burnish``: for what belongs to no project."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "burnish"


def prepare(project: Project) -> None:
    """Set what is not set yet; call it before the first import of prefect, mlflow or dvc. It writes nothing."""
    for name, value in {**_defaults(project), **_running(project)}.items():
        os.environ.setdefault(name, value)
    _reach_loopback_directly()
    guard_logs()
    garbage_collection.leave_quickly()


def create(project: Project) -> None:
    """``prepare`` for commands that write into the project: they need ``<project>/.burnish``, the others make none.

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
    """Where a new experiment keeps its files: below the project if the store is embedded, else the server's choice."""
    embedded = project.store in (tracking_uri(), os.environ.get(STORE))
    return project.artifacts.as_uri() if embedded else None


def _running(project: Project) -> dict[str, str]:
    """The addresses of the project's ``burnish up``."""
    found = up_state.read(project.home)
    if found is None or without_userinfo(os.environ.get("MLFLOW_TRACKING_URI", found.mlflow)) != found.mlflow:
        return {}
    addresses = {"PREFECT_API_URL": found.prefect, "MLFLOW_TRACKING_URI": found.mlflow}
    return {**addresses, STORE: found.store} if found.store else addresses


def _defaults(project: Project) -> dict[str, str]:
    return {
        # Nothing calls home. MLflow takes only the literal "true".
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
        # Prefect: without PREFECT_API_URL it starts its own server for the time of the run.
        "PREFECT_HOME": str(project.home / "prefect"),
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "1800",
        # Patience with a slow machine: an answer, a query, a lock of SQLite that others hold.
        "PREFECT_API_REQUEST_TIMEOUT": "600",
        "PREFECT_SERVER_DATABASE_TIMEOUT": "120",
        "PREFECT_SERVER_DATABASE_CONNECTION_TIMEOUT": "120",
        # Prefect's server says 500 where another transaction writes its SQLite file just then; a second request works.
        "PREFECT_CLIENT_RETRY_EXTRA_CODES": "500",
        "PREFECT_SERVER_LOGGING_LEVEL": "ERROR",
        # An error is told once, in one line, by the command; the server keeps the traceback.
        "PREFECT_LOGGING_LEVEL": "WARNING",
        "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL",
        "PREFECT_LOGGING_EXTRA_LOGGERS": "",
        # What the flow says is kept with its run.
        "PREFECT_LOGGING_LOGGERS_PREFECT_FLOW_RUNS_LEVEL": "INFO",
        "PREFECT_LOGGING_COLORS": "false",
        "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30",
        "PREFECT_CLI_PROMPT": "false",
        # Ray, where it is the runner; Dask and Optuna tell nobody anything.
        "RAY_USAGE_STATS_ENABLED": "0",
        "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
        "RAY_ENABLE_UV_RUN_RUNTIME_ENV": "0",
    }


def _reach_loopback_directly() -> None:
    """Name the loopback in NO_PROXY: behind a proxy Prefect's events to its own server would wait for two minutes."""
    for name in ("NO_PROXY", "no_proxy"):
        listed = [entry for entry in os.environ.get(name, "").split(",") if entry]
        os.environ[name] = ",".join([*listed, *(host for host in LOOPBACK if host not in listed)])
