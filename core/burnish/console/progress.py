"""Progress on standard error: a bar with rate and time left on a terminal, elsewhere lines at growing intervals."""

from __future__ import annotations

import logging
import math
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence, Sized
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, TextIO, TypeVar

from burnish.console import interruption

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import ProgressColumn, Task

from burnish.console.escaping import line
from burnish.console.output import terminal
from burnish.console.redaction import guard_logs

T = TypeVar("T")

_log = logging.getLogger("burnish.console.progress")
_here = threading.local()


class Cadence:
    """The intervals between progress reports, for work of seconds or days: short at first, then longer."""

    def __init__(self, *, first: float = 2.0, longest: float = 60.0, growth: float = 1.0) -> None:
        """Start the first interval now.

        Args:
            first: Seconds until the first time, and between any two at least.
            longest: Seconds between any two at most.
            growth: Each wait is this part of the time since the beginning, between the two bounds.
        """
        self._first, self._longest, self._growth = first, longest, growth
        self._began = time.monotonic()
        self._next = self._began + first

    def due(self) -> bool:
        """Whether a report is due; if so, the next interval starts."""
        now = time.monotonic()
        if now < self._next:
            return False
        self.told()
        return True

    def told(self) -> None:
        """Start the next interval, because something was reported for another reason."""
        now = time.monotonic()
        self._next = now + min(self._longest, max(self._first, self._growth * (now - self._began)))


def visible(quiet: bool = False) -> bool:
    """Whether to show a bar: standard error is a terminal, and ``--quiet`` is not set."""
    return not quiet and sys.stderr.isatty()


def span(seconds: float) -> str:
    """A time as ``3:20`` or ``1:05:00``; ``-`` where it is not known."""
    if not math.isfinite(seconds):
        return "-"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02d}:{rest:02d}" if minutes >= 60 else f"{minutes}:{rest:02d}"


@contextmanager
def log_lines(wanted: bool = True) -> Iterator[None]:
    """Write ``burnish``'s log messages of level INFO to standard error, with the time; for work without a terminal."""
    logger = logging.getLogger("burnish")
    if not wanted or any(isinstance(handler, _Lines) for handler in logger.handlers):
        yield
        return
    guard_logs()
    handler, level = _Lines(), logger.level
    handler.setFormatter(logging.Formatter("%(asctime)s  %(message)s", "%Y-%m-%d %H:%M:%S"))
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)


class _Lines(logging.StreamHandler[TextIO]):
    """Writes to the current standard error. If its reader is gone, acts as if the terminal was closed."""

    def __init__(self) -> None:
        super().__init__(sys.stderr)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  (logging's name)
        """Drop a line that cannot be written."""
        if isinstance(sys.exc_info()[1], BrokenPipeError):
            interruption.hang_up()


class _Screen:
    """Standard error for bars; output is dropped if the terminal is closed."""

    def __init__(self) -> None:
        self._stream = terminal()

    def __getattr__(self, name: str) -> object:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """Write, but never raise because of the terminal."""
        with suppress(OSError):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        """Flush, but never raise because of the terminal."""
        with suppress(OSError):
            self._stream.flush()


def screen() -> Console:
    """Rich's console on standard error."""
    from rich.console import Console

    return Console(file=_Screen())  # type: ignore[arg-type]


@contextmanager
def doing(text: str, quiet: bool = False) -> Iterator[None]:
    """Show a spinner on a terminal while the block works without a bar of its own."""
    if visible(quiet):
        with screen().status(line(text)):
            yield
    else:
        yield


def say(text: str, quiet: bool = False) -> None:
    """Log the start or end of some work, unless ``quiet``: a line on standard error if that is not a terminal."""
    if not quiet:
        _log.info("%s", text)


def track(
    items: Iterable[T], *, description: str, total: int | None = None, unit: str = "picture", quiet: bool = False
) -> Iterator[T]:
    """Yield ``items`` and show how many are done, the rate in ``unit`` a second and the time left."""
    known = total if total is not None else (len(items) if isinstance(items, Sized) else None)
    if quiet:
        yield from items
    elif visible():
        yield from _bar(items, description, known, unit)
    else:
        yield from _lines(items, description, known, unit)


def _bar(items: Iterable[T], description: str, total: int | None, unit: str) -> Iterator[T]:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeElapsedColumn(),
        time_left(),
    )
    with Progress(*columns, console=screen()) as progress:
        task = progress.add_task(line(description), total=total, rate="")

        def show(done: float, part: str) -> None:
            speed = progress.tasks[0].finished_speed or progress.tasks[0].speed
            rate = f"{speed:.2f} {unit}/s" if speed else ""
            progress.update(task, completed=done, rate=f"{part} {rate}".lstrip())

        yield from _reported(items, show)


def time_left() -> ProgressColumn:
    """A column for rich's bars with the estimated time left and a label."""
    from rich.progress import ProgressColumn
    from rich.text import Text

    class TimeLeft(ProgressColumn):
        max_refresh = 0.5

        def render(self, task: Task) -> Text:
            left = task.time_remaining
            return Text(f"time left {span(math.nan if left is None else left)}" if task.total else "")

    return TimeLeft()


def _lines(items: Iterable[T], description: str, total: int | None, unit: str) -> Iterator[T]:
    cadence, began = Cadence(), time.monotonic()

    def show(done: float, part: str) -> None:
        if done != total and cadence.due():
            rate = done / (time.monotonic() - began)
            left = f"  time left {span((total - done) / rate)}" if total else ""
            where = f"{int(done)}{f'/{total}' if total else ''}{f'  {part}' if part else ''}"
            _log.info("%s: %s  %.2f %s/s%s", description, where, rate, unit, left)

    yield from _reported(items, show)


def _reported(items: Iterable[T], show: Callable[[float, str], None]) -> Iterator[T]:
    """Yield the items and report how many are done; during an item, report how many of its ``parts`` are done."""
    for done, item in enumerate(items):
        interruption.check()
        _here.parts = lambda number, of, unit, done=done: show(done + number / of, f"{unit} {number}/{of}")
        try:
            yield item
        finally:
            _here.parts = None
        show(done + 1, "")


def parts(items: Sequence[T], unit: str = "tile") -> Iterator[T]:
    """Yield the parts of one item, and show their number in the line or bar of that item."""
    shown = getattr(_here, "parts", None)
    for number, item in enumerate(items):
        interruption.check()
        if shown is not None and number:
            shown(number, len(items), unit)
        yield item
