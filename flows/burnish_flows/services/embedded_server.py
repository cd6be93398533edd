"""A Prefect server for the time of one run, if ``PREFECT_API_URL`` names none.

Prefect would start one by itself, but only when the flow begins, after importing the whole server into the client, and
it would outlive a killed run. This one starts at once, in parallel with the imports, and ends with its parent, however
that dies: it watches a pipe held by the parent. Run as a module, this file is the server.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from burnish import garbage_collection
from burnish.errors import BurnishError
from burnish.io import scratch

from burnish_flows.services.service import HOST, STARTUP, free_port, healthy

GRACE = 60.0
"""Seconds for the last messages of a flow, and for the server to store them; usually much less is needed."""


class ServerError(BurnishError):
    """The embedded Prefect server does not start."""


class EmbeddedServer:
    """The server's process, seen from its parent: ``start`` it, ``wait`` before the first call, ``stop`` it."""

    def __init__(self, log: Path) -> None:
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None
        self._address = ""
        self._alive = ExitStack()

    def start(self) -> None:
        """Start the process and set ``PREFECT_API_URL`` to its address; returns at once.

        Does nothing where that variable names a server already. Call it before prefect is imported.
        """
        if os.environ.get("PREFECT_API_URL"):
            return
        port = free_port()
        self._log.parent.mkdir(parents=True, exist_ok=True)
        self._log.touch()
        self._alive.enter_context(scratch.hold(self._log))
        self._address = f"http://{HOST}:{port}/api"
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "burnish_flows.services.embedded_server", str(port)],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C is for this process, which still sends messages to the server
            )
        os.environ["PREFECT_API_URL"] = self._address

    def wait(self, patience: float = STARTUP) -> None:
        """Return when it answers.

        Raises:
            ServerError: Its process has ended, or does not answer in ``patience`` seconds; names its log.
        """
        if self._process is None:
            return
        end = time.monotonic() + patience
        while time.monotonic() < end:
            if self._process.poll() is not None:
                raise ServerError(f"the embedded Prefect server ended with {self._process.returncode}; see {self._log}")
            if healthy(f"{self._address}/health"):
                return
            time.sleep(0.05)
        raise ServerError(f"the embedded Prefect server did not answer in {patience:.0f} s; see {self._log}")

    def stop(self) -> None:
        """End the process, and remove its address from the environment."""
        if self._process is None:
            return
        if os.environ.get("PREFECT_API_URL") == self._address:
            del os.environ["PREFECT_API_URL"]
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            self._process.wait(GRACE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None
        self._alive.close()


def lives(home: Path) -> bool:
    """Whether a process runs such a server for the project with this ``.burnish``."""
    return scratch.is_held(log_of(home))


def log_of(home: Path) -> Path:
    """Path of its log."""
    return home / "prefect" / "server.log"


@contextmanager
def prefect_server(log: Path) -> Iterator[EmbeddedServer]:
    """Yield a server that starts at once; ``wait`` for it before the first flow. It ends after the block."""
    server = EmbeddedServer(log)
    server.start()
    try:
        yield server
    finally:
        deliver()
        server.stop()


def deliver() -> None:
    """Send Prefect's remaining messages before its server ends."""
    if "prefect" not in sys.modules:
        return
    from prefect.events.worker import EventsWorker
    from prefect.logging.handlers import APILogHandler

    APILogHandler().flush()
    EventsWorker.drain_all(timeout=GRACE)


def serve(port: int) -> None:
    """Run the server until the parent closes standard input."""
    os.environ |= {"PREFECT_UI_ENABLED": "0", "PREFECT__SERVER_EPHEMERAL": "1", "PREFECT__SERVER_FINAL": "1"}
    os.environ.pop("PREFECT_API_URL", None)
    garbage_collection.leave_quickly()
    with garbage_collection.importing("prefect.server"):
        import uvicorn
        from prefect.server.api.server import create_app

    server = uvicorn.Server(
        uvicorn.Config(create_app, factory=True, host=HOST, port=port, log_level="error", lifespan="on")
    )

    def follow_parent() -> None:
        sys.stdin.buffer.read()
        server.should_exit = True
        time.sleep(GRACE)
        os._exit(0)

    threading.Thread(target=follow_parent, daemon=True).start()
    server.run()


if __name__ == "__main__":
    serve(int(sys.argv[1]))
