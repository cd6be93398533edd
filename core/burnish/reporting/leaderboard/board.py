"""A board: the measured and quoted rows of one benchmark; and the page of all boards."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from pydantic import Field

from burnish.evaluation.scorecard import JsonRecord
from burnish.plugins.declarations import BenchmarkSpec
from burnish.reporting.figures import figure, short


class Row(JsonRecord):
    """One restorer on one benchmark."""

    name: str
    """Id (with the name of weights), ``input``, or the method of a paper."""
    source: Literal["run", "quoted", "failed"]
    """Measured here, printed in a paper, or neither."""
    figures: dict[str, float] = Field(default_factory=dict)
    """Metric id → mean over the images."""
    images: int = 0
    seconds_per_megapixel: float | None = None
    peak_memory_mb: float | None = None
    parameters: int | None = None
    """Number of learned parameters."""
    device: str = ""
    precision: str = ""
    version: str = ""
    """Distribution and version."""
    reason: str = ""
    """Why it failed."""


@dataclass(frozen=True, kw_only=True)
class Board:
    """One benchmark."""

    benchmark: str
    spec: BenchmarkSpec
    rows: list[Row] = field(default_factory=list)
    there: bool = True
    """Whether its pictures are available; else all rows are quoted."""

    def ranked(self, falling: Collection[str]) -> list[Row]:
        """Every name once, best first by the leading metric; rows without that metric come last.

        ``falling`` holds the ids of metrics of which less is better.
        """
        lead = self.spec.metrics[0]
        once = {(row.source, row.name): row for row in self.rows}.values()
        sign = 1.0 if lead in falling else -1.0
        return sorted(once, key=lambda row: (lead not in row.figures, sign * row.figures.get(lead, 0.0), row.name))


def markdown(boards: Sequence[Board], *, units: dict[str, str], falling: Collection[str]) -> str:
    """The page: a table for each benchmark.

    Args:
        boards: The benchmarks.
        units: Metric id → unit.
        falling: Metric ids of which less is better.
    """
    lines = ["# Leaderboard", ""]
    lines += [
        "Made by `burnish leaderboard`. Rows marked *quoted* are from papers, all others were measured; time is that",
        "of the restorer only, per megapixel of its estimate; memory is the growth of the process.",
        "",
    ]
    for board in boards:
        lines += [f"## {board.benchmark}", "", f"{board.spec.summary}. {_where(board)}", ""]
        metrics = board.spec.metrics
        header = ["restorer", *(_head(metric, units, falling) for metric in metrics), "s/MP", "MiB", "parameters", ""]
        lines += [_line(header), _line(["---", *["---:"] * (len(header) - 2), "---"])]
        ranked = board.ranked(falling)
        lines += [_line(_cells(row, metrics, units)) for row in ranked if row.source != "failed"]
        lines += ["", *(f"- {row.name} failed: {row.reason}" for row in ranked if row.source == "failed"), ""]
    return "\n".join(lines).rstrip().replace("\n\n\n", "\n\n") + "\n"


def _where(board: Board) -> str:
    if not board.there:
        return f"{board.spec.images or 'Its pictures'}: not available, nothing was run."
    images = max((row.images for row in board.rows), default=0)
    devices = sorted({row.device for row in board.rows if row.device})
    return f"{board.spec.images}, {images} images, {', '.join(devices) or 'nothing was run'}."


def _cells(row: Row, metrics: Sequence[str], units: dict[str, str]) -> list[str]:
    name = row.name if row.source == "quoted" or row.name == "input" else f"`{row.name}`"
    figures = [figure(row.figures[metric], units[metric]) if metric in row.figures else "" for metric in metrics]
    seconds = "" if row.seconds_per_megapixel is None else f"{row.seconds_per_megapixel:.3g}"
    memory = "" if row.peak_memory_mb is None else f"{row.peak_memory_mb:.0f}"
    parameters = f"{row.parameters:,}".replace(",", " ") if row.parameters else ""
    return [name, *figures, seconds, memory, parameters, "*quoted*" if row.source == "quoted" else ""]


def _head(metric: str, units: dict[str, str], falling: Collection[str]) -> str:
    unit = f" {units[metric]}" if units.get(metric) else ""
    return f"{short(metric)}{unit}{' ↓' if metric in falling else ''}"


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
