"""The process around a training: threads, determinism and random state, set for it and restored after it."""

from __future__ import annotations

import contextlib
import logging
import os
import random
import signal
import threading
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch

from burnish.errors import TrainingError

_WORKSPACE = "CUBLAS_WORKSPACE_CONFIG"


def available_cores() -> int:
    """Processor cores that this process may use: its affinity, and its control group's quota where there is one."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text(encoding="ascii").split()
        return max(1, min(cores, int(quota) // int(period)))
    except (OSError, ValueError):
        return cores


def world() -> tuple[int, int]:
    """(rank, number of processes), as ``torchrun`` says; (0, 1) without it."""
    return int(os.environ.get("RANK", "0")), int(os.environ.get("WORLD_SIZE", "1"))


@contextlib.contextmanager
def settled(threads: int) -> Iterator[None]:
    """Within it ``threads`` threads compute, and torch's, NumPy's and Python's random states are the training's own.

    Deterministic algorithms (Lightning turns them on) are turned back to what they were; warnings of Lightning and of
    torch about themselves are silent. Numbers below 1.2e-38 count as zero in this thread and in those that it begins:
    the momentum of features that died decays into them, and processors compute with them so slowly that a U-net was
    seen to train at 1.6 steps a second in place of 8.
    """
    before = torch.get_num_threads()
    flushed = _flushes_denormals()
    deterministic = torch.are_deterministic_algorithms_enabled()
    warn_only = torch.is_deterministic_algorithms_warn_only_enabled()
    memory: Any = torch.utils.deterministic
    fill = memory.fill_uninitialized_memory
    cudnn = (torch.backends.cudnn.deterministic, torch.backends.cudnn.benchmark)
    workspace = os.environ.get(_WORKSPACE)
    numpy_state, python_state = np.random.get_state(), random.getstate()
    interrupt = signal.getsignal(signal.SIGINT)
    torch.set_flush_denormal(True)
    torch.set_num_threads(threads)
    memory.fill_uninitialized_memory = False
    try:
        with torch.random.fork_rng(), _silence():
            yield
    finally:
        torch.set_flush_denormal(flushed)
        torch.set_num_threads(before)
        torch.use_deterministic_algorithms(deterministic, warn_only=warn_only)
        memory.fill_uninitialized_memory = fill
        torch.backends.cudnn.deterministic, torch.backends.cudnn.benchmark = cudnn
        np.random.set_state(numpy_state)
        random.setstate(python_state)
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGINT, interrupt)  # Lightning ignores it once it was interrupted
        if workspace is None:
            os.environ.pop(_WORKSPACE, None)
        else:
            os.environ[_WORKSPACE] = workspace


@contextlib.contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Hold ``folder`` for this process, so that two trainings never write the same checkpoints.

    Raises:
        TrainingError: Another process holds it. The hold ends with the process, however that dies.
    """
    folder.mkdir(parents=True, exist_ok=True)
    try:
        import fcntl
    except ImportError:  # no such locks on this system
        yield
        return
    with (folder / "lock").open("a", encoding="ascii") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise TrainingError(
                f"{folder}: another process is training here; wait for it, or choose another --work"
            ) from error
        yield


def _flushes_denormals() -> bool:
    """Whether this thread takes numbers too small to be normal for zero; torch tells only by doing so."""
    return float(torch.tensor(1e-30) * torch.tensor(1e-12)) == 0.0


@contextlib.contextmanager
def _silence() -> Iterator[None]:
    """Lightning's tips and both libraries' warnings about their own inner workings."""
    loggers = [logging.getLogger(name) for name in ("lightning.pytorch", "lightning.fabric", "lightning")]
    levels = [logger.level for logger in loggers]
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=r"lightning\..*")
        warnings.filterwarnings("ignore", module=r"torch\..*")
        for logger in loggers:
            logger.setLevel(logging.ERROR)
        try:
            yield
        finally:
            for logger, level in zip(loggers, levels, strict=True):
                logger.setLevel(level)
