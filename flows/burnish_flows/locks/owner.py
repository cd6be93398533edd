"""The process that writes an MLflow run, to tell dead runs from active ones."""

from __future__ import annotations

import json
import os
import socket
from contextlib import suppress
from pathlib import Path

TAG = "burnish.process"
"""Tag of every long run: ``host``, ``pid`` and ``began`` of its process, as JSON."""


def me() -> str:
    """The value of the tag for this process."""
    return json.dumps({"host": _host(), "pid": os.getpid(), "began": _began(os.getpid())})


def gone(said: str | None) -> bool:
    """Whether the process in a tag has certainly ended: it was on this host, and no longer runs.

    Of another host, or another container, nothing is known.
    """
    try:
        named = json.loads(said or "")
        host, pid, began = str(named["host"]), int(named["pid"]), named["began"]
    except (ValueError, KeyError, TypeError):
        return False
    return host == _host() and _began(pid) != began


def _host() -> str:
    """This host since its last start, and the container on it: process ids are unique only within them."""
    boot, numbers = Path("/proc/sys/kernel/random/boot_id"), Path("/proc/self/ns/pid")
    parts = [socket.gethostname()]
    with suppress(OSError):
        parts += [boot.read_text(encoding="ascii").strip(), str(numbers.readlink())]
    return "/".join(parts)


def _began(pid: int) -> float | None:
    """When a process started, in clock ticks since the host's start (elsewhere: seconds); None if it does not exist."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
        state, *rest = text.rpartition(")")[2].split()
        return None if state in "ZX" else float(rest[18])
    except FileNotFoundError:
        pass
    if Path("/proc/self/stat").exists():
        return None
    import psutil

    try:
        return float(psutil.Process(pid).create_time())
    except psutil.Error:
        return None
