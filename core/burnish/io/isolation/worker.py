"""A process that decodes untrusted files for another one: ``python -m burnish.io.isolation.worker SOCKET``.

It opens nothing itself: each request brings an open file, each answer takes one with the samples. It may be killed at
any time, ends when its parent does, and takes no more memory and processor time than a request allows.
"""

from __future__ import annotations

import base64
import json
import os
import resource
import select
import signal
import socket
import struct
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any, TypedDict

from burnish.errors import BurnishError
from burnish.io.files import decode_picture
from burnish.io.formats.damage import DamagedError
from burnish.io.picture import Picture

LENGTH = struct.Struct("<Q")


class Request(TypedDict, total=False):
    """A request to a worker."""

    name: str
    """Of the file; empty where it has none."""
    max_pixels: int | None
    allow_damaged: bool | None
    seconds: int
    memory: int
    """In bytes."""


class Answer(TypedDict, total=False):
    """A worker's answer: an error with its kind, or all of a picture except its samples."""

    error: str
    kind: str
    type: str
    shape: Sequence[int]
    alpha: bool
    damage: str
    metadata: dict[str, Any]


def main() -> None:
    """Decode requests from the socket until its other end is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent; when it ends, this process ends
    link = socket.socket(fileno=int(sys.argv[1]))
    threading.Thread(target=_end_with_parent, args=(link,), daemon=True).start()
    while (found := receive(link)) is not None:
        request, files = found
        with os.fdopen(files[0], "rb") as file:
            answer, samples = _decoded(request, file)
        send(link, answer, [] if samples is None else [samples.fileno()])
        if samples is not None:
            samples.close()


def send(link: socket.socket, message: Mapping[str, object], files: list[int]) -> None:
    """Send a message of JSON values with open files."""
    data = json.dumps(message, default=_as_text).encode()
    socket.send_fds(link, [LENGTH.pack(len(data))], files)
    link.sendall(data)


def receive(link: socket.socket) -> tuple[Any, list[int]] | None:
    """A message and the open files that came with it; None if the other end is closed."""
    head, files, _, _ = socket.recv_fds(link, LENGTH.size, 2)
    head += _exactly(link, LENGTH.size - len(head)) if head else b""
    if len(head) < LENGTH.size:
        return None
    data = _exactly(link, LENGTH.unpack(head)[0])
    return (json.loads(data), files) if data else None


def _exactly(link: socket.socket, size: int) -> bytes:
    """That many bytes; fewer if the other end is closed."""
    data = bytearray()
    while len(data) < size and (piece := link.recv(min(size - len(data), 1 << 20))):
        data += piece
    return bytes(data)


def _decoded(request: Request, file: IO[bytes]) -> tuple[Answer, IO[bytes] | None]:
    """The answer, and its samples: pixels, then alpha."""
    _limit(resource.RLIMIT_CPU, int(sum(os.times()[:2])) + 1 + request["seconds"])
    _limit(resource.RLIMIT_AS, _mapped() + request["memory"])
    try:
        picture = decode_picture(
            file, request["name"], max_pixels=request["max_pixels"], allow_damaged=request["allow_damaged"]
        )
        samples = _samples(picture)
    except MemoryError:
        return {"error": "", "kind": "memory"}, None
    except BurnishError as error:
        kind = "memory" if _of_memory(error) else "damaged" if isinstance(error, DamagedError) else "refused"
        return {"error": str(error), "kind": kind}, None
    finally:
        _limit(resource.RLIMIT_AS, resource.RLIM_INFINITY)
    return {
        "type": picture.pixels.dtype.name,
        "shape": picture.pixels.shape,
        "alpha": picture.alpha is not None,
        "damage": picture.damage,
        "metadata": asdict(picture.metadata),
    }, samples


def _samples(picture: Picture) -> IO[bytes]:
    file: IO[bytes] = os.fdopen(os.memfd_create("burnish"), "w+b") if hasattr(os, "memfd_create") else _unnamed()
    file.write(picture.pixels.data)
    if picture.alpha is not None:
        file.write(picture.alpha.data)
    file.flush()
    return file


def _unnamed() -> IO[bytes]:
    return tempfile.TemporaryFile()


def _of_memory(error: BaseException) -> bool:
    cause = error.__cause__
    return isinstance(cause, MemoryError) or "memory" in str(cause).lower() or "alloc" in str(cause).lower()


def _limit(what: int, value: int) -> None:
    hard = resource.getrlimit(what)[1]
    if value == resource.RLIM_INFINITY:  # -1: unlimited, so not a minimum
        value = hard
    elif hard != resource.RLIM_INFINITY:
        value = min(value, hard)
    resource.setrlimit(what, (value, hard))


def _mapped() -> int:
    """The present address space of this process in bytes."""
    try:
        return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()
    except OSError:
        return 0


def _end_with_parent(link: socket.socket) -> None:
    watch = select.poll()
    watch.register(link, 0)  # becomes readable only when the other end is closed
    watch.poll()
    os._exit(0)


def _as_text(value: bytes) -> dict[str, str]:
    return {"bytes": base64.b64encode(value).decode("ascii")}


if __name__ == "__main__":
    main()
