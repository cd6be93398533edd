"""The server's process: it ends within its grace time, always, and closes connections that never say what they want."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
from collections.abc import Callable
from types import FrameType
from typing import TYPE_CHECKING, cast

import h11
import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    from burnish_flows.serving.request_queue import RestorationService

SILENCE = 30.0
"""Seconds for a request's head to arrive."""
LAST = 5
"""Seconds beyond the grace time after which the kernel ends the process, whatever it does."""


class PromptProtocol(H11Protocol):
    """HTTP/1.1 that waits for a request's head for a while only."""

    _silent: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to wait for a head."""
        super().connection_made(cast(asyncio.Transport, transport))
        self._watch()

    def data_received(self, data: bytes) -> None:
        """Go on waiting, or stop once the head is there."""
        super().data_received(data)
        self._watch()

    def connection_lost(self, error: Exception | None) -> None:
        """Wait no longer."""
        super().connection_lost(error)
        if self._silent is not None:
            self._silent.cancel()

    def _watch(self) -> None:
        waits = self.conn.their_state is h11.IDLE
        if waits and self._silent is None:
            self._silent = self.loop.call_later(SILENCE, self._expire)
        elif not waits and self._silent is not None:
            self._silent.cancel()
            self._silent = None

    def _expire(self) -> None:
        self._silent = None
        if self.conn.their_state is h11.IDLE and not self.transport.is_closing():
            self.transport.close()


class EndingServer(uvicorn.Server):
    """A server whose requests get a grace time after a termination signal."""

    def __init__(
        self, config: uvicorn.Config, service: RestorationService, grace: int, listening: Callable[[int], None]
    ) -> None:
        super().__init__(config)
        self._service, self._grace, self._listening = service, grace, listening

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, then say where: the port may be one that the system chose."""
        await super().startup(sockets)
        if self.started:
            self._listening(int(self.servers[0].sockets[0].getsockname()[1]))

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Take nothing in any more. The alarm needs neither this program nor Python to work when it is due.

        To end in order is what a server was asked for: unlike uvicorn's, its process then ends well (status 0).
        """
        self._service.ending = True
        if hasattr(signal, "SIGALRM"):
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            signal.alarm(self._grace + LAST)
        self.force_exit = self.should_exit and sig == signal.SIGINT
        self.should_exit = True


def _nobody(port: int) -> None:
    """Nobody wants to know."""


def run(app: FastAPI, *, host: str, port: int, grace: int, listening: Callable[[int], None] = _nobody) -> None:
    """Serve until a termination signal; then give requests ``grace`` seconds.

    Args:
        app: Of ``create_app``.
        host: Address or name to listen on.
        port: 0: any free one.
        grace: Seconds.
        listening: Called with the port once requests are taken.
    """
    _allow_many_connections()
    config = uvicorn.Config(
        app, host=host, port=port, log_level="warning", timeout_keep_alive=int(SILENCE), http=PromptProtocol,
        server_header=False, timeout_graceful_shutdown=grace,
    )  # fmt: skip
    EndingServer(config, app.state.service, grace, listening).run()


def _allow_many_connections() -> None:
    """As many open files as the system lets this process have: idle connections shall not keep others out."""
    try:
        import resource
    except ImportError:
        return
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
