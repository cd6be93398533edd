"""Requests in progress: bodies are received, decoded by other processes, queued and restored."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from burnish.io.isolation.isolated import DecodeLimits, close_workers, start_workers
from fastapi import Request

from burnish_flows.serving.metrics import Metrics
from burnish_flows.serving.pictures import TYPES, RestoredPicture, answer, conditions, decoded, suffix_of
from burnish_flows.serving.refusing import RefusedError
from burnish_flows.serving.uploads import Upload, Uploads

if TYPE_CHECKING:
    from burnish.io import Picture
    from burnish.restorer.options import RestoreOptions

    from burnish_flows.serving.following import Following

Made = TypeVar("Made")


@dataclass(frozen=True, kw_only=True)
class Limits:
    """The limits of one request, and of all requests together."""

    bytes: int = 64 << 20
    """Of a body."""
    pixels: int = 50_000_000
    """Of a picture, given or made."""
    seconds: float = 120.0
    """From a request's last byte to its answer, waiting included."""
    upload_seconds: float = 60.0
    """For its body to arrive."""
    uploads: int = 256
    """Bodies on their way at a time; beyond, the slowest is dropped."""
    workers: int = 1
    """Pictures restored at a time."""
    waiting: int = 32
    """Complete requests at a time; further requests are refused with 503."""
    decoders: int = 2
    """Pictures decoded at a time, each by a process."""
    decode: DecodeLimits = field(default_factory=lambda: DecodeLimits(seconds=20, memory_mb=2048))
    """What decoding one picture may take before its process is killed."""
    allow_damaged: bool = False
    """Restore the readable part of damaged files."""


@dataclass(kw_only=True)
class _Job:
    """One whole request."""

    began: float | None = None
    """When its restoration did, by the monotonic clock."""
    given_up: bool = False
    """Nobody waits for it any more."""


class RestorationService:
    """Counts who is inside, and restores in threads of its own."""

    def __init__(self, following: Following, limits: Limits, options: RestoreOptions) -> None:
        self.following, self.limits, self.options, self.metrics = following, limits, options, Metrics()
        self.uploads = Uploads(most=limits.uploads, seconds=limits.upload_seconds, size=limits.bytes)
        self.inside: list[_Job] = []
        self.done = 0
        self.ending = False
        self._decoding = ThreadPoolExecutor(limits.decoders, thread_name_prefix="burnish-decode")
        self._restoring = ThreadPoolExecutor(limits.workers, thread_name_prefix="burnish-serve")
        self._open = asyncio.Semaphore(limits.workers + limits.decoders)
        """Pictures that may be in memory decoded."""

    def start(self) -> None:
        """Have decoders waiting."""
        start_workers(self.limits.decoders)

    def trouble(self) -> str:
        """Why no request can be taken just now; empty: it can."""
        now = time.monotonic()
        overdue = sum(job.began is not None and now - job.began > self.limits.seconds for job in self.inside)
        if self.ending:
            return "ending"
        if len(self.inside) >= self.limits.waiting:
            return "full"
        return "stuck" if overdue >= self.limits.workers else ""

    async def restore(self, request: Request, *, sigma: float | None, wanted: str) -> RestoredPicture:
        """One request from its body to its answer.

        Raises:
            RefusedError: 4xx or 503; says why.
        """
        self._refuse_full()
        upload = await self.uploads.receive(request)
        try:
            self._refuse_full()
            sigma, wanted = _from_form(upload, sigma, wanted)
            conditions(self.following.current, sigma)
        except BaseException:
            upload.file.close()
            raise
        job = _Job()
        self.inside.append(job)
        work = asyncio.create_task(self._work(job, upload, sigma, wanted))
        work.add_done_callback(lambda task: self._leave(job, upload, task))
        try:
            return await asyncio.wait_for(asyncio.shield(work), self.limits.seconds)
        except TimeoutError as error:
            raise RefusedError(503, f"no answer within {self.limits.seconds:g} s; send a smaller picture") from error
        finally:
            job.given_up = not work.done()

    def close(self) -> None:
        """Take nothing in any more, and wait for nothing."""
        self.ending = True
        for pool in (self._decoding, self._restoring):
            pool.shutdown(wait=False, cancel_futures=True)
        close_workers()

    async def _work(self, job: _Job, upload: Upload, sigma: float | None, wanted: str) -> RestoredPicture:
        suffix = suffix_of(upload.head)
        async with self._open:
            picture = await self._in(self._decoding, job, self._decode, upload)
            return await self._in(self._restoring, job, self._answer, job, picture, suffix, sigma, wanted)

    def _decode(self, upload: Upload) -> Picture:
        pixels = self.limits.pixels // self.following.current.loaded.scale**2
        return decoded(
            upload.file, max_pixels=pixels, limits=self.limits.decode, allow_damaged=self.limits.allow_damaged
        )

    def _answer(self, job: _Job, picture: Picture, suffix: str, sigma: float | None, wanted: str) -> RestoredPicture:
        job.began = time.monotonic()
        served = self.following.current  # now, not when the request came in: it may have waited for a while
        return answer(served, picture, suffix=suffix, sigma=sigma, wanted=wanted, options=self.options)

    async def _in(self, pool: ThreadPoolExecutor, job: _Job, work: Callable[..., Made], *arguments: object) -> Made:
        """Work in a thread, unless the client is gone once its turn has come."""

        def run() -> Made:
            if job.given_up:
                raise RefusedError(503, "no client waits for this picture any more")
            return work(*arguments)

        return await asyncio.get_running_loop().run_in_executor(pool, run)

    def _leave(self, job: _Job, upload: Upload, task: asyncio.Task[RestoredPicture]) -> None:
        if not task.cancelled():
            task.exception()  # whoever still waits gets it
        upload.file.close()
        self.inside.remove(job)
        self.done += 1

    def _refuse_full(self) -> None:
        if self.ending:
            raise RefusedError(503, "the server is shutting down; try again in a moment")
        if len(self.inside) >= self.limits.waiting:
            raise RefusedError(503, f"{len(self.inside)} requests are already running; try again in a moment")


def _from_form(upload: Upload, sigma: float | None, wanted: str) -> tuple[float | None, str]:
    """What the query says, or else the form."""
    text = upload.form.get("sigma", "")
    if text and sigma is None:
        try:
            sigma = float(text)
        except ValueError:
            sigma = -1.0
        if not 0 <= sigma <= 1:
            raise RefusedError(422, f"sigma is {text[:80]!r}; give the noise's standard deviation, from 0 to 1")
    wanted = wanted or upload.form.get("format", "")
    if wanted and wanted not in TYPES:
        raise RefusedError(422, f"format is {wanted[:80]!r}; give one of {', '.join(TYPES)}")
    return sigma, wanted
