"""Shell completion of ``burnish``: commands, options, ids; with argcomplete, without any framework."""

from __future__ import annotations

import argparse
import os

from burnish.cli.lookup import command, summaries
from burnish.cli.parser import Command

VARIABLE = "_ARGCOMPLETE"
"""Set where a shell asks for proposals; they go to the descriptor 8."""


def answer_shell() -> None:
    """Write the proposals for the line in ``COMP_LINE``, and leave."""
    import argcomplete

    argcomplete.autocomplete(tree(os.environ.get("COMP_LINE", "").split()), always_complete_options="long")


def tree(words: list[str]) -> argparse.ArgumentParser:
    """A parser of every command by its name, and of the options of the one that is typed."""
    root = argparse.ArgumentParser(prog="burnish")
    commands = root.add_subparsers(metavar="COMMAND")
    typed = words[1] if len(words) > 1 else ""
    for name, (_, summary) in summaries().items():
        commands.add_parser(name, help=summary)
        if name == typed and (known := _parser(name)):
            commands.choices[name] = known
    return root


def _parser(name: str) -> argparse.ArgumentParser | None:
    """The command's parser; None where its plugin is broken or shows none."""
    try:
        found = command(name)
        return found.parser() if isinstance(found, Command) else None
    except Exception:  # whatever a plugin raises: the shell proposes nothing, and running it says why
        return None
