"""Progress on standard error: a bar with rate and time left on a terminal; elsewhere silence, or lines for a log."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterable, Iterator, Sized
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")


def visible(quiet: bool = False) -> bool:
    """Whether there is anyone to see it: standard error is a terminal and nobody asked for quiet."""
    return not quiet and sys.stderr.isatty()


@contextmanager
def log_lines(wanted: bool = True) -> Iterator[None]:
    """Write what ``burnish`` logs as information to standard error, with the time; for work without a terminal."""
    logger = logging.getLogger("burnish")
    if not wanted:
        yield
        return
    handler, level = logging.StreamHandler(sys.stderr), logger.level
    handler.setFormatter(logging.Formatter("%(asctime)s  %(message)s", "%Y-%m-%d %H:%M:%S"))
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)


def track(
    items: Iterable[T], *, description: str, total: int | None = None, unit: str = "picture", quiet: bool = False
) -> Iterator[T]:
    """Yield ``items`` and show how many are done, the rate in ``unit`` a second and the time left."""
    if not visible(quiet):
        yield from items
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    known = total if total is not None else (len(items) if isinstance(items, Sized) else None)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task(description, total=known, rate="")
        for item in items:
            yield item
            progress.advance(task)
            speed = progress.tasks[0].finished_speed or progress.tasks[0].speed
            progress.update(task, rate=f"{speed:.2f} {unit}/s" if speed else "")
