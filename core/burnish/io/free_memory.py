"""How much memory the system has free."""

from __future__ import annotations

from pathlib import Path

SYSTEM = Path("/proc/meminfo")
"""What Linux says of its memory, in KiB."""


def free_memory(*, unknown: float) -> float:
    """Bytes that can be allocated without swapping; ``unknown`` where the system does not say."""
    try:
        lines = SYSTEM.read_text(encoding="ascii").splitlines()
        return 1024.0 * next(float(line.split()[1]) for line in lines if line.startswith("MemAvailable:"))
    except (OSError, StopIteration):
        return unknown
