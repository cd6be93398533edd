"""``burnish leaderboard``: all restorers × benchmarks × metrics, with time, memory and parameters."""

from __future__ import annotations

import json
from argparse import Namespace
from pathlib import Path
from typing import cast

from burnish.cli import completers
from burnish.cli.options import add_option, add_printing, add_running, add_shared
from burnish.cli.parser import Command, Parser
from burnish.cli.values import names
from burnish.console.output import answer, say
from burnish.errors import UsageError


def _run(arguments: Namespace) -> int:
    """Run all available combinations, write ``leaderboard.md`` and ``leaderboard.json``, and print the page."""
    if not arguments.data.is_dir():
        raise UsageError(
            f"{arguments.data}: is not a folder; give the folder with the published sets under their names"
        )
    from burnish.plugins.catalog import installed
    from burnish.plugins.declarations import MetricSpec
    from burnish.reporting.leaderboard import markdown, run
    from burnish.reporting.report import write_whole

    catalog = installed()
    only = arguments.restorers
    every = list(catalog.entries("benchmarks").values())
    entries = [catalog.get("benchmarks", name) for name in arguments.benchmarks] or every
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
        "Run all restorers that need no training, and all shipped weights, on every declared benchmark with\n"
        "pictures in DIR. Write the tables, with published figures marked as quoted. Unchanged results are reused.",
        "burnish leaderboard --data sets",
        "burnish leaderboard --data sets --benchmarks gaussian-25-grey,set5-x2 --out leaderboard",
    )
    add_shared(parser, "--data", "with Set5, BSD68, … (or test/Set5, …)", required=True)
    for plural in ("benchmarks", "restorers"):
        add_option(
            parser,
            f"--{plural}",
            f"only these {plural}; see `burnish list {plural}`",
            metavar="ID,…",
            type=names,
            default=[],
            completer=completers.id_lists(plural),
        )
    add_shared(parser, "--out", "a folder", default=Path("leaderboard"))
    add_running(parser, "--device")
    add_printing(parser, "--json", "--quiet")
    return parser


main = Command(_parser, _run)
