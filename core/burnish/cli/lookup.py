"""The list of commands, the host's and the plugins', and the search for a command by its name."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from burnish.errors import UnknownIdError, UsageError

if TYPE_CHECKING:
    from burnish.cli.parser import Parser

Run = Callable[[list[str]], int]
"""Words → exit status; a ``Command`` where the parser can be looked at."""

CORE_COMMANDS: dict[str, tuple[str, str]] = {
    "restore": ("use", "Restore pictures, videos, or folders of them"),
    "diagnose": ("use", "Tell what is wrong with pictures: noise, blur, JPEG, resolution, clipping"),
    "explain": ("use", "Show what a place of a restored picture was made from"),
    "degrade": ("use", "Make noisy, blurred or small pictures from clean ones"),
    "evaluate": ("use", "Measure how well a restorer works, on your pictures or on a benchmark"),
    "leaderboard": ("use", "Compare all restorers on all benchmarks, next to published figures"),
    "new-recipe": ("train", "Write a recipe to start from: the YAML file that says what to train, and on what"),
    "train": ("train", "Train the restorer of a recipe into a folder, for --bundle of other commands"),
    "export": ("use", "Write a trained network as a file of another program: ONNX, OpenVINO, …"),
    "import-weights": ("train", "Make a bundle of weights that another project published, to use or to train on"),
    "calibrate": ("use", "Measure how far estimates are off, so that restore tells intervals of all values"),
    "compress": ("train", "Make a trained restorer smaller and faster: 8 bits in the place of 32"),
    "list": ("look", "List what is installed: restorers, degraders, metrics, learners, benchmarks, gates"),
    "show": ("look", "Show the settings of a restorer, degrader, …, and what it can be combined with"),
    "plugins": ("look", "List the plugins: which are loaded, and why others are not"),
    "doctor": ("look", "Check this installation: versions, plugins, device, stores"),
    "completion": ("look", "Print the lines with which a shell completes commands, options and ids"),
    "new-plugin": ("extend", "Write a complete, tested plugin as a starting point"),
    "check": ("extend", "Check that a restorer, degrader, … does what its plugin declares"),
    "ship": ("extend", "Put trained weights among a plugin's files, with a card of their origin"),
}
"""Sub-command → heading and summary; the code is ``burnish.cli.commands.<name>``."""

HEADINGS = {
    "use": "Restore pictures, and measure the results",
    "train": "Train models",
    "decide": "Watch and decide which version of a model is in use: its champion",
    "look": "See what is installed",
    "extend": "Write plugins",
    "more": "More",
}


def summaries() -> dict[str, tuple[str, str]]:
    """Every command → its heading and summary, the host's first."""
    from burnish.plugins.catalog import installed
    from burnish.plugins.declarations import CommandSpec

    found = dict(CORE_COMMANDS)
    for entry in installed().entries("commands").values():
        if isinstance(entry.spec, CommandSpec):
            found.setdefault(entry.spec.name, (entry.spec.group, entry.spec.summary))
    return found


def parsers() -> dict[str, Parser]:
    """Command, and command with action → its parser, in the order of ``burnish --help``; imports all commands."""
    from burnish.cli.parser import Command

    found: dict[str, Parser] = {}
    for name in summaries():
        made = command(name)
        assert isinstance(made, Command), f"{name} shows no parser"
        found |= dict(_below(name, made.parser()))
    return found


def _below(name: str, parser: Parser) -> Iterator[tuple[str, Parser]]:
    import argparse

    yield name, parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for inner, below in action.choices.items():
                yield from _below(f"{name} {inner}", below)


def command(name: str) -> Run:
    """The command of that name.

    Raises:
        UsageError: There is none; names one that is like it.
        PluginError: Its plugin's code cannot be imported.
    """
    if name in CORE_COMMANDS:
        found: Run = importlib.import_module(f"burnish.cli.commands.{name.replace('-', '_')}").main
        return found
    from burnish.plugins.catalog import installed

    catalog = installed()
    try:
        entry = catalog.get("commands", name)
    except UnknownIdError as error:
        import difflib

        near = difflib.get_close_matches(name, summaries(), n=1)
        mend = f"did you mean {near[0]}?" if near else "see `burnish --help`"
        if name == "retrain":
            mend = "it comes with the distribution burnish-flows; install it, or see `burnish plugins`"
        raise UsageError(f"there is no command {name!r}; {mend}") from error
    resolved: Run = catalog.resolve(entry)
    return resolved
