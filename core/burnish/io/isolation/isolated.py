"""Decoding of untrusted files in separate processes: killed at a limit of time or memory, and replaced.

A decoder that hangs, runs out of memory or crashes affects only its own file. This needs open files that can be passed
to another process (POSIX); elsewhere files are decoded in this process.
"""

from __future__ import annotations

import atexit
import base64
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast

import numpy as np

from burnish.errors import ImagingError, UsageError
from burnish.io.files import decode_picture, log_damage, open_picture
from burnish.io.formats.damage import DamagedError, damage_allowed
from burnish.io.free_memory import free_memory
from burnish.io.limits import pixel_limit
from burnish.io.picture import PEAKS, IfdEntry, Metadata, Picture
from burnish.ops.invalid import Samples

if TYPE_CHECKING:
    from burnish.io.isolation.worker import Answer, Request

SECONDS_VARIABLE, MEMORY_VARIABLE = "BURNISH_DECODE_SECONDS", "BURNISH_DECODE_MEMORY"
"""Environment variables that replace the defaults of ``DecodeLimits.usual``."""
FREE_SHARE = 0.8
"""Default share of the machine's free memory for one file."""
STALLED = 20
"""Wall-clock limit for a file, as a multiple of its limit of processor time."""

_lock = threading.Lock()
_idle: list[_Worker] = []


@dataclass(frozen=True, kw_only=True)
class DecodeLimits:
    """Limits for decoding one file."""

    seconds: int = 120
    """Of processor time."""
    memory_mb: int = 0
    """MiB beyond an idle worker's memory; 0: a share of the free memory."""

    @classmethod
    def usual(cls) -> DecodeLimits:
        """The defaults, or the limits from the environment.

        Raises:
            UsageError: It says no positive whole number.
        """
        found = {}
        for field, name in (("seconds", SECONDS_VARIABLE), ("memory_mb", MEMORY_VARIABLE)):
            if text := os.environ.get(name, ""):
                if not text.isdecimal() or int(text) < 1:
                    raise UsageError(f"{name} is {text!r}; give a positive whole number")
                found[field] = int(text)
        return cls(**found)


def read_isolated(
    source: Path | str | IO[bytes],
    *,
    max_pixels: int | None = None,
    allow_damaged: bool | None = None,
    limits: DecodeLimits | None = None,
) -> Picture:
    """As ``read_picture``, in another process. An open file is read from its first byte; it needs a descriptor.

    Raises:
        ImagingError: As ``read_picture``; or decoding took more than its limits, or crashed.
        UsageError: A limit is not a positive integer.
    """
    path = Path(source) if isinstance(source, (str, Path)) else None
    request: Request = {
        "name": path.name if path else "",
        "max_pixels": pixel_limit(max_pixels),
        "allow_damaged": damage_allowed(allow_damaged),
    }
    limits = limits or DecodeLimits.usual()
    if path is None:
        return _decoded(cast("IO[bytes]", source), request, limits)
    with open_picture(path) as file:
        picture = _decoded(file, request, limits)
    log_damage(path, picture)
    return picture


def start_workers(count: int) -> None:
    """Start that many idle workers in advance, for the first files."""
    for _ in range(count):
        _wait(_Worker())


def close_workers() -> None:
    """End all idle workers."""
    with _lock:
        workers = list(_idle)
        _idle.clear()
    for worker in workers:
        worker.kill()


atexit.register(close_workers)


class _Worker:
    """A worker process, and the socket to it."""

    def __init__(self) -> None:
        self.link, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "burnish.io.isolation.worker", str(theirs.fileno())],
                pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL, env={**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
            )  # fmt: skip
        self.owner = os.getpid()
        self.waited = False
        """Whether it has waited for a file, and may have died meanwhile."""
        self.spent = False
        """Whether it ended because a file took more than its limit of time."""

    @property
    def alive(self) -> bool:
        """Whether it can be used: it runs, and was started by this process, not by a parent that forked."""
        return self.owner == os.getpid() and self._process.poll() is None

    def ask(self, request: Request, file: int, patience: float) -> tuple[Answer, list[int]] | None:
        """The worker's answer; None if it died or timed out, in which case it is killed."""
        from burnish.io.isolation.worker import receive, send

        self.link.settimeout(patience)
        try:
            send(self.link, request, [file])
            if (found := receive(self.link)) is not None:
                return found
        except TimeoutError:
            self.spent = True
        except (OSError, ValueError):
            pass
        self.kill()
        self.spent = self.spent or self._process.returncode == -signal.SIGXCPU
        return None

    def kill(self) -> None:
        """Kill it at once."""
        self.link.close()
        if self.owner == os.getpid():
            self._process.kill()
            self._process.wait()


