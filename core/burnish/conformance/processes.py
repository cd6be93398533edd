"""Runs something in two processes that know of each other, as a training on two devices does."""

from __future__ import annotations

import multiprocessing
import tempfile
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from burnish.conformance.violation import Violation

_PATIENCE = 120
"""Seconds that both may take."""


def two_processes(work: Callable[[int], Tensor]) -> list[Tensor]:
    """``work(rank)`` of each, in processes that are forked, so that whatever is in memory is there as well.

    Raises:
        Violation: One of them failed or did not end; says why.
    """
    context = multiprocessing.get_context("fork")
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # a forked process must not wait for threads that it does not have
    found: list[Tensor] = []
    with tempfile.TemporaryDirectory() as folder:
        meeting = f"file://{Path(folder) / 'meeting'}"
        pipes = [context.Pipe(duplex=False) for _ in range(2)]
        children = [
            context.Process(target=_join, args=(rank, meeting, work, pipe[1]), daemon=True)
            for rank, pipe in enumerate(pipes)
        ]
        try:
            for child in children:
                child.start()
            for receiver, sender in pipes:
                sender.close()
                if not receiver.poll(_PATIENCE):
                    raise Violation(f"two processes did not end a step within {_PATIENCE} s: they wait for each other")
                try:
                    said = receiver.recv()
                except EOFError:
                    raise Violation("one of two processes ended without a result") from None
                if isinstance(said, str):
                    raise Violation(f"in one of two processes it raises {said}")
                found.append(torch.from_numpy(said))
        finally:
            torch.set_num_threads(threads)
            for child in children:
                child.join(5 if len(found) == len(children) else 0)
                child.kill()
    return found


def _join(rank: int, meeting: str, work: Callable[[int], Tensor], result: Connection) -> None:
    said: str | np.ndarray[tuple[int, ...], np.dtype[np.float32]]
    try:
        torch.set_num_threads(1)
        torch.distributed.init_process_group("gloo", init_method=meeting, rank=rank, world_size=2)
        said = work(rank).detach().numpy()
    except BaseException as error:
        said = f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"
    result.send(said)
    result.close()
