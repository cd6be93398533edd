"""Prefect's page of a run: the decision with its reasons, the figures as tables, and the pictures.

Prefect's pages render Markdown with tables, and pictures whose address is a ``data:`` URI; they reach no files.
"""

from __future__ import annotations

import base64
import html
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from burnish.console.escaping import line
from burnish.console.redaction import redact

from burnish_flows.registry.decision import GateResultJson
from burnish_flows.retrain.tracking.result import Summary

WIDTH = 1200
"""Largest width in pixels of a picture on the page; wider ones are reduced."""
BUDGET = 1_500_000
"""Limit in characters for all pictures together: an artifact is a row in Prefect's database."""


def key(model: str) -> str:
    """The name under which Prefect keeps the pages of a model's runs: lower case, digits and hyphens only."""
    return re.sub(r"[^a-z0-9-]+", "-", f"retrain-{model.lower()}").strip("-")


def markdown(summary: Summary, head: Sequence[str]) -> str:
    """The page.

    Args:
        summary: The result.
        head: What the command says first: the outcome, and why.
    """
    parts = [f"# {_text(head[0])}", *(_text(more.strip()) for more in head[1:])]
    if verdicts := summary.get("verdicts"):
        parts.append(
            _table(("gate", "passed", "because"), ([_text(v["gate"]), _yes(v), _text(v["reason"])] for v in verdicts))
        )
    for name, figure in summary.get("figures", {}).items():
        parts.append(f"## {_text(name)}\n\n{_text(figure['metric'])} over {figure['images']} pictures")
        parts.append(_table(("", f"mean {figure['unit']}".strip(), "to the champion"), _rows(figure["means"])))
    if pictures := summary.get("pictures"):
        parts.append("\n\n".join(["## Pictures", *_pictures(Path(path) for path in pictures)]))
    if summary.get("report"):
        parts.append(f"Scorecard: {_text(summary['report'])}")
    return "\n\n".join(parts)


def _rows(means: Mapping[str, float]) -> Iterator[list[str]]:
    champion = next((mean for row, mean in means.items() if row.startswith("champion v")), None)
    for row, mean in means.items():
        apart = "" if champion is None or row.startswith("champion v") else f"{mean - champion:+.3f}"
        yield [_text(row), f"{mean:.3f}", apart]


def _table(head: Sequence[str], rows: Iterator[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _pictures(paths: Iterator[Path]) -> Iterator[str]:
    left, kept_out = BUDGET, 0
    for path in paths:
        address = _data_uri(path) if path.is_file() else ""
        if not address or len(address) > left:
            kept_out += 1
            continue
        left -= len(address)
        yield f"**{_text(path.stem)}**\n\n![{_text(path.stem)}]({address})"
    if kept_out:
        yield f"{kept_out} more: see the scorecard."


def _data_uri(path: Path) -> str:
    """The picture as a JPEG data URI."""
    from PIL import Image

    with Image.open(path) as picture:
        shown = picture.convert("RGB")
    if shown.width > WIDTH:
        shown = shown.resize((WIDTH, max(1, round(shown.height * WIDTH / shown.width))), Image.Resampling.LANCZOS)
    stream = io.BytesIO()
    shown.save(stream, "JPEG", quality=85)
    return f"data:image/jpeg;base64,{base64.b64encode(stream.getvalue()).decode('ascii')}"


def _yes(verdict: GateResultJson) -> str:
    return "yes" if verdict["passed"] else "**no**"


def _text(words: str) -> str:
    """A text without secrets and without special meaning in Markdown or HTML."""
    plain = html.escape(" ".join(line(redact(words)).split()), quote=False)
    return re.sub(r"([\\`*_{}\[\]#|~])", r"\\\1", plain)
