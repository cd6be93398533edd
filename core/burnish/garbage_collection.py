"""Fewer passes of Python's garbage collector: the libraries create a million permanent objects, which it would rescan.

Measured with prefect and mlflow together (3.0 s of processor time to import and to leave): 1.1 s of it was the
collector's, most of that at the end of the process.
"""

from __future__ import annotations

import atexit
import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager


def leave_quickly() -> None:
    """Skip garbage collection at the end of this process. May be called more than once."""
    atexit.unregister(gc.freeze)
    atexit.register(gc.freeze)


@contextmanager
def importing(library: str) -> Iterator[None]:
    """Pause collection while a large library is imported, and exclude its objects from later collections.

    Does nothing where it is there already: what is in memory then may still become garbage.
    """
    if library in sys.modules:
        yield
        return
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if was_enabled:
            gc.enable()
