"""The pages on the command line, from the parsers of all commands."""

from __future__ import annotations

import argparse

from burnish.cli.lookup import HEADINGS, parsers, summaries
from burnish.cli.parser import Parser

from manual.markdown import cell, code, table, words


def pages() -> dict[str, str]:
    """Address → page: one for each heading of ``burnish --help``, and the list of all."""
    told, found = summaries(), parsers()
    made = {}
    listed = ["# Commands", "Every command has `--help` with examples. `--json`, where there is one, is for programs."]
    for heading, title in HEADINGS.items():
        names = [name for name in found if told[name.split()[0]][0] == heading]
        if not names:
            continue
        address = f"commands-{heading}.md"
        made[f"reference/{address}"] = "\n\n".join([f"# {title}", *(_section(name, found[name]) for name in names)])
        rows = [
            (f"[`burnish {name}`]({address}#{_anchor(name)})", words(told[name][1]))
            for name in names
            if " " not in name
        ]
        listed += [f"## {title}", table(("command", "purpose"), rows)]
    return {"reference/commands.md": "\n\n".join(listed), **made}


def _anchor(name: str) -> str:
    return f"burnish-{name}".replace(" ", "-")


def _section(name: str, parser: Parser) -> str:
    usage = " ".join(parser.format_usage().split()).removeprefix("usage: ")
    pieces = [f"## burnish {name} {{#{_anchor(name)}}}", words(" ".join((parser.description or "").split()))]
    pieces.append(f"```text\n{usage}\n```")
    rows = [(code(_names(action)), _help(parser, action)) for action in _arguments(parser)]
    if rows:
        pieces.append(table(("argument", "meaning"), rows))
    if parser.examples:
        pieces.append("```text\n" + "\n".join(parser.examples) + "\n```")
    return "\n\n".join(pieces)


def _arguments(parser: Parser) -> list[argparse.Action]:
    """What the command takes, without its help and without actions, which have sections of their own."""
    without = (argparse._HelpAction, argparse._SubParsersAction)
    return [action for action in parser._actions if not isinstance(action, without)]


def _names(action: argparse.Action) -> str:
    metavar = action.metavar if isinstance(action.metavar, str) else " ".join(action.metavar or ())
    if not metavar and action.choices is not None:
        metavar = ",".join(map(str, action.choices))
    if not action.option_strings:
        return metavar or action.dest
    return f"{', '.join(action.option_strings)} {metavar if action.nargs != 0 else ''}".strip()


def _help(parser: Parser, action: argparse.Action) -> str:
    formatter = parser._get_formatter()
    told = words(cell(formatter._expand_help(action)) if action.help else "")
    if action.choices is not None and action.metavar:
        told += f" ({', '.join(code(str(choice)) for choice in action.choices)})"
    return told
