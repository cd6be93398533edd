"""The command ``burnish``: finds the sub-command, runs it, and turns errors into one line and an exit status."""

from __future__ import annotations

import errno
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext

from burnish import garbage_collection, lazy
from burnish.cli.command_line import own_words
from burnish.cli.lookup import CORE_COMMANDS, HEADINGS, command, summaries
from burnish.console import interruption, output
from burnish.console.output import say, tell
from burnish.errors import BurnishError, UsageError
from burnish.version import __version__

SPINS = "5000"
"""How often a thread of torch (GNU OpenMP) looks for new work before it sleeps; read when torch is loaded.

By default it takes the core from whoever it waits for: a step of 40 ms on two free cores took 430 ms with one of them
busy; with this it took 108 ms, and 40 ms as before on free ones."""

FULL = (errno.ENOSPC, errno.EDQUOT)
"""Errors that a full disk gives."""

_EXAMPLES = """\
Words:
  restorer    makes clear pictures from degraded ones: a filter, or a trained network
  degrader    makes noisy, blurred or small pictures from clean ones, to train and to measure
  recipe      the YAML file of a model: what to train, on which pictures, and how it is judged
  champion    the version of a model that is in use; a challenger must pass the recipe's gates (rules)

Examples:
  burnish list restorers
  burnish restore photo.jpg clear.png --restorer classical/nlm --sigma 0.06
  burnish restore blurred.jpg sharp.jpg --restorer cnn/nafnet:slight-shake

`burnish COMMAND --help` describes each command, with examples.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run ``burnish`` with these words (default: the process's own); returns the exit status."""
    if argv is None and "_ARGCOMPLETE" in os.environ:
        from burnish.cli.completion import answer_shell

        answer_shell()
    words = own_words() if argv is None else list(argv)
    os.environ.setdefault("GOMP_SPINCOUNT", SPINS)
    garbage_collection.leave_quickly()
    answers = bool(words) and words[0] in CORE_COMMANDS
    with output.session(words, for_good=argv is None, answers=answers), interruption.handled():
        try:
            with _lines(words):
                return _guarded(words)
        except BaseException:
            if not interruption.number():
                raise
            # Whatever it is, it comes of the interruption.
            if argv is None:
                interruption.leave()  # no thread is waited for
            interruption.say()
            return interruption.status()


def _lines(words: list[str]) -> AbstractContextManager[None]:
    """Without a terminal, progress is written as log lines; commands that only print have none."""
    if not words or words[0].startswith("-") or CORE_COMMANDS.get(words[0], ("",))[0] == "look":
        return nullcontext()
    from burnish.console import progress

    return progress.log_lines("--quiet" not in words and not progress.visible())


def _guarded(words: list[str]) -> int:
    """The exit status; an expected error becomes one line, the result of an interruption is raised."""
    try:
        return _dispatch(words)
    except BurnishError as error:
        if interruption.number():
            raise
        tell(f"burnish: {' '.join(str(error).split())}")
        return error.exit_status
    except ModuleNotFoundError as error:
        if not (told := lazy.lacking(error)):
            raise
        tell(f"burnish: {words[0]} {told}")
        return UsageError.exit_status
    except KeyboardInterrupt:
        if not interruption.number():  # raised by no signal
            interruption.note(signal.SIGINT)
        raise
    except BrokenPipeError:
        if interruption.number():
            raise
        # The reader (head, less) has gone: what it wanted it has.
        output.hang_up()
        return 141
    except OSError as error:
        if interruption.number() or error.errno not in FULL:
            raise
        told = f"{error.strerror}: {error.filename2 or error.filename or 'a file could not be written'}"
        tell(f"burnish: {told}; make room and run it again")
        return 1


def _dispatch(words: list[str]) -> int:
    if not words or words[0] in {"-h", "--help", "help"}:
        say(_help())
        return 0
    if words[0] in {"-V", "--version"}:
        say(f"burnish {__version__}")
        return 0
    name, rest = words[0], words[1:]
    if name not in {"plugins", "doctor", "new-plugin"} and not {"-h", "--help"} & set(rest):
        _refuse_when_strict()
    return int(command(name)(rest))


def _refuse_when_strict() -> None:
    from burnish.plugins.host import installed, strict

    if strict() and (objections := installed().objections()):
        raise UsageError(f"BURNISH_STRICT is set and {objections[0]}; see `burnish plugins`")


def _help() -> list[str]:
    groups: dict[str, list[tuple[str, str]]] = {heading: [] for heading in HEADINGS}
    for name, (group, summary) in summaries().items():
        groups.setdefault(group, []).append((name, summary))
    lines = [
        f"burnish {__version__}: removes noise and blur from pictures and enlarges them; trains the models that do it",
        "",
        "Usage: burnish COMMAND [INPUT …] [--OPTION …]",
        "",
    ]
    for group, commands in groups.items():
        if commands:
            lines.append(f"{HEADINGS.get(group, group)}:")
            lines += [f"  {name:<12} {summary}" for name, summary in commands]
            lines.append("")
    return [*lines, *_EXAMPLES.splitlines()]


if __name__ == "__main__":
    sys.exit(main())
