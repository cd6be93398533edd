"""``burnish history``: every decision about a model's champion."""

from __future__ import annotations

from pathlib import Path

from burnish.arguments import Parser
from burnish.output import answer, say

from burnish_flows import environment
from burnish_flows.decision import WARNING, Decision, Judgement


def main(argv: list[str]) -> int:
    """Print the decisions, oldest first."""
    parser = Parser("history", "Every decision about a model's champion, oldest first.", "burnish history denoise")
    parser.add_argument("model", metavar="NAME", help="the model's name in its recipe")
    parser.add_argument("--json", action="store_true", help="print JSON, with the verdicts and all figures")
    arguments = parser.parse_args(argv)
    environment.prepare(environment.find_project(Path.cwd()))
    from burnish.errors import RegistryError

    from burnish_flows.registry import Registry

    registry = Registry.existing(environment.tracking_uri())
    decisions, pending = registry.history(arguments.model), registry.pending(arguments.model)
    if not decisions and not registry.versions(arguments.model):
        raise RegistryError(f"{arguments.model}: there is no such model in {registry.uri}; run: burnish retrain RECIPE")
    if arguments.json:
        aliases = registry.aliases(arguments.model)
        told = [decision.model_dump(mode="json") for decision in decisions]
        half = pending.model_dump(mode="json") if pending else None
        answer({"model": arguments.model, "aliases": aliases, "decisions": told, "pending": half})
        return 0
    for decision in decisions:
        say(_lines(decision))
    if pending is not None:
        say(f"half-way: {pending.kind} of v{pending.version}; the next retrain or rollback completes it")
    aliases = registry.aliases(arguments.model)
    say("now: " + (", ".join(f"{alias} v{number}" for alias, number in sorted(aliases.items())) or "no champion"))
    return 0


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


def _mark(judgement: Judgement) -> str:
    if judgement.gate == WARNING:
        return "WARNING"
    return "passed" if judgement.passed else "FAILED"
