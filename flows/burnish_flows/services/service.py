"""One server or worker as a process: start, health check, restart after a crash, end."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path
from typing import IO, Literal

from burnish.console.redaction import redact
from burnish.errors import BurnishError

HOST = "127.0.0.1"
LONGEST_PAUSE = 60.0
"""Longest pause in seconds before a service that keeps dying is restarted."""
STARTUP = 1800.0
"""Seconds for a service's first answer, on the slowest machine; one that has ended is reported at once."""
ANSWER = 30.0
"""Seconds for the answer of a health check; a port without a listener refuses at once."""
CALM = 60.0
"""Seconds after which a restarted service counts as healthy."""


class ServiceError(BurnishError):
    """A service does not start."""


@dataclass(frozen=True, kw_only=True)
class Service:
    """The command and the health check of a service."""

    name: str
    command: tuple[str, ...]
    """A console script and its arguments."""
    settings: Mapping[str, str] = field(default_factory=dict)
    """Environment variables in addition to this process's."""
    address: str = ""
    """Address for people."""
    health: str
    """Address that answers 200 while the service is healthy."""
    log: Path


class Process:
    """The current process of a service."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.restarts = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._began = 0.0
        self._again: float | None = None

    @property
    def pid(self) -> int:
        """Process id; 0 if there is none."""
        return self._process.pid if self._process else 0

    def start(self) -> None:
        """Start the process; returns at once."""
        self.service.log.parent.mkdir(parents=True, exist_ok=True)
        with self.service.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "burnish_flows.services.ends_with_parent", *self.service.command],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, **self.service.settings},
                start_new_session=True,
            )
        self._began = time.monotonic()

    def wait(self, patience: float = STARTUP) -> None:
        """Return when it answers.

        Raises:
            ServiceError: It has ended, or does not answer in ``patience`` seconds; names its log.
        """
        end = time.monotonic() + patience
        while time.monotonic() < end:
            if self._process is None or self._process.poll() is not None:
                code = self._process.returncode if self._process else "?"
                raise ServiceError(
                    f"{self.service.name} ended with {code}: {self._last_log_line()}; see {self.service.log}"
                )
            if healthy(self.service.health):
                return
            time.sleep(0.1)
        raise ServiceError(f"{self.service.name} did not answer in {patience:.0f} s; see {self.service.log}")

    def tend(self) -> Literal["", "died", "started"]:
        """Check the process and report what happened; a dead one is restarted, after growing pauses."""
        if self._process is None or self._process.poll() is None:
            return ""
        now = time.monotonic()
        if self._again is None:
            if now - self._began > CALM:
                self.restarts = 0
            self._again = now + min(LONGEST_PAUSE, 2.0**self.restarts - 1)
            _end_group(self._process, signal.SIGKILL)  # child processes that it has left behind
            return "died"
        if now >= self._again:
            self._again = None
            self.restarts += 1
            _close(self._process.stdin)
            self.start()
            return "started"
        return ""

    def stop(self, patience: float = 60.0) -> None:
        """End the process and its child processes."""
        if self._process is None:
            return
        _end_group(self._process, signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(patience)
        _end_group(self._process, signal.SIGKILL)
        self._process.wait()
        _close(self._process.stdin)
        self._process = None

    def _last_log_line(self) -> str:
        lines = self.service.log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        return redact(lines[-1].strip()) if lines else "it printed nothing"


def healthy(address: str, patience: float = ANSWER) -> bool:
    """Whether the service at the address answers, asked without a proxy; False for another service, or no address."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(address, timeout=patience) as answer:
            return bool(answer.status == 200)
    except (OSError, HTTPException, ValueError):
        return False


def free_port(wanted: int = 0) -> int:
    """``wanted`` if it is free, else any free port."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, wanted))
        except OSError:
            probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _end_group(process: subprocess.Popen[bytes], how: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, how)


def _close(stream: IO[bytes] | None) -> None:
    if stream is not None:
        with suppress(OSError):
            stream.close()
