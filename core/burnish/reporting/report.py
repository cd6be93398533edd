"""The report: one HTML file that shows a scorecard beside its champion and baselines, the gates' verdicts and pictures.

It holds its style and its pictures itself, needs no script and no network, and every text in it is escaped.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from burnish.console.escaping import html as escape
from burnish.console.redaction import redact
from burnish.evaluation.baselines import beaten
from burnish.evaluation.scorecard import Scorecard
from burnish.evaluation.statistics.compare import leading_metric, signed
from burnish.io import atomic as storage
from burnish.reporting import report_parts as parts
from burnish.reporting.report_style import STYLE
from burnish.reporting.strip import Strip


def write_report(
    out: Path,
    *,
    title: str,
    challenger: Scorecard,
    champion: Scorecard | None = None,
    baselines: Sequence[Scorecard] = (),
    decision: Mapping[str, Any] | None = None,
    strips: Sequence[Strip] = (),
) -> Path:
    """Write the report, whole or not at all.

    Args:
        out: The HTML file.
        title: Its heading.
        challenger: What the report is about.
        champion: What it is compared with, scored on the same benchmarks; None when there is none.
        baselines: Restorers that only stand beside.
        decision: ``promoted`` (bool), ``reason`` (a sentence) and ``verdicts``: a list of mappings with ``gate``,
            ``passed``, ``reason`` and ``figures``. None when nothing was decided.
        strips: Scenes to show, each from the degraded to the clean picture.
    """
    body = [
        _header(title, challenger),
        _decision(decision),
        _beaten(challenger, baselines),
        _cards(challenger, champion),
        parts.benchmark_table(challenger, champion, baselines),
        parts.gates(decision),
        parts.gallery(strips),
        parts.cost_table([*baselines, *([champion] if champion else []), challenger]),
        parts.images(challenger, champion, baselines),
        parts.protocols(challenger),
        parts.lineage(challenger),
    ]
    document = (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n"
        + "\n".join(part for part in body if part)
        + "\n<footer>Written by burnish. Scores are means over images; scores of different protocols are never "
        "compared.</footer>\n</main>\n</body>\n</html>\n"
    )
    write_whole(out, document)
    return out


def _header(title: str, challenger: Scorecard) -> str:
    made = f" · {escape(challenger.created)}" if challenger.created else ""
    return (
        f"<header><h1>{escape(title)}</h1>"
        f'<p class="faint">{escape(challenger.subject)} · <code>{escape(challenger.restorer)}</code>{made}</p></header>'
    )


def _decision(decision: Mapping[str, Any] | None) -> str:
    if decision is None:
        return ""
    promoted = bool(decision.get("promoted"))
    kind, mark, word = ("pass", "✓", "Promoted") if promoted else ("fail", "✗", "Not promoted")
    return (
        f'<section class="verdict {kind}" aria-label="decision"><strong><span class="mark" aria-hidden="true">{mark}'
        f"</span> {word}</strong><p>{escape(str(decision.get('reason', '')))}</p></section>"
    )


def _beaten(challenger: Scorecard, baselines: Sequence[Scorecard]) -> str:
    """What people should know beside a decision: that a baseline does better."""
    told = "".join(f"<p>{escape(one.sentence())}</p>" for one in beaten(challenger, baselines))
    return (
        f'<section class="verdict fail" aria-label="warning"><strong>Warning</strong>{told}</section>' if told else ""
    )


def _cards(challenger: Scorecard, champion: Scorecard | None) -> str:
    """The leading figure of each benchmark, and how far it lies from champion or input."""
    cards = []
    for name, result in challenger.results.items():
        metric = leading_metric(result)
        scores = result.scores[metric]
        against = [("input", result.degraded.get(metric))]
        if champion is not None and name in champion.results:
            against.insert(0, ("champion", champion.results[name].scores.get(metric)))
        gaps = [
            f'<span class="{parts.tone(gap)}">{signed(gap, scores.unit)}</span> against {label}'
            for label, other in against
            if other is not None and (gap := parts.gap(scores, other)) is not None
        ]
        cards.append(
            f'<div class="card"><div class="small faint">{escape(name)} · {escape(parts.short(metric))}</div>'
            f'<div class="figure">{parts.figure(scores.mean, scores.unit)}'
            f'<span class="small faint"> {escape(scores.unit)}</span></div>'
            f'<div class="small">{"<br>".join(gaps)}</div></div>'
        )
    return f'<section class="cards" aria-label="leading figures">{"".join(cards)}</section>' if cards else ""


def write_whole(path: Path, text: str) -> None:
    """Write a text file whole or not at all, and the folder that it is in."""
    path.parent.mkdir(parents=True, exist_ok=True)
    storage.write_whole(path, redact(text).encode())
