"""Broken commands."""

from __future__ import annotations

from argparse import Namespace

from burnish.cli import Command, Parser
from burnish.plugins.declarations import CommandSpec

from broken_plugins import broken


def _parser() -> Parser:
    return Parser("tried", "Try something.", "burnish tried")


def _without_help() -> Parser:
    parser = _parser()
    parser.add_argument("--level")
    return parser


def _no_help(arguments: Namespace) -> int:
    """An option has no help text."""
    return 0


class _Lenient(Command):
    """Runs whatever its words are."""

    def __call__(self, argv: list[str]) -> int:
        return super().__call__([word for word in argv if word == "--help"])


def _takes_anything(arguments: Namespace) -> int:
    """Unknown options are ignored in silence."""
    return 0


class _Nothing:
    """What it names cannot be called."""


broken(CommandSpec, "names a callable")(_Nothing())
broken(CommandSpec, "prints its help")(Command(_without_help, _no_help))
broken(CommandSpec, "refuses an unknown option")(_Lenient(_parser, _takes_anything))
