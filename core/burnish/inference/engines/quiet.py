"""Without what torch's exporters say of their own accord; what other threads say meanwhile is kept."""

from __future__ import annotations

import contextlib
import logging
import sys
import threading
import warnings
from collections.abc import Iterator
from typing import Any, TextIO, cast

_one_at_a_time = threading.RLock()
"""The streams of the process are replaced by one thread at a time, else they would not come back in order."""


@contextlib.contextmanager
def quietly() -> Iterator[None]:
    """Drop what this thread prints, warns, and logs below an error."""
    own = threading.get_ident()

    def of_others(record: logging.LogRecord) -> bool:
        return record.thread != own or record.levelno > logging.WARNING

    with _one_at_a_time, contextlib.ExitStack() as stack:
        for handler in _handlers():
            handler.addFilter(of_others)
            stack.callback(handler.removeFilter, of_others)
        stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter("ignore")
        stack.enter_context(contextlib.redirect_stdout(cast(TextIO, _OfOthers(sys.stdout, own))))
        stack.enter_context(contextlib.redirect_stderr(cast(TextIO, _OfOthers(sys.stderr, own))))
        yield


def _handlers() -> Iterator[logging.Handler]:
    """All that log anywhere in the process."""
    loggers = [logging.root, *logging.root.manager.loggerDict.values()]
    found = {id(one): one for logger in loggers if isinstance(logger, logging.Logger) for one in logger.handlers}
    if logging.lastResort is not None:
        found[id(logging.lastResort)] = logging.lastResort
    return iter(found.values())


class _OfOthers:
    """A stream that takes what other threads write, and drops what one writes."""

    def __init__(self, stream: Any, dropped: int) -> None:
        self._stream, self._dropped = stream, dropped

    def write(self, text: str) -> int:
        """As of any stream."""
        return len(text) if threading.get_ident() == self._dropped else int(self._stream.write(text))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)
