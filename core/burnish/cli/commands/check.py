"""``burnish check ID``: the conformance checks on one id."""

from __future__ import annotations

from burnish.cli.options import Parser
from burnish.cli.table import table
from burnish.console.output import answer, say
from burnish.plugins.declarations import KINDS


def main(argv: list[str]) -> int:
    """Ask every question that applies; exit status 1 when an answer is no."""
    parser = Parser(
        "check",
        "Run the conformance checks on one id: does it do what its declaration and its protocol say?",
        "burnish check cnn/dncnn --set depth=5",
    )
    parser.add_argument("id", metavar="ID", help="id or unique short name")
    parser.add_argument("--kind", choices=list(KINDS), help="which kind, where several have that name")
    parser.add_argument("--set", metavar="KEY=VALUE", nargs="+", action="extend", default=[], help="its settings")
    parser.add_argument("--json", action="store_true", help="print JSON")
    arguments = parser.parse_args(argv)

    from burnish.conformance import checks
    from burnish.plugins.catalog import installed
    from burnish.plugins.configuration import parse_settings

    asked = checks(arguments.id, kind=arguments.kind, config=parse_settings(arguments.set), catalog=installed())
    findings = [each.find() for each in asked]
    entry = asked[0].subject.entry
    failed = [finding for finding in findings if not finding.passed]
    if arguments.json:
        record = {
            "id": entry.id,
            "kind": entry.spec.kind,
            "distribution": entry.distribution,
            "version": entry.version,
            "passed": not failed,
            "findings": [
                {"name": finding.name, "passed": finding.passed, "message": finding.message} for finding in findings
            ],
        }
        answer(record)
    else:
        rows = [(finding.name, "yes" if finding.passed else "NO", finding.message) for finding in findings]
        say(table((f"{entry.id} {entry.version}", "", "why not"), rows))
        say(f"{len(findings) - len(failed)} of {len(findings)} facts hold")
    return 1 if failed else 0
