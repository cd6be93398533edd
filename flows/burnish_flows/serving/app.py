"""The application: ``POST /restore``, ``GET /health``, ``/ready``, ``/model``; bounded in size, time and number."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from burnish.imaging.files import HEAD
from fastapi import FastAPI, Query, Request, Response
from fastapi.responses import JSONResponse

from burnish_flows.serving.following import Following
from burnish_flows.serving.pictures import TYPES, Answer, RefusedError, answer, suffix_of, workplace

HEADER = "X-Burnish-Model"


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What one request, and all together, may take."""

    bytes: int = 64 << 20
    """Of a body."""
    pixels: int = 50_000_000
    """Of a picture, given or made."""
    seconds: float = 120.0
    """From a request's last byte to its answer, waiting included."""
    upload_seconds: float = 60.0
    """For its body to arrive."""
    workers: int = 1
    """Pictures restored at a time."""
    waiting: int = 32
    """Requests inside at a time; further ones are told to come again."""


class Service:
    """Counts who is inside, and restores in threads of its own."""

    def __init__(self, following: Following, limits: Limits) -> None:
        self.following = following
        self.limits = limits
        self.inside = 0
        self.done = 0
        self._pool = ThreadPoolExecutor(limits.workers, thread_name_prefix="burnish-serve")

    async def restore(self, request: Request, *, sigma: float | None, wanted: str) -> Answer:
        """One request from its body to its answer.

        Raises:
            RefusedError: 4xx or 503; says why.
        """
        if self.inside >= self.limits.waiting:
            raise RefusedError(503, f"{self.inside} requests are inside already; come again in a moment")
        self.inside += 1
        place = workplace()
        job: asyncio.Future[Answer] | None = None
        try:
            body = Path(place.name) / "body"
            async with asyncio.timeout(self.limits.upload_seconds):
                await self._receive(request, body)
            job = asyncio.wrap_future(self._pool.submit(self._work, body, sigma, wanted))
            return await asyncio.wait_for(asyncio.shield(job), self.limits.seconds)
        except TimeoutError as error:
            if job is None:
                raise RefusedError(408, f"the body did not arrive in {self.limits.upload_seconds:g} s") from error
            raise RefusedError(503, f"no answer within {self.limits.seconds:g} s; send a smaller picture") from error
        finally:
            if job is None or job.done():
                self._leave(place)
            else:  # it cannot be stopped: it counts, and keeps its files, until it ends
                job.add_done_callback(lambda _: self._leave(place))

    def close(self) -> None:
        """End when the running requests have ended."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _work(self, body: Path, sigma: float | None, wanted: str) -> Answer:
        served = self.following.current  # now, not when the request came in: it may have waited for a while
        return answer(served, body, sigma=sigma, wanted=wanted, max_pixels=self.limits.pixels)

    def _leave(self, place: Any) -> None:
        place.cleanup()
        self.inside -= 1
        self.done += 1

    async def _receive(self, request: Request, body: Path) -> None:
        """Write the body to a file, piece by piece, as far as it is allowed."""
        announced = request.headers.get("content-length", "")
        if announced.isdecimal() and int(announced) > self.limits.bytes:
            raise RefusedError(413, f"the body has {announced} bytes, at most {self.limits.bytes} are taken")
        size, head = 0, b""
        with body.open("wb") as stream:
            async for piece in request.stream():
                size += len(piece)
                if size > self.limits.bytes:
                    raise RefusedError(413, f"the body has more than {self.limits.bytes} bytes")
                if len(head) < HEAD:
                    head += piece[: HEAD - len(head)]
                    if len(head) == HEAD:
                        suffix_of(head)
                stream.write(piece)
        suffix_of(head)


def create_app(following: Following, limits: Limits | None = None) -> FastAPI:
    """The application that serves what ``following`` holds."""
    service = Service(following, limits or Limits())

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        following.stop()
        service.close()

    app = FastAPI(title="burnish", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)

    @app.exception_handler(RefusedError)
    async def refused(request: Request, error: RefusedError) -> JSONResponse:
        headers = {HEADER: following.current.name, "Connection": "close"}
        if error.status == 503:
            headers["Retry-After"] = "1"
        return JSONResponse({"error": str(error)}, error.status, headers)

    @app.get("/health")
    async def health() -> dict[str, str]:
        return {"status": "alive"}

    @app.get("/ready")
    async def ready() -> dict[str, Any]:
        """Strangers may ask: why the alias is not followed names addresses and folders, so only the log has it."""
        return {
            "status": "ready",
            "model": following.current.name,
            "following": "behind" if following.trouble else "well",
        }

    @app.get("/model")
    async def model() -> dict[str, Any]:
        served = following.current
        spec = served.loaded.spec
        return {
            "model": served.model,
            "version": served.version,
            "reference": following.reference,
            "since": served.since,
            "restorer": served.loaded.id,
            "needs": sorted(spec.needs),
            "device": str(served.loaded.device),
            "answered": service.done,
        }

    @app.post("/restore")
    async def restore(
        request: Request,
        sigma: float | None = Query(default=None, ge=0.0, le=1.0),
        format: str = Query(default="", pattern=f"^({'|'.join(TYPES)})?$"),
    ) -> Response:
        began = time.perf_counter()
        made = await service.restore(request, sigma=sigma, wanted=format)
        seconds = f"{time.perf_counter() - began:.3f}"
        return Response(made.content, media_type=made.media_type, headers={HEADER: made.served, "X-Seconds": seconds})

    return app
