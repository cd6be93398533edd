"""Interruption of a command: it ends in order and quickly, and reports in one line whether it can be resumed.

Ctrl-C, a request to terminate and a closed terminal look the same to all code: a ``KeyboardInterrupt``. The first
signal raises it; a second one, or the end of ``PATIENCE``, ends the process at once.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import NoReturn

from burnish.console.output import tell as tell_person

SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))
PATIENCE = 20.0
"""Time limit in seconds for an orderly end of an interrupted command."""
APART = 0.5
"""Seconds in which the same request may arrive twice: for the process and for its group, or from another program."""


class Interrupted(KeyboardInterrupt):
    """The user, the system or the terminal requested the end of the command."""


class _State:
    """The state of this process; signals are handled per process."""

    number = 0
    when = 0.0
    words = ""
    handles = False


def number() -> int:
    """The signal that interrupted the running command; 0: none."""
    return _State.number


def handled_here() -> bool:
    """Whether a command handles signals in this process; false in a program that uses burnish as a library."""
    return _State.handles


def tell(words: str) -> None:
    """Set what the last line adds to "interrupted": where, and whether a rerun resumes; the first call wins."""
    _State.words = _State.words or words


def line() -> str:
    """The last line of an interrupted command."""
    return f"burnish: interrupted{_State.words}"


def check() -> None:
    """Raise ``Interrupted`` in a thread other than the main one, which receives no signals; for long loops."""
    if _State.number and threading.current_thread() is not threading.main_thread():
        raise Interrupted


def hang_up() -> None:
    """Nobody reads standard error any more: act as if the terminal was closed, unless that is ignored (``nohup``)."""
    hung = getattr(signal, "SIGHUP", None)
    if _State.handles and hung is not None and signal.getsignal(hung) not in (signal.SIG_IGN, signal.SIG_DFL):
        os.kill(os.getpid(), hung)


def note(signal_number: int) -> None:
    """Record that the signal arrived, in whatever way; the command will end as interrupted."""
    _State.number, _State.when = signal_number, time.monotonic()


@contextmanager
def handled() -> Iterator[None]:
    """Make signals raise ``Interrupted`` in the block; signals that are ignored (``nohup``) stay ignored."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {one: signal.getsignal(one) for one in SIGNALS}
    over = threading.Event()
    _State.number, _State.words, _State.handles = 0, "", True

    def come(signal_number: int, frame: object) -> None:
        if _State.number:
            if time.monotonic() - _State.when > APART:
                leave()
            return
        note(signal_number)
        threading.Thread(target=_leave_later, args=(over,), daemon=True).start()
        raise Interrupted

    try:
        for one, handler in before.items():
            if handler not in (signal.SIG_IGN, None):
                signal.signal(one, come)
        yield
    finally:
        over.set()
        _State.number, _State.handles = 0, False
        for one, handler in before.items():
            if handler not in (signal.SIG_IGN, None):
                signal.signal(one, handler)


def status() -> int:
    """The exit status that a shell expects: 130, 143 or 129."""
    return 128 + _State.number


def say() -> None:
    """Print the last line, if anyone can read it."""
    with suppress(OSError, ValueError):
        tell_person(line())


def leave() -> NoReturn:
    """End this process now, whatever its threads do; its child processes end with it."""
    say()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(status())


def _leave_later(over: threading.Event) -> None:
    if not over.wait(PATIENCE):
        leave()
