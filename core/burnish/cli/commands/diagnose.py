"""``burnish diagnose IN…``: tell what is wrong with pictures."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from burnish import garbage_collection
from burnish.cli.options import add_option, add_printing, add_running
from burnish.cli.parser import Command, Parser
from burnish.console.output import answer, say, tell
from burnish.errors import BurnishError

if TYPE_CHECKING:
    from burnish.diagnosis import Diagnosis
    from burnish.planning import Plan


def _parser() -> Parser:
    parser = Parser(
        "diagnose",
        "Tell what is wrong with pictures, from the pictures alone: noise and whether it is correlated, blur with its\n"
        "kind, size and direction, JPEG compression, an enlargement, clipping, exposure; with the range in which each\n"
        "figure lies.\n"
        "Then which installed restorers fit, best first by a trial on the picture, as `burnish restore` uses them.\n"
        "Looks at the middle of each picture, at most 1024 pixels a side.",
        "burnish diagnose photo.jpg",
        "burnish diagnose photographs --json",
    )
    add_option(parser, "source", "pictures, or folders of them", metavar="IN", type=Path, nargs="+")
    add_option(parser, "--no-plan", "do not try which restorers fit; faster", action="store_true")
    add_running(parser, "--device", "--allow-damaged")
    add_printing(parser, "--json", "--quiet")
    return parser


def _run(arguments: Namespace) -> int:
    """Print the findings; exit status 1 when one of several pictures cannot be read."""
    with garbage_collection.importing("torch"):
        from burnish.console.progress import track
        from burnish.diagnosis import examine
        from burnish.io import read_picture
        from burnish.planning import Planner

    planner = None if arguments.no_plan else Planner(device=arguments.device)
    paths, failed = list(_pictures(arguments.source)), False
    records: list[dict[str, object]] = []
    quiet = arguments.quiet or len(paths) == 1
    for path in track(paths, description="Examining", quiet=quiet):
        try:
            picture = read_picture(path, allow_damaged=arguments.allow_damaged)
            found = examine(picture, path)
            plan = planner.plan(picture, path, found) if planner is not None else None
        except BurnishError as error:
            if len(paths) == 1:
                raise
            tell(f"burnish: {error}")
            records.append({"source": str(path), "error": str(error)})
            failed = True
            continue
        planned = {"plan": plan.as_json()} if plan is not None else {}
        records.append({"source": str(path), **found.as_json(), **planned})
        if not arguments.json:
            say(_lines(path, found, plan))
    if arguments.json:
        answer({"pictures": records})
    return 1 if failed else 0


def _pictures(sources: list[Path]) -> Iterator[Path]:
    from burnish.io import list_pictures

    for source in sources:
        yield from list_pictures(source) if source.is_dir() else [source]


def _lines(path: Path, found: Diagnosis, plan: Plan | None) -> Iterator[str]:
    kind = {"uint8": "8 bit", "uint16": "16 bit"}.get(found.depth, "float")
    colours = {1: "grey", 3: "colour"}.get(found.channels, f"{found.channels} channels")
    yield f"{path}: {found.width}×{found.height}, {kind}, {colours}"
    yield from (f"  {name:<10} {words}" for name, words in found.lines())
    if plan is None:
        return
    yield f"  {'plan':<10} {plan.words()}"
    yield from (f"  {'':<10} fit for {step.task}: {step.ranking()}" for step in plan.steps if len(step.fitting) > 1)


main = Command(_parser, _run)
