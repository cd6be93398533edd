"""The argument parser of all commands, and a command as a parser with the function that runs it."""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

from burnish.errors import UsageError

SETTING = "KEY=VALUE"
"""The metavar of options that take one setting each."""

_SETTING = re.compile(r"[A-Za-z_]\w*=")


class Parser(argparse.ArgumentParser):
    """An ``ArgumentParser`` for one command that raises ``UsageError`` where argparse prints and leaves.

    The help ends with examples, a line each. Positionals and options may stand in any order.
    """

    def __init__(self, command: str, description: str, *examples: str) -> None:
        super().__init__(
            prog=f"burnish {command}".strip(),
            description=description,
            epilog="\n  ".join([f"Example{'s' if len(examples) > 1 else ''}:", *examples]),
            formatter_class=partial(argparse.RawDescriptionHelpFormatter, width=_width()),
            allow_abbrev=False,
        )
        self.examples = examples
        self.former: dict[str, tuple[str, str]] = {}

    def formerly(self, old: str, new: str, *, unit: str = "") -> None:
        """Understand the former name of an option.

        Args:
            old: The former name.
            new: The present name; empty: it is taken, and means nothing any more.
            unit: What its plain numbers meant.
        """
        self.former[old] = (new, unit)

    def add_action(self, name: str, summary: str, parser: Parser) -> None:
        """Give the command an action with a parser of its own, as in ``burnish data add``; ``action`` is its name."""
        if self._subparsers is None:
            self._choices = self.add_subparsers(
                metavar="ACTION",
                dest="action",
                required=True,
                title="actions",
                help=f"`{self.prog} ACTION --help` describes each action",
                parser_class=argparse.ArgumentParser,
            )
        self._choices.add_parser(name, help=summary)
        self._choices.choices[name] = parser

    def error(self, message: str) -> NoReturn:
        """Raise argparse's message as an error."""
        raise UsageError(f"{message}; see `{self.prog} --help`")

    def parse_args(self, args: Sequence[str] | None = None, namespace: Any = None) -> argparse.Namespace:  # type: ignore[override]
        """Like argparse; options may also come between the words of a positional."""
        if any(not action.option_strings and action.nargs == "+" for action in self._actions):
            found: argparse.Namespace = self.parse_intermixed_args(args, namespace)
        else:
            found = super().parse_args(args, namespace)
        return found

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """As argparse does, former names replaced."""
        return super().parse_known_args(None if args is None else self._present(list(args)), namespace)

    def _present(self, words: list[str]) -> list[str]:
        """The words with present names; settings that no option takes are refused."""
        end = words.index("--") if "--" in words else len(words)
        self._check_settings(words[:end])
        made: list[str] = []
        unit = ""
        for word in words[:end]:
            name, equals, value = word.partition("=")
            if name in self.former:
                name, unit = self.former[name]
                made += [f"{name}{equals}{_with_unit(value, unit)}"] if name else []
                unit = "" if equals else unit
            else:
                made.append(_with_unit(word, unit))
                unit = ""
        return [*made, *words[end:]]

    def _check_settings(self, words: list[str]) -> None:
        """Refuse a second setting behind one option, which would be taken for a file."""
        options = {name for action in self._actions if action.metavar == SETTING for name in action.option_strings}
        for option, _, word in zip(words, words[1:], words[2:], strict=False):
            if option in options and _SETTING.match(word) and not Path(word).exists():
                raise UsageError(f"{word}: each {option} takes one setting; write {option} {word}")


class Command:
    """A command: called with its words it runs and returns the exit status.

    Attributes:
        parser: Makes its parser; completion and tests look at it without running anything.
        run: What it does with the parsed arguments.
    """

    def __init__(self, parser: Callable[[], Parser], run: Callable[[argparse.Namespace], int]) -> None:
        self.parser = parser
        self.run = run
        self.__doc__ = run.__doc__

    def __call__(self, argv: list[str]) -> int:
        """Run with these words."""
        return self.run(self.parser().parse_args(argv))


def _with_unit(text: str, unit: str) -> str:
    return text + unit if unit and text.replace(".", "", 1).isdecimal() else text


def _width() -> int:
    """Columns of the terminal; asked here because argparse would import shutil (and three compressors) to ask it."""
    try:
        return os.get_terminal_size().columns - 2
    except OSError:
        return 118
