"""``burnish rollback``: the champion before the present one is champion again."""

from __future__ import annotations

import getpass
from pathlib import Path

from burnish.arguments import Parser

from burnish_flows import environment, git


def main(argv: list[str]) -> int:
    """Roll back by one champion; may be repeated."""
    parser = Parser(
        "rollback",
        "Make the champion before the present one champion again.",
        "burnish rollback denoise --reason 'halos'",
    )
    parser.add_argument("model", metavar="NAME", help="the model's name in its recipe")
    parser.add_argument("--reason", default="rolled back by hand", help="kept in the history")
    parser.add_argument("--json", action="store_true", help="print JSON")
    arguments = parser.parse_args(argv)
    project = environment.find_project(Path.cwd())
    environment.prepare(project)
    from burnish_flows import observers, promotion
    from burnish_flows.registry import Registry

    registry = Registry.connected(environment.tracking_uri())
    who = git.user(project.root) or getpass.getuser()
    decision = promotion.rollback(registry, arguments.model, reason=arguments.reason, who=who)
    observers.decided(arguments.model, decision)
    if arguments.json:
        print(decision.model_dump_json(indent=2))
    else:
        print(f"{arguments.model}: champion is v{decision.champion_after} again, was v{decision.champion_before}")
    return 0
