"""The application: ``POST /restore``; and ``/health``, ``/ready``, ``/model``, ``/metrics``, ``/docs``."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from burnish.console.templating import render
from burnish.restorer.options import RestoreOptions
from burnish.version import __version__
from fastapi import Depends, FastAPI, Query, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse

from burnish_flows.serving.following import Following
from burnish_flows.serving.metrics import CONTENT_TYPE, Counting
from burnish_flows.serving.pictures import TYPES
from burnish_flows.serving.refusing import HEADER, answer_errors, refuse_unknown
from burnish_flows.serving.request_queue import Limits, RestorationService

__all__ = ["HEADER", "Limits", "create_app"]

EXAMPLE = """\
curl --data-binary @noisy.png http://ADDRESS/restore -o clear.png
curl -F picture=@noisy.jpg -F format=webp http://ADDRESS/restore -o clear.webp"""

PICTURE = {"type": "string", "format": "binary"}
FORM = {
    "type": "object",
    "required": ["picture"],
    "properties": {"picture": PICTURE, "sigma": {"type": "number"}, "format": {"type": "string", "enum": [*TYPES]}},
}
ERROR = {"type": "object", "required": ["error"], "properties": {"error": {"type": "string"}}}
REFUSALS = {
    408: "The body did not arrive in time",
    413: "The body has too many bytes, or the picture too many pixels",
    415: "The body is not a supported picture",
    422: "The picture is damaged or of an unsupported kind, or a parameter is unknown, missing or outside its range",
    503: "Too many requests are running; try again",
}


def create_app(following: Following, limits: Limits | None = None, options: RestoreOptions | None = None) -> FastAPI:
    """The application that serves what ``following`` holds; ``app.state.service`` counts who is inside.

    Args:
        following: The served model.
        limits: Of one request, and of all together.
        options: How every picture is restored.
    """
    service = RestorationService(following, limits or Limits(), options or RestoreOptions())

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        service.start()
        yield
        following.stop()
        service.close()

    app = FastAPI(
        title="burnish",
        version=__version__,
        description="Restores pictures. Every response is a picture or JSON; every error is {error: one line}.",
        lifespan=lifespan, docs_url=None, redoc_url=None, dependencies=[Depends(refuse_unknown)],
    )  # fmt: skip
    app.state.service = service
    answer_errors(app, lambda: following.current.name)
    _count(app, service)
    _add_restore(app, service)
    _add_state(app, service)

    @app.get("/docs", include_in_schema=False)
    async def docs(request: Request) -> HTMLResponse:
        address = request.headers.get("host", "127.0.0.1:8000")
        example = EXAMPLE.replace("ADDRESS", address)
        page = render("burnish_flows.serving/docs.html", title=app.title, api=app.openapi(), example=example)
        return HTMLResponse(page, headers={"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"})

    return app


def _add_restore(app: FastAPI, service: RestorationService) -> None:
    body = {kind: {"schema": PICTURE} for kind in TYPES.values()} | {"multipart/form-data": {"schema": FORM}}
    answers: dict[int | str, dict[str, Any]] = {
        200: {"description": "The restored picture", "content": {kind: {"schema": PICTURE} for kind in TYPES.values()}}
    }
    errors = {"content": {"application/json": {"schema": ERROR}}}
    answers |= {status: {"description": told, **errors} for status, told in REFUSALS.items()}

    @app.post(
        "/restore",
        response_class=Response,
        responses=answers,
        openapi_extra={"requestBody": {"required": True, "content": body}},
    )
    async def restore(
        request: Request,
        sigma: float | None = Query(
            default=None,
            ge=0.0,
            le=1.0,
            description="The noise's standard deviation in [0, 1], if the model needs it",
        ),
        format: str = Query(
            default="",
            pattern=f"^({'|'.join(TYPES)})?$",
            description=f"Format of the response: {', '.join(TYPES)}; default: as sent if that loses nothing, else png",
        ),
    ) -> Response:
        """Restore a picture: its bytes are the body, or the field `picture` of a form."""
        began = time.perf_counter()
        made = await service.restore(request, sigma=sigma, wanted=format)
        seconds = time.perf_counter() - began
        service.metrics.restored(seconds, made.pixels)
        headers = {HEADER: made.served, "X-Seconds": f"{seconds:.3f}"}
        for name, said in (("Damage", made.damage), ("Notes", "; ".join(made.notes))):
            headers |= {f"X-Burnish-{name}": said.encode("ascii", "replace").decode()} if said else {}
        return Response(made.content, media_type=made.media_type, headers=headers)


def _add_state(app: FastAPI, service: RestorationService) -> None:
    following = service.following

    @app.get("/health")
    async def health() -> dict[str, str]:
        """Whether the process answers at all."""
        return {"status": "alive"}

    @app.get("/ready", responses={503: {"description": "No request can be accepted: full, stuck or ending"}})
    async def ready() -> JSONResponse:
        """Whether the service accepts requests now."""
        # Strangers may ask: why the alias is not followed names addresses and folders, so only the log has it.
        trouble = service.trouble()
        told = {
            "status": trouble or "ready",
            "model": following.current.name,
            "following": "behind" if following.trouble else "well",
        }
        return JSONResponse(told, 503 if trouble else 200)

    @app.get("/model")
    async def model() -> dict[str, Any]:
        """Which version is served, and what it needs."""
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
            "engine": served.engine,
            "answered": service.done,
        }

    @app.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
    async def metrics() -> Response:
        """Requests, seconds, pixels and the queue, in Prometheus's text format."""
        served = following.current
        return Response(service.metrics.text(served.model, served.version), media_type=CONTENT_TYPE)


def _count(app: FastAPI, service: RestorationService) -> None:
    """Count every answer by address and status."""
    service.metrics.watch("burnish_inside", "Complete requests in progress", lambda: len(service.inside))
    service.metrics.watch("burnish_uploads", "Bodies being received", lambda: len(service.uploads.present))
    service.metrics.watch("burnish_ready", "1: the service accepts requests", lambda: not service.trouble())
    app.add_middleware(Counting, metrics=service.metrics)
