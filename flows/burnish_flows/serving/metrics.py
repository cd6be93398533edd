"""The content of ``/metrics``, in Prometheus's text format."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120)
"""Upper bounds of the histogram."""


class Metrics:
    """The counters of one server."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "burnish_requests", "Requests by address and status", ["address", "status"], registry=self._registry
        )
        self._seconds = Histogram(
            "burnish_restore_seconds", "From a picture's first byte to its answer", buckets=SECONDS,
            registry=self._registry,
        )  # fmt: skip
        self._pixels = Counter("burnish_pixels", "Pixels of the pictures that were restored", registry=self._registry)
        self._model = Gauge(
            "burnish_model", "The version that is served: 1", ["model", "version"], registry=self._registry
        )

    def watch(self, name: str, told: str, read: Callable[[], float]) -> None:
        """A figure that is measured at each request of ``/metrics``."""
        Gauge(name, told, registry=self._registry).set_function(read)

    def request(self, address: str, status: int) -> None:
        """A request was answered."""
        self._requests.labels(address, str(status)).inc()

    def restored(self, seconds: float, pixels: int) -> None:
        """A picture was restored."""
        self._seconds.observe(seconds)
        self._pixels.inc(pixels)

    def text(self, model: str, version: str) -> bytes:
        """All of it, with the version of the moment."""
        self._model.clear()
        self._model.labels(model, version).set(1)
        return generate_latest(self._registry)


class Counting:
    """Counts every answer by address and status; an ASGI middleware."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app, self.metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        status = 500

        async def watched(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        try:
            await self.app(scope, receive, watched)
        finally:
            self.metrics.request(getattr(scope.get("route"), "path", "other"), status)
