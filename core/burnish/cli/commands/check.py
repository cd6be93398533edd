"""``burnish check ID``: the conformance checks on one id."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import asdict

from burnish.cli import completers
from burnish.cli.options import SHARED, add_option, add_printing, add_shared
from burnish.cli.parser import Command, Parser
from burnish.cli.table import table
from burnish.console.output import answer, say
from burnish.console.progress import track


def _parser() -> Parser:
    parser = Parser(
        "check",
        "Run the conformance checks on one id: does it do what its declaration and its protocol require?",
        "burnish check median",
        "burnish check cnn/dncnn --set depth=5",
        "burnish check burnish-webhook",
    )
    add_option(
        parser,
        "id",
        "id or unique short name; or a distribution, for what it observes",
        metavar="ID",
        completer=completers.any_id,
    )
    add_shared(parser, "--kind", f"{', '.join(SHARED['--kind']['choices'])}; if several ids have that name")
    add_shared(parser, "--set")
    add_printing(parser, "--json")
    return parser


def _run(arguments: Namespace) -> int:
    """Run every check that applies; exit status 1 if one fails."""
    from burnish.conformance import checks
    from burnish.plugins.catalog import installed
    from burnish.plugins.configuration import parse_settings

    asked = checks(
        arguments.id,
        kind=arguments.kind and f"{arguments.kind}s",
        config=parse_settings(arguments.set),
        catalog=installed(),
    )
    entry = asked[0].subject.entry
    findings = [each.find() for each in track(asked, description=entry.id, unit="check", quiet=arguments.json)]
    failed = [finding for finding in findings if not finding.passed]
    if arguments.json:
        record = {
            "id": entry.id,
            "kind": entry.spec.kind,
            "distribution": entry.distribution,
            "version": entry.version,
            "passed": not failed,
            "findings": [asdict(finding) for finding in findings],
        }
        answer(record)
    else:
        told = {True: "yes", False: "NO"}
        rows = [(found.name, told[found.passed], found.message) for found in findings if found.asked]
        say(table((f"{entry.id} {entry.version}", "", "why not"), rows))
        left = len(findings) - len(rows)
        more = f"; {left} more could not be asked before this is mended" if left else ""
        say(f"{len(findings) - len(failed)} of {len(findings)} facts hold{more}")
    return 1 if failed else 0


main = Command(_parser, _run)
