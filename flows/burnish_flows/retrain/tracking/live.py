"""Writes a training's progress to its MLflow run: in a separate thread, in batches, without blocking the training.

One thread does all communication with the store. If the store does not answer, figures wait (the newest ``LENGTH`` of
them), and the training continues.
"""

from __future__ import annotations

import logging
import math
import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from burnish.events import EpochEnded, Event, TrainingProgressed

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Metric
    from mlflow.system_metrics.metrics.base_metrics_monitor import BaseMetricsMonitor

BATCH = 1.0
"""Seconds between two writes."""
SYSTEM = 10.0
"""Seconds between two measurements of the machine."""
LENGTH = 20_000
"""Largest number of waiting figures."""
AT_ONCE = 1000
"""Largest number of figures that MLflow takes at once."""
PATIENCE = 5.0
"""Seconds that the end of the training waits for unwritten figures."""
LONGEST_PAUSE = 60.0
"""Seconds between retries if the store does not answer."""

_log = logging.getLogger("burnish.runs")


class Live:
    """The writer; connect it to a training by ``listen``, and finish with ``end``."""

    def __init__(self, open_run: Callable[[], str], client: MlflowClient) -> None:
        """Start at once.

        Args:
            open_run: Gives the run's id; called by the writer, again until it does not raise.
            client: Of the store.
        """
        self._open_run = open_run
        self._client = client
        self._coming: queue.SimpleQueue[Metric | None] = queue.SimpleQueue()
        self._waiting: deque[Metric] = deque(maxlen=LENGTH)
        self._done = threading.Event()
        self._step = 0
        self._thread = threading.Thread(target=self._write, name="burnish-live", daemon=True)
        self._thread.start()

    def listen(self, hook: str, event: Event) -> None:
        """Queue the figures of an event; returns at once and never raises."""
        for name, value in figures(event).items():
            self._step = max(self._step, getattr(event, "step", 0))
            self._note(name, value)

    def end(self, patience: float = PATIENCE) -> None:
        """Write the remaining figures, within a time limit; may be called more than once."""
        if not self._done.is_set():
            self._done.set()
            self._thread.join(patience)

    def _note(self, name: str, value: float) -> None:
        from mlflow.entities import Metric

        if math.isfinite(value):
            self._coming.put(Metric(name, value, int(time.time() * 1000), self._step))

    def _write(self) -> None:
        machine = _Machine()
        run_id, pause, due = "", BATCH, time.monotonic() + SYSTEM
        while True:
            last = self._done.wait(pause)
            if last or time.monotonic() >= due:
                due = time.monotonic() + SYSTEM
                for name, value in machine.look().items():
                    self._note(name, value)
            self._collect()
            try:
                run_id = run_id or self._open_run()
                self._send(run_id)
                pause = BATCH
            except Exception as error:
                if pause == BATCH:
                    kind = type(error).__name__
                    _log.warning("MLflow does not accept the training's progress (%s); the training continues", kind)
                pause = min(LONGEST_PAUSE, pause * 4)
            if last:
                return

    def _collect(self) -> None:
        with suppress(queue.Empty):
            while True:
                metric = self._coming.get_nowait()
                assert metric is not None
                self._waiting.append(metric)

    def _send(self, run_id: str) -> None:
        while self._waiting:
            batch = list(self._waiting)[:AT_ONCE]
            self._client.log_batch(run_id, metrics=batch)
            for _ in batch:
                self._waiting.popleft()


class _Machine:
    """MLflow's own figures of the machine: processor, memory, disk, network, GPU."""

    def __init__(self) -> None:
        from mlflow.environment_variables import MLFLOW_ENABLE_SYSTEM_METRICS_LOGGING as WANTED
        from mlflow.system_metrics.metrics.cpu_monitor import CPUMonitor
        from mlflow.system_metrics.metrics.disk_monitor import DiskMonitor
        from mlflow.system_metrics.metrics.gpu_monitor import GPUMonitor
        from mlflow.system_metrics.metrics.network_monitor import NetworkMonitor

        self._monitors: list[BaseMetricsMonitor] = []
        unwanted = WANTED.is_set() and not WANTED.get()
        for kind in () if unwanted else (CPUMonitor, DiskMonitor, NetworkMonitor, GPUMonitor):
            with suppress(Exception):  # there is no such device, or access is not allowed
                self._monitors.append(kind())
        self.look()  # the first figure of the processor is meaningless

    def look(self) -> dict[str, float]:
        """The current figures."""
        found: dict[str, float] = {}
        for monitor in self._monitors:
            with suppress(Exception):
                monitor.collect_metrics()
                found |= {f"system/{name}": float(value) for name, value in monitor.aggregate_metrics().items()}
                monitor.clear_metrics()
        return found


def figures(event: Event) -> dict[str, float]:
    """Metric → figure of a training event."""
    if isinstance(event, TrainingProgressed):
        return {
            "training/loss": event.loss,
            "training/learning_rate": event.learning_rate,
            "training/steps_per_second": event.steps_per_second,
        }
    return {"validation/psnr": event.validation} if isinstance(event, EpochEnded) else {}


@contextmanager
def live(open_run: Callable[[], str], client: MlflowClient) -> Iterator[Live]:
    """Yield a writer; after the block, everything is written that the store accepted in time."""
    writer = Live(open_run, client)
    try:
        yield writer
    except KeyboardInterrupt:
        writer.end(PATIENCE / 5)
        raise
    finally:
        writer.end()
