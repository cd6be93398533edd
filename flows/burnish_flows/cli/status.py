"""``burnish status``: running, due and failed runs, and the champions."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from burnish.cli.options import add_printing
from burnish.cli.parser import Command, Parser
from burnish.console.output import answer, say

from burnish_flows import environment


def _parser() -> Parser:
    parser = Parser(
        "status",
        "Running, due and failed runs, and each model's champion (the version in use) with date and reason. Times are\n"
        "UTC. Exit status 1 if a server or the worker does not answer, or a model has lost its champion.",
        "burnish status",
        "burnish status --json",
    )
    add_printing(parser, "--json")
    return parser


def _run(arguments: Namespace) -> int:
    """Print; exit status 1 if a service does not answer, or a model has lost its champion."""
    project = environment.find_project(Path.cwd())
    environment.prepare(project)
    from burnish_flows import status

    found = status.take(project)
    if arguments.json:
        answer(found.as_json())
    else:
        say(status.lines(found))
    well = all(service.well for service in found.services) and not any(model.trouble for model in found.models)
    return 0 if well else 1


main = Command(_parser, _run)
