"""Refused requests, and the one form of every error: ``{"error": "one line"}``."""

from __future__ import annotations

import difflib
import logging
from collections.abc import Callable, Iterable

from burnish.errors import BurnishError
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

HEADER = "X-Burnish-Model"

_log = logging.getLogger("burnish.serve")


class RefusedError(BurnishError):
    """A request that gets an answer of 4xx or 503."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def refuse_unknown(request: Request) -> None:
    """Refuse query parameters that the address does not know; for every address.

    Raises:
        RefusedError: 422, names the first one and the nearest that is known.
    """
    route = request.scope.get("route")
    known = [field.alias for field in route.dependant.query_params] if route is not None else []
    refuse_others(request.query_params.keys(), known, "query parameter")


def refuse_others(given: Iterable[str], known: list[str], what: str) -> None:
    """Refuse a name that is not known.

    Raises:
        RefusedError: 422, names the first one and the nearest that is known.
    """
    for name in given:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            mend = f"did you mean {near[0]}?" if near else f"the known ones are: {', '.join(known) or 'none'}"
            raise RefusedError(422, f"there is no {what} {name[:80]!r}; {mend}")


def answer_errors(app: FastAPI, served: Callable[[], str]) -> None:
    """Give every error the one form, with the name of the served model."""

    def told(status: int, line: str, **headers: str) -> JSONResponse:
        return JSONResponse({"error": " ".join(line.split())}, status, {HEADER: served(), **headers})

    @app.exception_handler(RefusedError)
    async def refused(request: Request, error: RefusedError) -> JSONResponse:
        again = {"Retry-After": "1"} if error.status == 503 else {}
        return told(error.status, str(error), Connection="close", **again)

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        return told(422, f"{first['loc'][-1]} is {str(first.get('input'))[:80]!r}: {first['msg']}")

    @app.exception_handler(HTTPException)
    async def missing(request: Request, error: HTTPException) -> JSONResponse:
        line = {
            404: "there is nothing at this address; see /docs for all addresses",
            405: f"this address does not accept {request.method}; see /docs for its methods",
        }
        return told(error.status_code, line.get(error.status_code, str(error.detail)), **(error.headers or {}))

    @app.exception_handler(Exception)
    async def failed(request: Request, error: Exception) -> JSONResponse:
        _log.warning("a request failed: %s: %s", type(error).__name__, " ".join(str(error).split()))
        return told(500, "an internal error occurred; see the server's log")
