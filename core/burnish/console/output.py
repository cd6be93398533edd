"""All output of ``burnish``: lines for people, one JSON value for programs; without secrets and control characters.

``say`` writes lines to standard output, ``tell`` to standard error, ``answer`` one JSON value. While a command runs,
the two streams are guarded: also what plugins and libraries print passes the guard. With ``--json`` standard output
belongs to ``answer`` alone; what else is written there, by Python or by a library of C, goes to standard error.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import Any, BinaryIO, TextIO, cast

from burnish.console import escaping
from burnish.console.redaction import clean_error, redact, redacted

_channel: _Channel | None = None
"""The destination of ``answer`` while a command with ``--json`` runs; None: standard output."""


def say(lines: str | Iterable[str]) -> None:
    """Write one or more lines to standard output; line ends within one are escaped."""
    _write(sys.stdout, lines)


def tell(lines: str | Iterable[str]) -> None:
    """Write one or more lines to standard error; line ends within one are escaped."""
    _write(sys.stderr, lines)


def answer(value: object, *, indent: int | None = 2) -> None:
    """Write the command's one JSON value: strict JSON in ASCII. NaN and infinity, which JSON lacks, become null."""
    import json

    stream = sys.stdout if _channel is None else _channel.open()
    stream.write(json.dumps(strict(redacted(value)), indent=indent, allow_nan=False) + "\n")
    stream.flush()


