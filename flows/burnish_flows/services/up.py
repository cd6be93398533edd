"""Starts the services, restarts them when they die, and watches the data, until it is interrupted."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from burnish_flows import up_state
from burnish_flows.environment import Project
from burnish_flows.services import embedded_store
from burnish_flows.services.service import Process, Service, free_port
from burnish_flows.services.standard import mlflow_server, prefect_server, worker
from burnish_flows.services.watching import DataWatcher
from burnish_flows.up_state import Running

LOOK = 1.0
"""Seconds between checks of the processes."""

Tell = Callable[[str], None]


class Up:
    """The services of one project."""

    def __init__(self, project: Project, tell: Tell) -> None:
        self.project = project
        self._tell = tell
        self._processes: list[Process] = []

    def servers(
        self, *, prefect_port: int, mlflow_port: int, store: str, pool: str, given: dict[str, str]
    ) -> tuple[Running, list[Service]]:
        """The servers to start: those that the environment does not name.

        Args:
            prefect_port: Where Prefect's listens, if that is free.
            mlflow_port: Where MLflow's listens, if that is free.
            store: MLflow's database; empty: SQLite below the project.
            pool: Work pool of the worker.
            given: ``PREFECT_API_URL`` and ``MLFLOW_TRACKING_URI``, where the user has set them.
        """
        logs, wanted = self.project.logs, []
        prefect, mlflow = given.get("PREFECT_API_URL", ""), given.get("MLFLOW_TRACKING_URI", "")
        if not prefect:
            service = prefect_server(free_port(prefect_port), logs)
            prefect = f"{service.address}/api"
            wanted.append(service)
        if not mlflow:
            store = store or self.project.store
            embedded_store.ensure(store)
            service = mlflow_server(free_port(mlflow_port), logs, store=store, artifacts=self.project.artifacts)
            mlflow = service.address
            wanted.append(service)
        store = store if store == self.project.store else ""
        since = datetime.now(UTC).isoformat(timespec="seconds")
        return Running(pid=os.getpid(), since=since, prefect=prefect, mlflow=mlflow, store=store, pool=pool), wanted

    def start(self, services: Sequence[Service]) -> None:
        """Start them in parallel, and wait until all are healthy.

        Raises:
            ServiceError: One does not come up.
        """
        fresh = [Process(service) for service in services]
        self._processes += fresh
        for process in fresh:
            process.start()
        for process in fresh:
            process.wait()
            self._tell(f"{process.service.name:<8} {process.service.address:<28} {process.service.log}")

    def worker(self, found: Running, *, limit: int) -> Service:
        """The worker for these servers."""
        settings = {"PREFECT_API_URL": found.prefect, "MLFLOW_TRACKING_URI": found.mlflow}
        settings |= {"BURNISH_STORE": found.store} if found.store else {}
        return worker(free_port(), self.project.logs, pool=found.pool, settings=settings, limit=limit)

    def publish(self, found: Running) -> None:
        """Write the addresses for the project's other commands."""
        told = {}
        for process in self._processes:
            service = process.service
            told[service.name] = {
                "address": service.address,
                "health": service.health,
                "log": str(service.log),
                "pid": str(process.pid),
            }
        up_state.write(self.project.home, replace(found, services=told))

    def keep(self, found: Running, watch: DataWatcher) -> None:
        """Restart dead services and report changed data, without end."""
        due = time.monotonic()
        while True:
            time.sleep(LOOK)
            for process in self._processes:
                happened = process.tend()
                if happened:
                    self._tell(f"{process.service.name:<8} {happened}; see {process.service.log}")
                if happened == "started":
                    self.publish(found)
            if time.monotonic() >= due:
                for line in _check_data(watch):
                    self._tell(line)
                due = time.monotonic() + watch.every

    def stop(self) -> None:
        """End all processes, the worker first."""
        for process in reversed(self._processes):
            process.stop()
        self._processes = []


def _check_data(watch: DataWatcher) -> list[str]:
    """The messages of one look at the data; its failure does not end the services."""
    try:
        return watch.look()
    except (OSError, ValueError) as error:
        return [f"{'data':<8} cannot be checked: {error}"]
