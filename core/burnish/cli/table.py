"""A plain text table for the commands that must stay light."""

from __future__ import annotations

from collections.abc import Sequence

from burnish.console.escaping import line


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Lines: columns padded to their widest cell, two spaces between them, the header underlined."""
    every = [tuple(line(cell) for cell in row) for row in (header, *rows)]
    widths = [max(len(row[i]) for row in every) for i in range(len(header))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in every]
    lines.insert(1, "  ".join("─" * width for width in widths))
    return lines
