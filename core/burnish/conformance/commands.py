"""Checks of a command: it can be called, prints its help, and refuses what it does not know."""

from __future__ import annotations

import contextlib
import io
from typing import Any

from burnish.conformance.subject import Questions, Subject
from burnish.conformance.violation import demand
from burnish.errors import UsageError
from burnish.plugins.declarations import CommandSpec


def questions(spec: CommandSpec) -> tuple[Questions, Questions]:
    """Those that must hold before any other can be asked, and the others; a plain function has no parser to ask."""
    return [names_a_callable], [prints_its_help, refuses_an_unknown_option]


def names_a_callable(subject: Subject) -> None:
    """The factory can be imported and called."""
    demand(callable(subject.catalog.resolve(subject.entry)), f"{subject.spec.factory} cannot be called")


def prints_its_help(subject: Subject) -> None:
    """``--help`` prints the usage and ends with status 0; every option has a help text."""
    command = subject.catalog.resolve(subject.entry)
    if not callable(getattr(command, "parser", None)):
        return
    said, status = _called(command, "--help")
    demand(status == 0, f"--help ends with status {status}")
    demand("usage:" in said.lower(), "--help prints no usage")
    for action in command.parser()._actions:
        words = "/".join(action.option_strings) or str(action.metavar or action.dest)
        demand(bool(action.help), f"{words} has no help text")


def refuses_an_unknown_option(subject: Subject) -> None:
    """An option that does not exist is an error of one line that names it."""
    command = subject.catalog.resolve(subject.entry)
    if not callable(getattr(command, "parser", None)):
        return
    try:
        _, status = _called(command, "--no-such-option")
    except UsageError:
        return
    demand(status == 2, f"an unknown option ends with status {status} instead of 2")


def _called(command: Any, *words: str) -> tuple[str, int]:
    said = io.StringIO()
    try:
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            status = command(list(words))
    except SystemExit as error:
        status = error.code if isinstance(error.code, int) else int(bool(error.code))
    return said.getvalue(), status
