"""What a restorer says of the picture that it restores, for its user."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

__all__ = ["doubt", "note"]

_log = logging.getLogger("burnish")


@dataclass(kw_only=True)
class Heard:
    """What was said while a picture was restored."""

    lines: list[str] = field(default_factory=list)
    """Every line once."""
    doubtful: bool = False
    """Whether the restorer doubts its result."""
    engine: str = ""
    """What computed it, and in which precision: ``openvino bf16``; empty: nothing was computed."""

    @property
    def notes(self) -> tuple[str, ...]:
        """The lines, in their order."""
        return tuple(dict.fromkeys(self.lines))


_hearing: ContextVar[Heard | None] = ContextVar("burnish_notes", default=None)


@contextmanager
def hearing() -> Iterator[Heard]:
    """Collect what restorers say in this context; an inner one collects for itself."""
    heard = Heard()
    token = _hearing.set(heard)
    try:
        yield heard
    finally:
        _hearing.reset(token)


def note(text: str) -> None:
    """Say something about the picture in hand: a few words, that follow its name and a colon.

    Called by a restorer while it works. Where nobody collects notes (tensors), it is logged as a warning of
    ``burnish``.
    """
    heard = _hearing.get()
    if heard is None:
        _log.warning("%s", text)
    else:
        heard.lines.append(text)


def computed(engine: str) -> None:
    """Say what computed the picture in hand."""
    heard = _hearing.get()
    if heard is not None:
        heard.engine = engine


def doubt(text: str) -> None:
    """As ``note``, and mark the result as doubtful: it may be worse than the input, or is the input."""
    heard = _hearing.get()
    if heard is not None:
        heard.doubtful = True
    note(text)
