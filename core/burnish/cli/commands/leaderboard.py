"""``burnish leaderboard``: all restorers × benchmarks × metrics, with time, memory and parameters."""

from __future__ import annotations

import json
from pathlib import Path
from typing import cast

from burnish.cli.options import Parser
from burnish.console.output import answer, say
from burnish.errors import UsageError


def main(argv: list[str]) -> int:
    """Run what can be run, write ``leaderboard.md`` and ``leaderboard.json``, and print the page."""
    arguments = _parser().parse_args(argv)
    if not arguments.data.is_dir():
        raise UsageError(f"{arguments.data}: is no folder; give one that holds the published sets by their names")
    from burnish.plugins.catalog import installed
    from burnish.plugins.declarations import MetricSpec
    from burnish.reporting.leaderboard import markdown, run
    from burnish.reporting.report import write_whole

    catalog = installed()
    asked, only = _names(arguments.benchmarks), _names(arguments.restorers)
    entries = [catalog.get("benchmarks", name) for name in asked] or list(catalog.entries("benchmarks").values())
    for name in only:
        catalog.get("restorers", name)
    boards = run(
        entries,
        data=arguments.data,
        out=arguments.out,
        catalog=catalog,
        only=only,
        device=arguments.device,
        quiet=arguments.quiet,
    )
    metrics = {id: cast(MetricSpec, entry.spec) for id, entry in catalog.entries("metrics").items()}
    falling = [id for id, spec in metrics.items() if not spec.higher_is_better]
    page = markdown(boards, units={id: spec.unit for id, spec in metrics.items()}, falling=falling)
    record = {board.benchmark: [row.as_json() for row in board.ranked(falling)] for board in boards}
    write_whole(arguments.out / "leaderboard.md", page)
    write_whole(arguments.out / "leaderboard.json", json.dumps(record, indent=2) + "\n")
    if arguments.json:
        answer(record)
    else:
        say(page.splitlines())
    return 1 if any(row.source == "failed" for board in boards for row in board.rows) else 0


def _parser() -> Parser:
    parser = Parser(
        "leaderboard",
        "Run every installed restorer that needs no training, and all weights that ship with plugins, on every\n"
        "declared benchmark whose pictures are in DIR; write the tables, with the published figures beside, marked\n"
        "as quoted. What was run before and did not change is not run again.",
        "burnish leaderboard --data sets --benchmarks gaussian-25-grey,set5-x2 --out leaderboard",
    )
    parser.add_argument(
        "--data", metavar="DIR", type=Path, required=True, help="holds Set5, BSD68, … (or test/Set5, …)"
    )
    parser.add_argument("--benchmarks", metavar="ID,…", default="", help="only these; see `burnish list benchmarks`")
    parser.add_argument("--restorers", metavar="ID,…", default="", help="only these; cnn/dncnn:NAME for one's weights")
    parser.add_argument("--out", metavar="DIR", type=Path, default=Path("leaderboard"), help="default: leaderboard")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda, … (default: auto)")
    parser.add_argument("--json", action="store_true", help="print JSON instead of the page")
    parser.add_argument("--quiet", action="store_true", help="no progress")
    return parser


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]
