"""``burnish history``: every decision about a model's champion."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from burnish.cli.options import add_printing
from burnish.cli.parser import Command, Parser
from burnish.console.output import answer, say

from burnish_flows import environment
from burnish_flows.cli.options import add_name
from burnish_flows.registry.decision import TRUST, WARNING, Decision, GateResult

if TYPE_CHECKING:
    from burnish_flows.registry.store import ModelState


def _parser() -> Parser:
    parser = Parser(
        "history",
        "Every decision about a model's champion (the version in use), oldest first, with the gates' figures.",
        "burnish history denoise",
        "burnish history denoise --json",
    )
    add_name(parser)
    add_printing(parser, "--json")
    return parser


def _run(arguments: Namespace) -> int:
    """Print the decisions, oldest first; exit status 1 when the model has lost its champion."""
    project = environment.find_project(Path.cwd())
    environment.prepare(project)
    from burnish.errors import RegistryError

    from burnish_flows.registry.store import Registry
    from burnish_flows.retrain.scoring import stand_in

    registry = Registry.existing(environment.tracking_uri())
    now = registry.stand(arguments.model)
    if not now.trail.decisions and not now.versions:
        raise RegistryError(f"{arguments.model}: there is no such model in {registry.uri}; run: burnish retrain RECIPE")
    trouble = stand_in.without_champion(registry, now, project.cache)
    half = registry.pending(arguments.model)
    if arguments.json:
        told = {
            "model": now.model,
            "aliases": dict(now.aliases),
            "decisions": [decision.model_dump(mode="json") for decision in now.trail.decisions],
            "pending": half.model_dump(mode="json") if half else None,
            "unreadable": list(now.trail.unreadable),
            "trouble": trouble,
        }
        answer(told)
        return 1 if trouble else 0
    say(_told(now, half))
    if trouble:
        raise RegistryError(trouble)
    return 0


def _told(now: ModelState, half: Decision | None) -> list[str]:
    said: list[str] = []
    for decision in now.trail.decisions:
        former = "" if decision.registered == now.registered else "  (of a model of that name that was deleted)"
        first, *rest = _lines(decision)
        said += [first + former, *rest]
    said += [f"unreadable: {place}; someone changed it in MLflow" for place in now.trail.unreadable]
    if half is not None:
        said.append(f"half-way: {half.kind} of v{half.version}; the next retrain or rollback completes it")
    there = ", ".join(f"{alias} v{number}" for alias, number in sorted(now.aliases.items()))
    return [*said, f"now: {there or 'no champion'}"]


def _lines(decision: Decision) -> list[str]:
    before, after = decision.champion_before or "-", decision.champion_after or "-"
    who = f" by {decision.who}" if decision.who else ""
    what = f"{decision.kind} of v{decision.version}" if decision.version else decision.kind
    head = f"{decision.when[:19].replace('T', ' ')} UTC  {what}"
    lines = [f"{head}  champion {before} -> {after}{who}"]
    if decision.until:
        lines[0] += f" until {decision.until[:16].replace('T', ' ')}"
    if not decision.judgements or decision.kind == "held":
        lines.append(f"    {decision.reason}")
    marks = [(_mark(judgement), judgement) for judgement in decision.judgements]
    return [*lines, *(f"    {mark} {judgement.gate}: {judgement.reason}" for mark, judgement in marks)]


def _mark(judgement: GateResult) -> str:
    if judgement.gate == WARNING:
        return "WARNING"
    if judgement.gate == TRUST:
        return "noted "
    return "passed" if judgement.passed else "FAILED"


main = Command(_parser, _run)
