"""The arguments of this process: a password among them is hidden from other users of the machine."""

from __future__ import annotations

import os
import sys

from burnish.console.redaction import redact, remember

VARIABLE = "BURNISH_WORDS"
"""Names the descriptor of the pipe that holds the words where the process has started itself again."""


def own_words() -> list[str]:
    """The words after ``burnish``.

    A list of processes shows them to everybody. Where one holds a secret (``--store postgresql://user:password@…``),
    the process starts itself again with ``***`` in its place, and gets the true words through a pipe.
    """
    descriptor = os.environ.pop(VARIABLE, "")
    if descriptor.isdecimal():
        import json

        with os.fdopen(int(descriptor), encoding="utf-8") as pipe:
            words = [str(word) for word in json.load(pipe)]
        for word in words:
            remember(word)
        return words
    words = sys.argv[1:]
    shown = [redact(word) for word in words]
    if shown != words and os.name == "posix" and sys.orig_argv[-len(words) :] == words:
        _start_again(words, shown)
    return words


def _start_again(words: list[str], shown: list[str]) -> None:
    import json

    reading, writing = os.pipe()
    content = json.dumps(words).encode()
    if len(content) > 60_000:  # more than a pipe takes at once
        os.close(reading)
        os.close(writing)
        return
    with os.fdopen(writing, "wb") as pipe:
        pipe.write(content)
    os.set_inheritable(reading, True)
    os.environ[VARIABLE] = str(reading)
    os.execv(sys.executable, [*sys.orig_argv[: -len(words)], *shown])
