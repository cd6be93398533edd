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
"""Seconds before a service is started again that dies each time."""
STARTUP = 1800.0
"""Seconds that a service may take to answer for the first time, on the slowest machine: one that has ended is told of
at once."""
ANSWER = 30.0
"""Seconds for an answer about its health; a port that nobody listens on refuses at once."""
CALM = 60.0
"""Seconds after which a service counts as well again."""


class ServiceError(BurnishError):
    """A service does not come up."""


@dataclass(frozen=True, kw_only=True)
class Service:
    """How a service is started and checked."""

    name: str
    command: tuple[str, ...]
    """A console script and its arguments."""
    settings: Mapping[str, str] = field(default_factory=dict)
    """Environment variables in addition to this process's."""
    address: str = ""
    """For people."""
    health: str
    """Answers 200 while it is well."""
    log: Path


class Process:
    """A service's present process."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.restarts = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._began = 0.0
        self._again: float | None = None

    @property
    def pid(self) -> int:
        """Of the process; 0 when there is none."""
        return self._process.pid if self._process else 0

    def start(self) -> None:
        """Start it; returns at once."""
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
                    f"{self.service.name} ended with {code}: {self._last_words()}; see {self.service.log}"
                )
            if healthy(self.service.health):
                return
            time.sleep(0.1)
        raise ServiceError(f"{self.service.name} did not answer in {patience:.0f} s; see {self.service.log}")

    def tend(self) -> Literal["", "died", "started"]:
        """Look after it: what has happened since the last look. One that died is started after a pause that grows."""
        if self._process is None or self._process.poll() is None:
            return ""
        now = time.monotonic()
        if self._again is None:
            if now - self._began > CALM:
                self.restarts = 0
            self._again = now + min(LONGEST_PAUSE, 2.0**self.restarts - 1)
            _end_group(self._process, signal.SIGKILL)  # what it has left behind
            return "died"
        if now >= self._again:
            self._again = None
            self.restarts += 1
            _close(self._process.stdin)
            self.start()
            return "started"
        return ""

    def stop(self, patience: float = 60.0) -> None:
        """End it and what it started."""
        if self._process is None:
            return
        _end_group(self._process, signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(patience)
        _end_group(self._process, signal.SIGKILL)
        self._process.wait()
        _close(self._process.stdin)
        self._process = None

    def _last_words(self) -> str:
        lines = self.service.log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        return redact(lines[-1].strip()) if lines else "it printed nothing"


def healthy(address: str, patience: float = ANSWER) -> bool:
    """Whether it answers there, asked directly and by no proxy; not so where another service does, or no address is."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(address, timeout=patience) as answer:
            return bool(answer.status == 200)
    except (OSError, HTTPException, ValueError):
        return False


def free_port(wanted: int = 0) -> int:
    """``wanted`` if it is free, otherwise any free port."""
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
