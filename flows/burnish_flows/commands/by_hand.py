"""What the commands have in common by which a person decides: promote, approve, veto, freeze, thaw, rollback."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from burnish.arguments import Parser
from burnish.errors import RegistryError
from burnish.names import model_name
from burnish.output import answer, say

from burnish_flows import environment
from burnish_flows.data import git

if TYPE_CHECKING:
    from burnish_flows.registry.decision import Decision

Act = Callable[..., "Decision"]
"""(registry, model[, version], reason=…, who=…) → what was decided; the functions of ``promotion`` are such."""


def parser(name: str, summary: str, example: str, *, version: str = "", reason: str) -> Parser:
    """The arguments that all of them take.

    Args:
        name: Of the command.
        summary: What it does.
        example: A call.
        version: ``needed``, ``optional``, or empty where the model as a whole is meant.
        reason: The default of ``--reason``.
    """
    made = Parser(name, summary, example)
    made.add_argument("model", metavar="NAME", type=model_name, help="the model's name in its recipe")
    if version:
        many = "?" if version == "optional" else None
        told = "number, or alias (challenger, previous)"
        made.add_argument("version", metavar="VERSION", nargs=many, default="", help=told)
    made.add_argument("--reason", default=reason, help="kept in the history")
    made.add_argument("--who", default="", help="who decides (default: as git signs, else the system's user)")
    made.add_argument("--json", action="store_true", help="print JSON")
    return made


def carry_out(arguments: argparse.Namespace, act: Act, words: Callable[[Decision], str]) -> int:
    """Decide, tell the observers, and say what was decided."""
    project = environment.find_project(Path.cwd())
    environment.prepare(project)
    from burnish_flows.registry.store import Registry
    from burnish_flows.retrain.tracking import observers

    registry = Registry.existing(environment.tracking_uri())
    if not registry.exists(arguments.model):
        raise RegistryError(f"{arguments.model}: there is no such model in {registry.uri}; see: burnish status")
    chosen = (arguments.version,) if "version" in arguments else ()
    who = arguments.who or git.who(project.root)
    decision = act(registry, arguments.model, *chosen, reason=_plain(arguments.reason), who=_plain(who))
    observers.decided(arguments.model, decision)
    if arguments.json:
        answer(decision.model_dump(mode="json"))
    else:
        say(f"{arguments.model}: {words(decision)}")
    return 0


def _plain(text: str) -> str:
    """One line that every store keeps: bytes that are no text are replaced."""
    return " ".join(text.encode("utf-8", "replace").decode("utf-8").split())
