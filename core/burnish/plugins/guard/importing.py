"""Runs what a plugin does while it is loaded: whatever it does to the process, the process goes on.

What it prints goes to standard error; ``os._exit`` becomes an error; the streams, the signals, the working folder and
``sys.path`` are afterwards as they were. How long it took, and which frameworks it brought, is measured.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TextIO, cast

from burnish.console import interruption
from burnish.errors import PluginError
from burnish.plugins.record import Record

SLOW = 0.5
"""Seconds beyond which a plugin's loading is told; the host's own plugins take 1 to 20 ms."""
FRAMEWORKS = (
    "torch", "numpy", "cv2", "lightning", "tensorflow", "jax", "scipy", "skimage", "sklearn", "pandas", "PIL",
    "onnxruntime", "openvino", "matplotlib", "mlflow", "prefect",
)  # fmt: skip
"""Modules that no plugin's declarations need, and that take from 50 ms to seconds."""


STOPS = (Exception, SystemExit, GeneratorExit, KeyboardInterrupt)
"""What a plugin's code may raise and only that plugin suffers from, unless the user has asked for it (``asked_for``);
what else is raised comes from what runs the process, such as a cancelled task."""


class Cost(Record):
    """What loading a plugin cost, if that is worth telling."""

    seconds: float = 0.0
    """0: less than ``SLOW``, and no framework."""
    frameworks: tuple[str, ...] = ()
    """Those of ``FRAMEWORKS`` that it was the first to import."""


class Stopwatch:
    """Measures the loading of one plugin."""

    def __init__(self) -> None:
        self._absent = [name for name in FRAMEWORKS if name not in sys.modules]
        self._start = time.perf_counter()

    def cost(self) -> Cost:
        """What it has cost until now."""
        seconds = time.perf_counter() - self._start
        brought = tuple(name for name in self._absent if name in sys.modules)
        return Cost(seconds=round(seconds, 3), frameworks=brought) if brought or seconds >= SLOW else Cost()


def asked_for(error: BaseException) -> bool:
    """Whether the user asked for the end; a plugin may raise ``KeyboardInterrupt`` as well."""
    if not isinstance(error, KeyboardInterrupt):
        return False
    if isinstance(error, interruption.Interrupted):
        return bool(interruption.number())
    return bool(interruption.number()) or not interruption.handled_here()


class Stop:
    """Tells Ctrl-C from a plugin that raises ``KeyboardInterrupt``, also in programs that use burnish as a library."""

    pressed = False

    def __bool__(self) -> bool:
        """Whether the user wants to stop."""
        return self.pressed or bool(interruption.number())


@contextmanager
def signals_kept() -> Iterator[Stop]:
    """Handle signals as before the block, whatever a plugin makes of them."""
    stop = Stop()
    if threading.current_thread() is not threading.main_thread():
        yield stop  # no signal arrives here
        return
    before = {one: signal.getsignal(one) for one in interruption.SIGNALS}

    def come(number: int, frame: Any) -> None:
        stop.pressed = True
        raise KeyboardInterrupt

    if before.get(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, come)
    try:
        yield stop
    finally:
        for one, handler in before.items():
            if handler is not None and signal.getsignal(one) is not handler:
                signal.signal(one, handler)


@contextmanager
def contained() -> Iterator[None]:
    """Run a plugin's code; afterwards the process is as before."""
    streams = sys.stdin, sys.stdout, sys.stderr
    path, entries = sys.path, list(sys.path)
    folder = _folder()
    leave = os._exit
    sys.stdout = sys.stderr = cast(TextIO, _Kept(sys.stderr)) if sys.stderr is not None else sys.stderr
    os._exit = _refusing(leave)  # type: ignore[assignment]
    try:
        yield
    finally:
        os._exit = leave
        sys.stdin, sys.stdout, sys.stderr = streams
        sys.path = path
        if not set(entries) <= set(path):
            path[:] = entries
        if folder and _folder() != folder:
            with suppress(OSError):
                os.chdir(folder)


def _folder() -> str:
    try:
        return os.getcwd()  # noqa: PTH109  (pathlib takes milliseconds to import)
    except OSError:
        return ""


def _refusing(leave: Callable[[int], Any]) -> Callable[[int], None]:
    """An ``os._exit`` for the time of a loading: an error in this thread; forked children and others leave as ever."""
    process, thread = os.getpid(), threading.get_ident()

    def refuse(status: int) -> None:
        here = os._exit is refuse and (os.getpid(), threading.get_ident()) == (process, thread)
        if here and not interruption.number():
            raise PluginError(f"calls os._exit({status}) while it is loaded, which ends the process; remove that")
        leave(status)

    return refuse


class _Kept:
    """A stream that a plugin cannot close."""

    def __init__(self, wrapped: TextIO) -> None:
        self._wrapped = wrapped

    def __getattr__(self, name: str) -> Any:
        return getattr(self._wrapped, name)

    def close(self) -> None:
        """Do nothing: it is everybody's."""
        self._wrapped.flush()
