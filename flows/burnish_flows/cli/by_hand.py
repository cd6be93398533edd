"""The commands by which a person decides about a model: promote, approve, veto, freeze, thaw, rollback."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from burnish.cli.options import Parser
from burnish.console.output import answer, say
from burnish.errors import RegistryError
from burnish.schema.names import model_name

from burnish_flows import environment
from burnish_flows.data import git

if TYPE_CHECKING:
    from burnish_flows.registry.decision import Decision
    from burnish_flows.registry.store import Registry

Act = Callable[..., "Decision"]
"""(registry, model[, version], reason=…, who=…) → what was decided; the functions of ``promotion`` are such."""


def promote(argv: list[str]) -> int:
    """Promote without asking the gates; what must be known of a version is asked all the same."""
    arguments = _parser(
        "promote",
        "Make a version champion without asking the gates. Refused where its data, recipe, plugins or licence are not\n"
        "known, where it was vetoed, and while promotions are frozen.",
        "burnish promote denoise 3 --reason 'the newer ones have halos'",
        version="needed",
        reason="promoted by hand",
    ).parse_args(argv)
    from burnish_flows.registry import promotion

    return _carry_out(
        arguments,
        promotion.promote,
        lambda decision: f"champion is v{decision.champion_after}, was v{decision.champion_before or '-'}",
    )


def rollback(argv: list[str]) -> int:
    """Roll back by one champion; may be repeated."""
    arguments = _parser(
        "rollback",
        "Make the champion before the present one champion again; possible while promotions are frozen, too.",
        "burnish rollback denoise --reason 'halos'",
        reason="rolled back by hand",
    ).parse_args(argv)
    from burnish_flows.registry import promotion

    return _carry_out(
        arguments,
        promotion.rollback,
        lambda decision: f"champion is v{decision.champion_after} again, was v{decision.champion_before}",
    )


def freeze(argv: list[str]) -> int:
    """Freeze the promotions of a model."""
    arguments = _parser(
        "freeze",
        "Let no version become champion until `burnish thaw`; retraining goes on, and what passes is held.",
        "burnish freeze denoise --reason 'release week'",
        reason="frozen by hand",
    ).parse_args(argv)
    from burnish_flows.registry import promotion

    return _carry_out(
        arguments,
        promotion.freeze,
        lambda decision: f"promotions are frozen; champion stays v{decision.champion_after or '-'}",
    )


def thaw(argv: list[str]) -> int:
    """Thaw the promotions of a model."""
    arguments = _parser(
        "thaw",
        "Let versions become champion again; the next retraining decides about what was held.",
        "burnish thaw denoise",
        reason="thawed by hand",
    ).parse_args(argv)
    from burnish_flows.registry import promotion

    return _carry_out(
        arguments,
        promotion.thaw,
        lambda decision: f"versions can be promoted again; champion is v{decision.champion_after or '-'}",
    )


def veto(argv: list[str]) -> int:
    """Veto; for a version that awaits approval this is the answer, too."""
    arguments = _parser(
        "veto",
        "See to it that a version never becomes champion: by gates, by hand or by a rollback.",
        "burnish veto denoise 3 --reason 'trained on pictures that we may not use'",
        version="needed",
        reason="vetoed by hand",
    ).parse_args(argv)
    from burnish_flows.registry import promotion

    return _carry_out(
        arguments,
        promotion.veto,
        lambda decision: f"v{decision.version} is vetoed; champion is v{decision.champion_after or '-'}",
    )


def approve(argv: list[str]) -> int:
    """Approve or refuse, and let the retraining that waits go on."""
    parser = _parser(
        "approve",
        "Answer a retraining whose recipe asks for approval: its challenger has passed all gates and waits.",
        "burnish approve denoise --reason 'looked at the pictures'",
        version="optional",
        reason="approved by hand",
    )
    parser.add_argument("--refuse", action="store_true", help="reject it instead")
    arguments = parser.parse_args(argv)
    return _carry_out(
        arguments,
        partial(_answered, granted=not arguments.refuse),
        lambda decision: f"v{decision.version}: {decision.kind}; champion is v{decision.champion_after or '-'}",
    )


def _answered(registry: Registry, model: str, version: str, *, reason: str, who: str, granted: bool) -> Decision:
    from burnish_flows.registry import promotion
    from burnish_flows.retrain import approval

    asking = approval.awaiting(registry, model, version)
    decision = promotion.answer(registry, model, asking.number, granted=granted, reason=reason, who=who)
    approval.wake(asking, granted=granted, reason=reason, who=who)
    return decision


def _parser(name: str, summary: str, example: str, *, version: str = "", reason: str) -> Parser:
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


def _carry_out(arguments: argparse.Namespace, act: Act, words: Callable[[Decision], str]) -> int:
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
