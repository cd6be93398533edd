"""The commands for a person's decisions on a model: promote, approve, veto, freeze, thaw, rollback."""

from __future__ import annotations

from argparse import SUPPRESS, Namespace
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from burnish.cli.options import add_option, add_printing
from burnish.cli.parser import Command, Parser
from burnish.console.output import answer, say
from burnish.errors import RegistryError, UsageError
from burnish.schema.names import model_name

from burnish_flows import environment
from burnish_flows.cli.options import NAME, add_name
from burnish_flows.data import git

if TYPE_CHECKING:
    from burnish_flows.registry.decision import Decision
    from burnish_flows.registry.store import Registry

Act = Callable[..., "Decision"]
"""(registry, model[, version], reason=…, who=…) → what was decided; the functions of ``promotion`` are such."""


def _parser(name: str, summary: str, *examples: str, version: str = "", reason: str) -> Parser:
    """The arguments that all of them take.

    Args:
        name: Of the command.
        summary: What it does.
        examples: Calls.
        version: ``needed``, ``optional``, or empty where the model as a whole is meant.
        reason: The default of ``--reason``.
    """
    made = Parser(name, summary, *examples)
    if version:
        shown = "NAME:VERSION" if version == "needed" else "NAME[:VERSION]"
        add_option(
            made, "model", f"{NAME}, and the version's number; or NAME@ALIAS (denoise@challenger)", metavar=shown
        )
        made.add_argument("version", nargs="?", default="", help=SUPPRESS)  # the former way: two words
        made.set_defaults(versioned=version)
    else:
        add_name(made)
        made.set_defaults(versioned="")
    add_option(made, "--reason", "kept in the history", metavar="TEXT", default=reason)
    told = "the person who decides; default: git's user name, otherwise the system user"
    add_option(made, "--who", told, metavar="NAME", default="")
    add_printing(made, "--json")
    return made


def _chosen(arguments: Namespace) -> tuple[str, str]:
    """Name, and number or alias of the version where one is named.

    Raises:
        UsageError: It is no model and version.
    """
    text, version = arguments.model, arguments.version
    if ":" in text or "@" in text:
        if version:
            raise UsageError(f"{text} already names a version; remove {version}")
        from burnish_flows.registry.locate import parsed

        return parsed(text)
    name = model_name(text)
    if not version and arguments.versioned == "needed":
        raise UsageError(f"{name}: which version? give {name}:VERSION, from the list of `burnish history {name}`")
    return name, version


def _carry_out(arguments: Namespace, act: Act, words: Callable[[Decision], str]) -> int:
    """Decide, notify the observers, and print the decision."""
    model, version = _chosen(arguments) if arguments.versioned else (arguments.model, "")
    project = environment.find_project(Path.cwd())
    environment.prepare(project)
    from burnish_flows.registry.store import Registry
    from burnish_flows.retrain.tracking import observers

    registry = Registry.existing(environment.tracking_uri())
    if not registry.exists(model):
        raise RegistryError(f"{model}: there is no such model in {registry.uri}; see: burnish status")
    chosen = (version,) if arguments.versioned else ()
    who = arguments.who or git.who(project.root)
    decision = act(registry, model, *chosen, reason=_plain(arguments.reason), who=_plain(who))
    observers.decided(model, decision)
    if arguments.json:
        answer(decision.model_dump(mode="json"))
    else:
        say(f"{model}: {words(decision)}")
    return 0


def _plain(text: str) -> str:
    """One line that every store keeps: bytes that are no text are replaced."""
    return " ".join(text.encode("utf-8", "replace").decode("utf-8").split())


def _champion(decision: Decision) -> str:
    return f"champion is v{decision.champion_after or '-'}"


def _decision(
    name: str, summary: str, *examples: str, words: Callable[[Decision], str], version: str = "", reason: str
) -> Command:
    """A command whose decision is the function of that name in ``promotion``; see ``_parser`` and ``_carry_out``."""

    def run(arguments: Namespace) -> int:
        """Carry out the decision."""
        from burnish_flows.registry import promotion

        return _carry_out(arguments, getattr(promotion, name), words)

    return Command(partial(_parser, name, summary, *examples, version=version, reason=reason), run)


def _approver() -> Parser:
    parser = _parser(
        "approve",
        "Answer a retraining that waits for a person's approval: its new version (the challenger) has passed all\n"
        "other gates (rules).",
        "burnish approve denoise --reason 'looked at the pictures'",
        "burnish approve denoise:7 --refuse --reason 'halos around lamps'",
        version="optional",
        reason="approved by hand",
    )
    add_option(parser, "--refuse", "reject it instead", action="store_true")
    return parser


def _approve(arguments: Namespace) -> int:
    """Approve or refuse, and let the waiting retraining continue."""
    from burnish_flows.registry import promotion
    from burnish_flows.retrain import approval

    granted = not arguments.refuse

    def answered(registry: Registry, model: str, version: str, *, reason: str, who: str) -> Decision:
        asking = approval.awaiting(registry, model, version)
        decision = promotion.answer(registry, model, asking.number, granted=granted, reason=reason, who=who)
        approval.wake(asking, granted=granted, reason=reason, who=who)
        return decision

    return _carry_out(
        arguments, answered, lambda decision: f"v{decision.version}: {decision.kind}; {_champion(decision)}"
    )


promote = _decision(
    "promote",
    "Make a version the champion (the version in use) without running the gates (the rules that a new version\n"
    "must pass). Refused if its data, recipe, plugins or license are unknown, if it was vetoed, and while\n"
    "promotions are frozen.",
    "burnish promote denoise:3 --reason 'the newer ones have halos'",
    "burnish promote denoise@previous",
    words=lambda decision: f"{_champion(decision)}, was v{decision.champion_before or '-'}",
    version="needed",
    reason="promoted by hand",
)
rollback = _decision(
    "rollback",
    "Make the previous champion (the version that was in use before) the champion again; also possible while\n"
    "promotions are frozen.",
    "burnish rollback denoise",
    "burnish rollback denoise --reason 'halos around lamps' --who anna",
    words=lambda decision: f"{_champion(decision)} again, was v{decision.champion_before}",
    reason="rolled back by hand",
)
freeze = _decision(
    "freeze",
    "Let no version replace the champion (the version in use) until `burnish thaw`; retraining\n"
    "continues, and versions that pass are held.",
    "burnish freeze denoise",
    "burnish freeze denoise --reason 'release week'",
    words=lambda decision: f"promotions are frozen; champion stays v{decision.champion_after or '-'}",
    reason="frozen by hand",
)
thaw = _decision(
    "thaw",
    "Let new versions replace the champion again, after `burnish freeze`; the next retraining decides on held\n"
    "versions.",
    "burnish thaw denoise",
    "burnish thaw denoise --reason 'released'",
    words=lambda decision: f"versions can be promoted again; {_champion(decision)}",
    reason="thawed by hand",
)
veto = _decision(
    "veto",
    "Never let a version become the champion (the version in use): by gates, manually or by a rollback.",
    "burnish veto denoise:3 --reason 'trained on pictures that we may not use'",
    "burnish veto denoise@challenger --reason halos",
    words=lambda decision: f"v{decision.version} is vetoed; {_champion(decision)}",
    version="needed",
    reason="vetoed by hand",
)
approve = Command(_approver, _approve)
