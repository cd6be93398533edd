"""``burnish list KIND``: the installed ids of one kind."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from typing import TYPE_CHECKING

from burnish.cli import completers
from burnish.cli.options import add_option, add_printing
from burnish.cli.parser import Command, Parser
from burnish.cli.table import table
from burnish.console.output import answer, say
from burnish.errors import BurnishError, UsageError
from burnish.plugins.catalog import Catalog, Entry, installed
from burnish.plugins.declarations import KINDS, BenchmarkSpec, DegraderSpec, MetricSpec, RestorerSpec

if TYPE_CHECKING:
    from burnish.planning.candidates import Candidate


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
        answer({arguments.plural: [as_json(entry) | _shipped_json(entry, catalog) for entry in entries]})
    elif entries:
        rows = [row for entry in entries for row in (_row(entry), *_shipped_rows(entry, catalog))]
        say(table(("id", "version", _column(arguments.plural), "summary"), rows))
    else:
        say(f"no {arguments.plural}; see `burnish plugins`")
    return 0


def _undoing(catalog: Catalog, degrader: str, *, json: bool) -> int:
    """Print what undoes a degrader today, and what could after a training."""
    from burnish.planning.candidates import undoing

    ready = undoing(catalog, degrader)
    trainable = [entry.id for entry in catalog.undoing(degrader) if getattr(entry.spec, "trainable", False)]
    if json:
        records = [_shipped(one) | {"summary": one.spec.summary} for one in ready]
        answer({"restorers": records, "trainable": trainable})
        return 0
    if ready:
        rows = [(one.name, one.training() or "needs no training", _use(one), one.spec.summary) for one in ready]
        say(table(("name", "trained against", "use of its data", "summary"), rows))
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


def _shipped(one: Candidate) -> dict[str, object]:
    """Weights that ship, as JSON values."""
    names = ("data", "use", "license")
    return {"name": one.name, "trained_against": one.training(), **{name: one.origin.get(name) for name in names}}


def _shipped_json(entry: Entry, catalog: Catalog) -> dict[str, object]:
    if not isinstance(entry.spec, RestorerSpec):
        return {}
    found = _weights(entry, catalog)
    return {
        "shipped": [_shipped(one) if not isinstance(one, str) else {"name": name, "error": one} for name, one in found]
    }


def _shipped_rows(entry: Entry, catalog: Catalog) -> Iterator[tuple[str, str, str, str]]:
    """A row for each of the weights that ship with a restorer."""
    for name, one in _weights(entry, catalog):
        told = one if isinstance(one, str) else f"trained against {one.training()}{_on(one)}"
        yield f"  :{name.partition(':')[2]}", "", "", told


def _weights(entry: Entry, catalog: Catalog) -> Iterator[tuple[str, Candidate | str]]:
    """Name and facts of all weights that ship with a restorer, or why they cannot be read."""
    from burnish.planning.candidates import with_weights

    for weights in entry.spec.weights if isinstance(entry.spec, RestorerSpec) else ():
        name = f"{entry.id}:{weights}"
        try:
            yield name, with_weights(entry, weights, catalog)
        except BurnishError as error:
            yield name, str(error)


def _on(one: Candidate) -> str:
    return f", on data for {_use(one)}" if _use(one) else ""


def _use(one: Candidate) -> str:
    return {"any": "any use", "research": "research"}.get(one.origin.get("use", ""), "")


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