def strict(value: object) -> object:
    """The value with null for every number that is not finite."""
    if isinstance(value, float):
        return value if value == value and abs(value) != float("inf") else None
    if isinstance(value, Mapping):
        return {key: strict(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [strict(item) for item in value]
    return value


def terminal(stream: TextIO | None = None) -> TextIO:
    """Standard error, or ``stream``, for bars and tables that use colours and move the cursor.

    Names in them go through ``escaping.line`` first.
    """
    chosen = sys.stderr if stream is None else stream
    return cast(TextIO, _Styled(chosen.wrapped)) if isinstance(chosen, _Guarded) else chosen


@contextmanager
def session(words: list[str], *, for_good: bool = False, answers: bool = False) -> Iterator[None]:
    """Guard the standard streams while a command runs.

    Args:
        words: The command line; ``--json`` in it keeps standard output for ``answer``.
        for_good: Leave them guarded afterwards: the process is about to end, and may say something yet.
        answers: The command gives its JSON to ``answer``; what a plugin prints meanwhile is none, even if it is JSON.
    """
    global _channel
    before = sys.stdout, sys.stderr, _channel
    options = words[: words.index("--")] if "--" in words else words
    sys.stderr = cast(TextIO, _Guarded(sys.stderr)) if sys.stderr is not None else sys.stderr
    if "--json" in options and sys.stdout is not None:
        _channel = _Channel(sys.stdout)
        diverted = _Guarded(sys.stderr) if answers else _Diverted(sys.stderr, _channel)
        sys.stdout = cast(TextIO, diverted)
    elif sys.stdout is not None:
        sys.stdout = cast(TextIO, _Guarded(sys.stdout))
    if for_good:
        sys.excepthook = _report
    try:
        yield
    finally:
        _settle(sys.stdout)
        if not for_good:
            if _channel is not before[2] and _channel is not None:
                _channel.restore()
            sys.stdout, sys.stderr, _channel = before


@contextmanager
def bytes_out() -> Iterator[BinaryIO]:
    """Standard output for the bytes of a file; everything else printed meanwhile goes to standard error."""
    before, channel = sys.stdout, _Channel(sys.stdout)
    sys.stdout = cast(TextIO, _Guarded(sys.stderr))
    try:
        yield channel.binary()
    finally:
        sys.stdout.flush()
        sys.stdout = before
        channel.restore()


def _settle(stdout: Any) -> None:
    try:
        if isinstance(stdout, _Diverted):
            stdout.settle()
        if stdout is not None:
            stdout.flush()
    except BrokenPipeError:
        hang_up()


def hang_up() -> None:
    """The reader of standard output is gone: discard all further output."""
    nobody = os.open(os.devnull, os.O_WRONLY)
    with suppress(OSError, ValueError):
        os.dup2(nobody, sys.stdout.fileno() if _channel is None else _channel.stream.fileno())


class _Guarded:
    """A stream that removes secrets and control characters."""

    def __init__(self, wrapped: Any) -> None:
        self.wrapped: TextIO = wrapped.wrapped if isinstance(wrapped, _Guarded) else wrapped

    def __getattr__(self, name: str) -> object:
        return getattr(self.wrapped, name)

    def write(self, text: str) -> int:
        clean = self.clean(redact(text))
        try:
            self.wrapped.write(clean)
        except UnicodeEncodeError:
            encoding = self.wrapped.encoding or "ascii"
            self.wrapped.write(clean.encode(encoding, "backslashreplace").decode(encoding))
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        for text in lines:
            self.write(text)

    def clean(self, text: str) -> str:
        return escaping.block(text)

    def close(self) -> None:
        """Do nothing: a plugin must not close what everybody writes to."""
        self.wrapped.flush()


class _Styled(_Guarded):
    """A guarded stream that keeps the colours and cursor movements of our own output."""

    def clean(self, text: str) -> str:
        return escaping.styled(text)


class _Channel:
    """The real standard output, kept for one JSON value or file; meanwhile descriptor 1 writes to standard error."""

    def __init__(self, stdout: TextIO) -> None:
        self.answered = False
        self.stream: TextIO = stdout.wrapped if isinstance(stdout, _Guarded) else stdout
        self._saved = -1
        try:
            own = stdout.fileno() == 1
        except (OSError, ValueError, AttributeError):  # captured by a caller
            own = False
        if own:
            stdout.flush()
            self._saved = os.dup(1)
            _lead_to_standard_error(1)
            self.stream = open(self._saved, "w", encoding="ascii", closefd=False)  # noqa: SIM115

    def open(self) -> TextIO:
        """The stream for a JSON value."""
        self.answered = True
        return self.stream

    def binary(self) -> BinaryIO:
        """The stream for bytes."""
        return self.stream.buffer

    def restore(self) -> None:
        """Give descriptor 1 back."""
        if self._saved >= 0:
            with suppress(BrokenPipeError):  # the first write has raised it already
                self.stream.close()
            os.dup2(self._saved, 1)
            os.close(self._saved)
            self._saved = -1


class _Diverted(_Guarded):
    """``sys.stdout`` of a command with ``--json``: everything that is not JSON goes to standard error.

    A plugin's command that prints its JSON by itself is understood as well: what begins like JSON waits for the end.
    """

    def __init__(self, stderr: Any, channel: _Channel) -> None:
        super().__init__(stderr)
        self._channel = channel
        self._kept: list[str] = []

    def write(self, text: str) -> int:
        if not self._kept and text.lstrip()[:1] not in ("{", "["):
            return super().write(text)
        self._kept.append(text)
        return len(text)

    def settle(self) -> None:
        """Print the kept text: as the answer if it is one JSON value and there was none yet, else to standard error."""
        import json

        text, self._kept = "".join(self._kept), []
        if not text:
            return
        try:
            value = json.loads(text) if not self._channel.answered else None
        except ValueError:
            value = None
        if value is None:
            super().write(text)
        else:
            answer(value)


def _write(stream: TextIO | None, lines: str | Iterable[str]) -> None:
    if stream is None:
        return
    for text in [lines] if isinstance(lines, str) else lines:
        stream.write(escaping.line(redact(text)) + "\n")
    stream.flush()


def _lead_to_standard_error(descriptor: int) -> None:
    try:
        os.dup2(2, descriptor)
    except OSError:  # there is no standard error
        os.dup2(os.open(os.devnull, os.O_WRONLY), descriptor)


def _report(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Print a traceback without secrets."""
    import traceback

    sys.stderr.write("".join(traceback.format_exception(kind, clean_error(error), trace)))
