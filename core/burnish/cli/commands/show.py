"""``burnish show ID``: the declaration of one id, and what it can be combined with."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator, Mapping
from typing import Any

from burnish.cli import completers
from burnish.cli.commands.list import as_json
from burnish.cli.options import DECLARED, add_option, add_printing, add_shared
from burnish.cli.parser import Command, Parser
from burnish.cli.table import table
from burnish.console.output import answer, say
from burnish.errors import BurnishError
from burnish.plugins.catalog import Catalog, Entry, installed
from burnish.plugins.declarations import DegraderSpec, RestorerSpec


def _parser() -> Parser:
    parser = Parser(
        "show",
        "All that is declared about one id: its settings with defaults (the keys of --set), the conditions that it\n"
        "needs (--sigma, --kernel, …), its weights, and what it can be combined with.",
        "burnish show cnn/dncnn",
        "burnish show gaussian-noise --json",
    )
    add_option(parser, "id", "id or unique short name", metavar="ID", completer=completers.any_id)
    add_shared(parser, "--kind", f"{', '.join(DECLARED)}; if several ids have that name", choices=DECLARED)
    add_printing(parser, "--json")
    return parser


def _run(arguments: Namespace) -> int:
    """Print one declaration."""
    catalog = installed()
    entry = catalog.find(arguments.id, arguments.kind and f"{arguments.kind}s")
    record = as_json(entry) | _relations(catalog, entry)
    if arguments.json:
        answer(record)
    else:
        say(_text(record))
    return 0


main = Command(_parser, _run)


def _relations(catalog: Catalog, entry: Entry) -> dict[str, Any]:
    if isinstance(entry.spec, RestorerSpec):
        raced = {weights: lines for weights in entry.spec.weights if (lines := list(_raced(entry, weights, catalog)))}
        told = {"engines": raced} if raced else {}
        return {"can_undo": [other.id for other in catalog.undone_by(entry.id)]} | told
    if isinstance(entry.spec, DegraderSpec):
        return {"undone_by": [other.id for other in catalog.undoing(entry.id)]}
    return {}


def _raced(entry: Entry, weights: str, catalog: Catalog) -> Iterator[str]:
    """Which engine won on this machine, for weights that it has restored long enough with."""
    from burnish.inference.engines.records import races
    from burnish.planning.candidates import with_weights

    try:
        known = with_weights(entry, weights, catalog)
    except BurnishError:  # `burnish list` says why they cannot be read
        return
    for race in races(known.weights_sha256):
        best, plain = race.fastest(), race.plain()
        threads = f"{race.threads} thread{'s' if race.threads > 1 else ''}"
        yield f"{best.engine} {best.precision}, {plain.rate / best.rate:.1f} times as fast as torch in fp32 ({threads})"


def _text(record: Mapping[str, Any]) -> list[str]:
    lines = [
        f"{record['id']}  ({record['kind'][:-1]}, {record['distribution']} {record['distribution_version']})",
        record["summary"],
        "",
    ]
    plain = {
        k: v
        for k, v in record.items()
        if k not in {"id", "kind", "distribution", "distribution_version", "summary", "config", "name"}
    }
    width = max(map(len, plain))
    lines += [
        f"{key.replace('_', ' '):<{width}}  {_value(value)}" for key, value in plain.items() if value not in ("", None)
    ]
    if record["config"]:
        rows = [
            (key, _type(schema), _value(schema.get("default", "required")), schema.get("description", ""))
            for key, schema in record["config"].items()
        ]
        lines += ["", *table(("setting", "type", "default", "meaning"), rows)]
    return lines


def _type(schema: Mapping[str, Any]) -> str:
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"]))
    kind = schema.get("type", "")
    return " | ".join(kind) if isinstance(kind, list) else str(kind)


def _value(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(_value, value)) or "none"
    if isinstance(value, dict):
        return "; ".join(f"{key}: {_value(item)}" for key, item in value.items()) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