def _wait(worker: _Worker) -> None:
    worker.waited = True
    with _lock:
        _idle.append(worker)


@contextmanager
def _borrowed(*, new: bool) -> Iterator[_Worker]:
    """Yield an idle worker, or a new one; it becomes idle again if it is still alive."""
    with _lock:
        waiting = iter(lambda: _idle.pop() if _idle and not new else None, None)
        worker = next((found for found in waiting if found.alive), None)
    worker = worker or _Worker()
    try:
        yield worker
    except BaseException:
        worker.kill()
        raise
    if worker.alive:
        _wait(worker)


def _decoded(file: IO[bytes], request: Request, limits: DecodeLimits) -> Picture:
    if os.name != "posix":  # open files cannot be passed to another process: decoded here, without limits
        return decode_picture(
            file, request["name"], max_pixels=request["max_pixels"], allow_damaged=request["allow_damaged"]
        )
    memory = limits.memory_mb << 20 or int(FREE_SHARE * free_memory(unknown=4.0 * 2**30))
    request = {**request, "seconds": limits.seconds, "memory": memory}
    # An idle worker may have died before it received the file; then the file is not to blame, and a new one is used.
    found = _asked(file, request, limits, new=False) or _asked(file, request, limits, new=True)
    assert found is not None
    answer, files = found
    if "error" in answer:
        raise _error(answer, memory)
    with os.fdopen(files[0], "rb") as samples:
        return _picture(answer, samples)


def _asked(file: IO[bytes], request: Request, limits: DecodeLimits, *, new: bool) -> tuple[Answer, list[int]] | None:
    """A worker's answer; None if an idle one had died meanwhile."""
    file.seek(0)
    with _borrowed(new=new) as worker:
        found = worker.ask(request, file.fileno(), STALLED * limits.seconds)
        if found is None and (worker.spent or not worker.waited):
            raise ImagingError(
                f"cannot be decoded within {limits.seconds} s and {request['memory'] >> 20:,} MiB, or makes its "
                f"decoder crash; set {SECONDS_VARIABLE} or {MEMORY_VARIABLE} higher if the file can be trusted"
            )
    return found


def _error(answer: Answer, memory: int) -> ImagingError:
    if answer["kind"] == "memory":
        return ImagingError(
            f"takes more than {memory >> 20:,} MiB to decode; set {MEMORY_VARIABLE} higher if you trust the file"
        )
    return (DamagedError if answer["kind"] == "damaged" else ImagingError)(answer["error"])


def _picture(answer: Answer, samples: IO[bytes]) -> Picture:
    """The picture in an answer, with every field checked for consistency."""
    kind = np.dtype(answer["type"] if answer["type"] in PEAKS else "uint8")
    height, width, channels = (int(side) for side in answer["shape"])
    samples.seek(0)
    pixels = _read(samples, (height, width, channels), kind)
    alpha = _read(samples, (height, width), kind) if answer["alpha"] else None
    told: dict[str, Any] = {field: _as_bytes(value) for field, value in answer["metadata"].items()}
    told["png_chunks"] = tuple((_as_bytes(name), _as_bytes(body)) for name, body in told["png_chunks"])
    told["tiff_tags"] = tuple(IfdEntry(**{**entry, "raw": _as_bytes(entry["raw"])}) for entry in told["tiff_tags"])
    told["left_out"] = tuple(str(words) for words in told["left_out"])
    told["dpi"] = None if told["dpi"] is None else tuple(told["dpi"])
    return Picture(pixels=pixels, alpha=alpha, metadata=Metadata(**told), damage=answer["damage"])


def _read(samples: IO[bytes], shape: tuple[int, ...], kind: np.dtype[np.uint8 | np.uint16 | np.float32]) -> Samples:
    found = np.empty(shape, kind)
    if samples.readinto(found.data.cast("B")) != found.nbytes:  # type: ignore[attr-defined]
        raise ImagingError("came back cut short from its decoder; try it again")
    return found


def _as_bytes(value: object) -> object:
    return base64.b64decode(value["bytes"]) if isinstance(value, dict) and set(value) == {"bytes"} else value
