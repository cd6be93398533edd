"""``burnish data check``: look at a dataset before anybody trains on it."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from burnish.cli.options import add_option, add_shared
from burnish.cli.parser import Parser
from burnish.cli.table import table
from burnish.console.output import answer, say, tell

if TYPE_CHECKING:
    from burnish.data.checking import Aligned, Layout, Report

SUMMARY = "Look for what is wrong with a dataset before anybody trains on it; exit status 1 where there are errors."
RECIPES = (".yaml", ".yml")


def parser() -> Parser:
    """The action's parser."""
    made = Parser(
        "data check",
        SUMMARY,
        "burnish data check pictures --page check.html",
        "burnish data check recipes/denoise.yaml --quick --json",
        "burnish data check pairs --align aligned",
    )
    text = "the folder with train/, validation/ and test/, or a recipe; default: data"
    add_option(made, "target", text, metavar="DIR", nargs="?", default="data")
    add_option(made, "--page", "write the findings with thumbnails as one HTML file", metavar="PATH", type=Path)
    add_option(made, "--align", "write all pairs in register into a new folder", metavar="OUT", type=Path)
    add_option(made, "--quick", "only what every training checks: names, headers and a sample", action="store_true")
    add_shared(made, "--json")
    add_shared(made, "--quiet")
    return made


def run(arguments: Namespace) -> int:
    """Check one dataset."""
    from burnish.console.progress import log_lines
    from burnish.data.checking import check, page, write_aligned
    from burnish.errors import UsageError

    if arguments.quick and (arguments.align or arguments.page):
        raise UsageError("--quick compares no pictures; leave it out for --page and --align")
    root, layout, splits = _dataset(Path(arguments.target))
    with log_lines(not arguments.quiet):
        report = check(root, layout, splits, quick=arguments.quick, quiet=arguments.quiet)
        aligned = write_aligned(report, arguments.align, quiet=arguments.quiet) if arguments.align else None
    if arguments.page:
        from burnish.reporting.report import write_whole

        write_whole(arguments.page, page(report))
    if arguments.json:
        answer({**report.as_json(), **({"aligned": _aligned_json(aligned)} if aligned else {})})
    else:
        say(_lines(report))
        if aligned is not None:
            say(_aligned_lines(aligned, arguments.align))
        if arguments.page and not arguments.quiet:
            tell(f"wrote {arguments.page}")
    return 1 if report.errors else 0


def _dataset(target: Path) -> tuple[Path, Layout | None, tuple[str, ...]]:
    """Root, layout and splits: of a recipe as it says, of a folder as they are recognised."""
    from burnish.data.checking.layout import SPLITS, Layout, splits_of
    from burnish.recipe.document import read_recipe

    from burnish_flows.environment import find_project

    if target.suffix.lower() not in RECIPES:
        return target, None, SPLITS
    recipe = read_recipe(target)
    return find_project(target).root / recipe.data.root, Layout.of(recipe.data), splits_of(recipe)


def _lines(report: Report) -> Iterator[str]:
    from burnish.data.checking.page import cell, columns

    counts = ", ".join(f"{number} {split}" for split, number in report.pictures.items())
    yield f"{report.root}: {report.layout.words()} ({counts})"
    if report.measures:
        shown = columns(report)
        head = ("folder", "pictures", "kind", "sizes", *(heading for _, heading in shown))
        rows = [
            (one.folder, str(one.pictures), one.kinds, one.sizes, *(cell(one, name) for name, _ in shown))
            for one in report.measures
        ]
        yield from table(head, rows)
    yield from report.lines()
    errors, warnings = len(report.errors), len(report.warnings)
    yield f"{errors} {'error' if errors == 1 else 'errors'}, {warnings} {'warning' if warnings == 1 else 'warnings'}"


def _aligned_json(aligned: Aligned) -> dict[str, object]:
    return {"moved": aligned.moved, "kept": aligned.kept, "left_out": list(aligned.left_out)}


def _aligned_lines(aligned: Aligned, out: Path) -> Iterator[str]:
    moved = len(aligned.moved)
    yield f"{out}: {moved} {'pair' if moved == 1 else 'pairs'} moved, {aligned.kept} copied as they are"
    for name in aligned.left_out:
        yield f"left out: {name}"
