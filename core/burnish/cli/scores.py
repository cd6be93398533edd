"""The table of scores that ``burnish evaluate`` prints."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, cast

from burnish.console.escaping import line
from burnish.console.output import say, terminal
from burnish.errors import UnknownIdError
from burnish.evaluation.scorecard import CLEAN
from burnish.plugins.declarations import BenchmarkSpec
from burnish.reporting.figures import figure, short, shown_figure

if TYPE_CHECKING:
    from burnish.evaluation import Benchmark, Scorecard
    from burnish.evaluation.scorecard import Intervals
    from burnish.plugins.catalog import Catalog


def print_scores(card: Scorecard, benchmark: Benchmark, catalog: Catalog) -> None:
    """Print means and every image, next to the observation if it was scored, and the published figures below."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    result = card.results[benchmark.name]
    console = Console(file=terminal(sys.stdout))
    table = Table(title=escape(line(f"{card.subject} on {benchmark.name}")), title_justify="left")
    table.add_column("image", overflow="fold")
    for metric, scores in result.scores.items():
        unit = f" {scores.unit}" if scores.unit else ""
        if metric in result.degraded:
            table.add_column(f"input {short(metric)}{unit}", justify="right")
        table.add_column(f"{short(metric)}{unit}", justify="right")
    images = list(next(iter(result.scores.values())).per_image)
    for image in [*images, None]:
        cells = []
        for metric, scores in result.scores.items():
            columns = [result.degraded[metric], scores] if metric in result.degraded else [scores]
            cells += [figure(one.mean if image is None else one.per_image[image], one.unit) for one in columns]
        if image is None:
            table.add_section()
        table.add_row("mean" if image is None else escape(line(image)), *cells, style="bold" if image is None else "")
    console.print(table)
    seconds, memory = result.seconds_per_megapixel, result.peak_memory_mb
    say(f"{seconds:.3g} s per megapixel, {memory:.0f} MiB on {result.device}, {result.precision}")
    if card.evidence != CLEAN:
        say(card.evidence)
    say(
        [
            f"{short(metric)} proves no gain: {one.doubt}"
            for metric, one in result.scores.items()
            if one.doubt and one.ranks
        ]
    )
    if result.intervals is not None:
        say(_intervals(result.intervals))
    if roundings := sorted({str(s.protocol["rounding"]) for s in result.scores.values() if "rounding" in s.protocol}):
        say(f"scored with rounding {', '.join(roundings)}; protocols: --json")
    say(_published(benchmark, catalog))


def _intervals(found: Intervals) -> list[str]:
    """Every promise with the measured coverage, and how evenly one of them is kept."""
    kept = ", ".join(f"{one.mean_coverage:.3f} for {one.asked:g}" for one in found.levels)
    lines = [f"coverage of the calibrated intervals: {kept}"]
    if (level := found.at(found.asked)) is not None:
        first, last = found.classes[0], found.classes[-1]
        lines.append(
            f"  of {found.asked:g}: {255 * level.mean_width:.1f}/255 wide on average; {first.coverage:.3f} in the "
            f"narrowest tenth (errors of {255 * first.error:.1f}/255), {last.coverage:.3f} in the widest "
            f"({255 * last.error:.1f}/255)"
        )
    return lines


def _published(benchmark: Benchmark, catalog: Catalog) -> list[str]:
    """What papers print for this benchmark."""
    try:
        spec = cast(BenchmarkSpec, catalog.get("benchmarks", benchmark.name).spec)
    except UnknownIdError:
        return []
    lines = [
        f"  {method}: " + ", ".join(f"{short(metric)} {shown_figure(value)}" for metric, value in figures.items())
        for method, figures in spec.published.items()
    ]
    return [f"published on {spec.images}:", *lines] if lines else []
