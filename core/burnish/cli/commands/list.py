"""``burnish list KIND``: what is installed of one kind."""

from __future__ import annotations

from burnish.cli.options import Parser
from burnish.cli.table import table
from burnish.console.output import answer, say
from burnish.plugins.catalog import Entry, installed
from burnish.plugins.declarations import KINDS, BenchmarkSpec, DegraderSpec, MetricSpec, RestorerSpec


def main(argv: list[str]) -> int:
    """Print ids and summaries of one kind."""
    parser = Parser("list", "What is installed of one kind.", "burnish list restorers --undoing gaussian-noise")
    parser.add_argument("kind", choices=list(KINDS), metavar="KIND", help=", ".join(KINDS))
    parser.add_argument("--undoing", metavar="DEGRADER", help="only restorers that can undo this degrader")
    parser.add_argument("--json", action="store_true", help="print JSON")
    arguments = parser.parse_args(argv)
    catalog = installed()
    entries = list(catalog.entries(arguments.kind).values())
    if arguments.undoing:
        if arguments.kind != "restorers":
            parser.error("--undoing goes with restorers")
        entries = catalog.undoing(arguments.undoing)
    if arguments.json:
        answer({arguments.kind: [as_json(entry) for entry in entries]})
    elif entries:
        say(table(("id", "version", _column(arguments.kind), "summary"), [_row(entry) for entry in entries]))
    else:
        say(f"no {arguments.kind}; see `burnish plugins`")
    return 0


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
