"""The list of commands, the host's and the plugins', and the search for a command by its name."""

from __future__ import annotations

import importlib
from collections.abc import Callable

from burnish.errors import UnknownIdError, UsageError

Run = Callable[[list[str]], int]
"""Words → exit status; a ``Command`` where the parser can be looked at."""

CORE_COMMANDS: dict[str, tuple[str, str]] = {
    "restore": ("use", "Restore pictures or folders of pictures"),
    "degrade": ("use", "Degrade clean pictures, with the drawn parameters next to them"),
    "evaluate": ("use", "Score a restorer on clean pictures, or on a benchmark"),
    "train": ("use", "Train the restorer of a recipe into a bundle"),
    "leaderboard": ("use", "All restorers on all benchmarks, next to the published figures"),
    "plugins": ("look", "Every plugin with its state, version and reason"),
    "list": ("look", "What is installed: restorers, degraders, metrics, learners, benchmarks, gates"),
    "show": ("look", "The declaration of one id, and what it can be combined with"),
    "doctor": ("look", "Check this installation: versions, plugins, device, stores"),
    "completion": ("look", "The lines with which a shell completes commands, options and ids"),
    "ship": ("extend", "Put trained weights among a plugin's files, with a card"),
    "check": ("extend", "Run the conformance checks for one id"),
    "new-recipe": ("use", "Write a commented recipe to start from, or the schema for editors"),
    "new-plugin": ("extend", "Write a complete, tested plugin as a starting point"),
}
"""Sub-command → heading and summary; the code is ``burnish.cli.commands.<name>``."""

HEADINGS = {
    "flow": "From data to champion",
    "use": "Restore and measure",
    "look": "Look",
    "extend": "Extend",
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
