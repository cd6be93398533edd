"""``burnish list KIND``: the installed ids of one kind."""

from __future__ import annotations

from argparse import Namespace

from burnish.cli import completers
from burnish.cli.options import add_option, add_printing
from burnish.cli.parser import Command, Parser
from burnish.cli.table import table
from burnish.console.output import answer, say
from burnish.errors import UsageError
from burnish.plugins.catalog import Catalog, Entry, installed
from burnish.plugins.declarations import KINDS, BenchmarkSpec, DegraderSpec, MetricSpec, RestorerSpec


def _parser() -> Parser:
    parser = Parser(
        "list",
        "List what is installed of one kind, each with its id, which other commands take.",
        "burnish list restorers",
        "burnish list restorers --undoing gaussian-noise",
        "burnish list benchmarks --json",
    )
    parser.add_argument("plural", choices=list(KINDS), metavar="KIND", help=", ".join(KINDS))
    told = "only what undoes this degrader today: weights that were trained against it, or what needs no training"
    add_option(parser, "--undoing", told, metavar="ID", completer=completers.ids("degraders"))
    add_printing(parser, "--json")
    return parser


def _run(arguments: Namespace) -> int:
    """Print ids and summaries of one kind."""
    catalog = installed()
    entries = list(catalog.entries(arguments.plural).values())
    if arguments.undoing:
        if arguments.plural != "restorers":
            raise UsageError("--undoing needs the kind restorers; see `burnish list --help`")
        return _undoing(catalog, arguments.undoing, json=arguments.json)
    if arguments.json:
        answer({arguments.plural: [as_json(entry) for entry in entries]})
    elif entries:
        say(table(("id", "version", _column(arguments.plural), "summary"), [_row(entry) for entry in entries]))
    else:
        say(f"no {arguments.plural}; see `burnish plugins`")
    return 0


def _undoing(catalog: Catalog, degrader: str, *, json: bool) -> int:
    """Print what undoes a degrader today, and what could after a training."""
    from burnish.planning.candidates import undoing

    ready = undoing(catalog, degrader)
    trainable = [entry.id for entry in catalog.undoing(degrader) if getattr(entry.spec, "trainable", False)]
    if json:
        records = [{"name": one.name, "trained_against": one.training(), "summary": one.spec.summary} for one in ready]
        answer({"restorers": records, "trainable": trainable})
        return 0
    if ready:
        rows = [(one.name, one.training() or "needs no training", one.spec.summary) for one in ready]
        say(table(("name", "trained against", "summary"), rows))
    else:
        say(f"nothing that is installed undoes {catalog.get('degraders', degrader).id} today")
    if trainable:
        say(f"Could be trained for it by a recipe: {', '.join(trainable)}")
    return 0


main = Command(_parser, _run)


def as_json(entry: Entry) -> dict[str, object]:
    """One entry as JSON values: id, kind, distribution with its version, and the whole declaration."""
    return {
        "id": entry.id,
        "kind": entry.spec.kind,
        "distribution": entry.distribution,
        "distribution_version": entry.version,
        **entry.spec.as_json(),
    }


def _column(kind: str) -> str:
    return {"restorers": "undoes", "degraders": "undone by", "metrics": "unit", "benchmarks": "degrader"}.get(kind, "")


def _row(entry: Entry) -> tuple[str, str, str, str]:
    spec, middle = entry.spec, ""
    if isinstance(spec, RestorerSpec | DegraderSpec):
        middle = ", ".join(sorted(spec.tasks))
    elif isinstance(spec, MetricSpec):
        middle = spec.unit
    elif isinstance(spec, BenchmarkSpec):
        middle = spec.degrader
    return entry.id, entry.version, middle, spec.summary
