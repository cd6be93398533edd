"""``burnish status``: what runs, what is due, what failed, who is champion."""

from __future__ import annotations

from pathlib import Path

from burnish.arguments import Parser
from burnish.output import answer, say

from burnish_flows import environment


def main(argv: list[str]) -> int:
    """Tell; exit status 1 when a service is away."""
    parser = Parser(
        "status",
        "What is running, due and failed, and who is champion since when and why. Times are UTC.\n"
        "Exit status 1 when a server or the worker does not answer.",
        "burnish status",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    arguments = parser.parse_args(argv)
    project = environment.find_project(Path.cwd())
    environment.prepare(project)
    from burnish_flows import standing

    found = standing.take(project)
    if arguments.json:
        answer(found.as_json())
    else:
        say(standing.lines(found))
    return 0 if all(service.well for service in found.services) else 1
