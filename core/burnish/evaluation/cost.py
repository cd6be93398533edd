"""The cost of a restoration: seconds on a synchronized clock, and the growth of memory."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

MIB = 1024 * 1024
_STATUS = Path("/proc/self/status")
_RESET = Path("/proc/self/clear_refs")


@dataclass(frozen=True, kw_only=True)
class Measured:
    """One restoration."""

    estimate: Tensor
    seconds: float
    """Wall clock, the device synchronised before and after."""
    memory_mb: float
    """Growth of memory at its peak, in MiB: what the allocator took on a GPU, else the process's resident size. On
    systems other than Linux only growth beyond the process's former peak is seen."""


def measure(work: Callable[[], Tensor], device: torch.device) -> Measured:
    """Run ``work`` once and measure its cost."""
    _synchronise(device)
    before = _start_watching(device)
    start = time.perf_counter()
    estimate = work()
    _synchronise(device)
    seconds = time.perf_counter() - start
    return Measured(estimate=estimate, seconds=seconds, memory_mb=max(0.0, _peak(device) - before))


def _synchronise(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def _start_watching(device: torch.device) -> float:
    """Forget the former peak where that is possible; memory in use now, in MiB."""
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
        return torch.cuda.memory_allocated(device) / MIB
    with contextlib.suppress(OSError):
        _RESET.write_text("5", encoding="ascii")  # "5" sets the peak resident size to the present one: proc(5)
        return _status("VmRSS")
    return _process_peak()


def _peak(device: torch.device) -> float:
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device) / MIB
    return _process_peak()


def _process_peak() -> float:
    """Largest resident size of this process so far, in MiB; 0 where the system does not tell."""
    with contextlib.suppress(OSError):
        return _status("VmHWM")
    try:
        import resource
    except ImportError:
        return 0.0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / MIB if sys.platform == "darwin" else peak / 1024


def _status(key: str) -> float:
    for line in _STATUS.read_text(encoding="ascii", errors="replace").splitlines():
        if line.startswith(f"{key}:"):
            return float(line.split()[1]) / 1024
    raise OSError(f"no {key} in {_STATUS}")
