"""The sections of the report as HTML: tables, verdicts, pictures, protocols, lineage. Every text is escaped."""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

import cv2

from burnish.console.escaping import html as escape
from burnish.errors import EvaluationError
from burnish.evaluation.scorecard import BenchmarkResult, MetricScores, Scorecard
from burnish.evaluation.statistics.compare import leading_metric, signed
from burnish.reporting.strip import Pixels, Strip, shown_figure, views

Column = tuple[str, Mapping[str, BenchmarkResult]]
"""A label and its results by benchmark."""


def benchmark_table(challenger: Scorecard, champion: Scorecard | None, baselines: Sequence[Scorecard]) -> str:
    """Benchmarks × metrics against input, baselines, champion and challenger; the best of each row is marked."""
    columns = _columns(challenger, champion, baselines)
    heads = "".join(f'<th scope="col">{escape(label)}</th>' for label, _ in columns)
    rows = []
    for name, result in challenger.results.items():
        for metric, scores in result.scores.items():
            inputs = result.degraded.get(metric)
            found = [_scores(results, name, metric, result.digest) for _, results in columns]
            cells = [inputs, *found]
            best = _best([cell for cell in cells if cell is not None])
            shown = "".join(_cell(cell, scores.unit, best) for cell in cells)
            unit = f" ({escape(scores.unit)})" if scores.unit else ""
            rows.append(f'<tr><th scope="row">{escape(name)} · {escape(short(metric))}{unit}</th>{shown}</tr>')
    return (
        '<section><h2>Benchmarks</h2><div class="scroll"><table><caption>Mean over the images; ★ marks the best of a '
        "row; – was not asked, or on other data</caption>"
        f'<thead><tr><th scope="col">Benchmark</th><th scope="col">input</th>{heads}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div></section>"
    )


def gates(decision: Mapping[str, Any] | None) -> str:
    """Every gate with its verdict, reason and figures."""
    verdicts = list((decision or {}).get("verdicts", ()))
    if not verdicts:
        return ""
    rows = []
    for verdict in verdicts:
        passed = bool(verdict.get("passed"))
        kind, mark = ("pass", "✓ passed") if passed else ("fail", "✗ failed")
        figures = verdict.get("figures") or {}
        more = f"<details><summary>figures</summary>{_json(figures)}</details>" if figures else ""
        rows.append(
            f'<tr class="{kind}"><th scope="row"><code>{escape(str(verdict.get("gate", "")))}</code></th>'
            f'<td class="left"><span class="mark">{mark}</span></td>'
            f'<td class="left">{escape(str(verdict.get("reason", "")))}{more}</td></tr>'
        )
    return (
        '<section><h2>Gates</h2><div class="scroll"><table><thead><tr><th scope="col">Gate</th>'
        '<th scope="col" class="left">Verdict</th><th scope="col" class="left">Reason</th></tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div></section>"
    )


def gallery(strips: Sequence[Strip]) -> str:
    """The strips: whole picture and a detail of every panel, figures underneath."""
    if not strips:
        return ""
    shown = []
    for strip in strips:
        figures = []
        for panel, view in zip(strip.panels, views(strip.panels), strict=True):
            lines = "".join(
                f"<div>{escape(name)} {escape(shown_figure(value))}</div>" for name, value in panel.figures.items()
            )
            what = f"{strip.image}, {panel.label}"
            figures.append(
                f'<figure><img src="{_data_uri(view.whole, exact=False)}" alt="{escape(what)}" loading="lazy">'
                f'<img class="detail" src="{_data_uri(view.detail, exact=True)}" alt="{escape(what)}, detail" '
                'loading="lazy">'
                f"<figcaption><b>{escape(panel.label)}</b>{lines}</figcaption></figure>"
            )
        shown.append(
            f'<div class="strip"><h3>{escape(strip.image)} <span class="faint small">{escape(strip.benchmark)}</span>'
            f'</h3><div class="panels">{"".join(figures)}</div></div>'
        )
    return f"<section><h2>Pictures</h2>{''.join(shown)}</section>"


def cost_table(scorecards: Sequence[Scorecard]) -> str:
    """Seconds, parameters and memory."""
    rows = "".join(
        f'<tr><th scope="row">{escape(card.subject)}</th><td>{card.cost.seconds_per_megapixel:.3g}</td>'
        f"<td>{card.cost.parameters:,}</td><td>{card.cost.peak_memory_mb:.0f}</td>"
        f"<td>{escape(', '.join(sorted({result.device for result in card.results.values()})))}</td></tr>"
        for card in scorecards
    )
    return (
        '<section><h2>Cost</h2><div class="scroll"><table><caption>Seconds: median over images, the restorer alone. '
        "Memory: largest growth while restoring one image</caption>"
        '<thead><tr><th scope="col">Restorer</th><th scope="col">s / megapixel</th><th scope="col">parameters</th>'
        f'<th scope="col">memory, MiB</th><th scope="col">device</th></tr></thead><tbody>{rows}</tbody></table></div>'
        "</section>"
    )


def images(challenger: Scorecard, champion: Scorecard | None, baselines: Sequence[Scorecard]) -> str:
    """One table for each benchmark: every image by the leading metric, with the difference that the gates judge."""
    columns = _columns(challenger, champion, baselines)
    tables = []
    for name, result in challenger.results.items():
        metric = leading_metric(result)
        known = [(label, _scores(results, name, metric, result.digest)) for label, results in columns]
        held = [("input", result.degraded.get(metric)), *known]
        shown = [(label, scores) for label, scores in held if scores is not None]
        rival = known[-2][1] if champion is not None else result.degraded.get(metric)
        tables.append(_image_table(name, metric, shown, result.scores[metric], rival, champion is not None))
    return f"<section><h2>Image by image</h2>{''.join(tables)}</section>" if tables else ""


def protocols(challenger: Scorecard) -> str:
    """How each metric was computed."""
    found = {
        name: {metric: {"version": s.version, **s.protocol} for metric, s in result.scores.items()}
        for name, result in challenger.results.items()
    }
    summary = "<summary>How the scores were computed</summary>"
    return f"<section><h2>Protocols</h2><details>{summary}{_json(found)}</details></section>"


def lineage(challenger: Scorecard) -> str:
    """What the challenger came from."""
    data = {
        name: {
            "degrader": result.degrader,
            "config": result.degrader_config,
            "colour": result.colour,
            "seed": result.seed,
            "data_hash": result.data_hash,
            "digest": result.digest,
            "precision": result.precision,
        }
        for name, result in challenger.results.items()
    }
    found = {"lineage": challenger.lineage, "benchmarks": data}
    return f"<section><h2>Lineage</h2><details><summary>What it came from</summary>{_json(found)}</details></section>"


def figure(value: float, unit: str) -> str:
    """A score as tables print it."""
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    return f"{value:.2f}" if unit == "dB" else f"{value:.4f}"


def gap(scores: MetricScores, other: MetricScores) -> float | None:
    """Difference of the means, above zero when ``scores`` is better; None where protocols differ."""
    if (scores.version, scores.protocol) != (other.version, other.protocol):
        return None
    difference = 0.0 if scores.mean == other.mean else scores.mean - other.mean
    return difference if scores.higher_is_better else -difference


def tone(difference: float) -> str:
    """The class that colours a difference."""
    return "good" if difference > 0 else "bad" if difference < 0 else ""


def short(metric: str) -> str:
    """A metric's name without its plugin."""
    return metric.rpartition("/")[2]


def _columns(challenger: Scorecard, champion: Scorecard | None, baselines: Sequence[Scorecard]) -> list[Column]:
    columns: list[Column] = [(card.subject, card.results) for card in baselines]
    if champion is not None:
        columns.append((f"champion: {champion.subject}", champion.results))
    return [*columns, (f"challenger: {challenger.subject}" if champion else challenger.subject, challenger.results)]


def _scores(results: Mapping[str, BenchmarkResult], name: str, metric: str, digest: str) -> MetricScores | None:
    """Scores of the very same question; None where it was not asked."""
    result = results.get(name)
    return result.scores.get(metric) if result is not None and result.digest == digest else None


def _best(cells: Sequence[MetricScores]) -> float:
    means = [cell.mean for cell in cells]
    return max(means) if cells[0].higher_is_better else min(means)


def _cell(scores: MetricScores | None, unit: str, best: float) -> str:
    if scores is None:
        return "<td>–</td>"
    mark = ' class="best"' if scores.mean == best else ""
    return f"<td{mark}>{figure(scores.mean, unit)}</td>"


def _image_table(
    name: str,
    metric: str,
    columns: Sequence[tuple[str, MetricScores]],
    scores: MetricScores,
    rival: MetricScores | None,
    champion: bool,
) -> str:
    differences = _differences(scores, rival)
    reach = max((abs(d) for d in differences.values() if math.isfinite(d)), default=0.0)
    rows = []
    for image in scores.per_image:
        cells = "".join(f"<td>{_image_figure(column, image)}</td>" for _, column in columns)
        if differences:
            difference = differences[image]
            cells += f'<td class="{tone(difference)}">{signed(difference, scores.unit)}</td>{_bar(difference, reach)}'
        rows.append(f'<tr><th scope="row">{escape(image)}</th>{cells}</tr>')
    heads = "".join(f'<th scope="col">{escape(label)}</th>' for label, _ in columns)
    if differences:
        heads += f'<th scope="col">against {"champion" if champion else "input"}</th><th aria-hidden="true"></th>'
    return (
        f"<details><summary>{escape(name)} · {escape(short(metric))} · {len(rows)} images</summary>"
        f'<div class="scroll"><table><thead><tr><th scope="col">Image</th>{heads}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div></details>"
    )


def _differences(scores: MetricScores, rival: MetricScores | None) -> dict[str, float]:
    if rival is None or set(rival.per_image) != set(scores.per_image):
        return {}
    sign = 1.0 if scores.higher_is_better else -1.0
    other = rival.per_image
    return {name: 0.0 if own == other[name] else sign * (own - other[name]) for name, own in scores.per_image.items()}


def _image_figure(column: MetricScores, image: str) -> str:
    return figure(column.per_image[image], column.unit) if image in column.per_image else "–"


def _bar(difference: float, reach: float) -> str:
    """A bar from the middle: to the right when better."""
    share = 0.0 if not reach else max(-1.0, min(1.0, difference / reach))
    left = 50 + min(0.0, share) * 48
    return (
        '<td class="bar" aria-hidden="true"><svg viewBox="0 0 100 10" preserveAspectRatio="none">'
        f'<rect x="{left:.1f}" y="1" width="{abs(share) * 48:.1f}" height="8" fill="currentColor" '
        f'class="{tone(difference)}"/><rect x="49.7" y="0" width="0.6" height="10" fill="currentColor" opacity="0.5"/>'
        "</svg></td>"
    )


def _json(value: Any) -> str:
    return f"<pre>{escape(json.dumps(value, indent=2, ensure_ascii=False, default=str))}</pre>"


def _data_uri(pixels: Pixels, *, exact: bool) -> str:
    """H,W,3 as PNG where every pixel counts, else (a reduced whole picture) as JPEG."""
    suffix, options = (".png", [cv2.IMWRITE_PNG_COMPRESSION, 9]) if exact else (".jpg", [cv2.IMWRITE_JPEG_QUALITY, 88])
    done, coded = cv2.imencode(suffix, cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), options)
    if not done:
        raise EvaluationError(
            f"OpenCV could not encode a picture of {pixels.shape[1]}×{pixels.shape[0]} for the report"
        )
    return f"data:image/{'png' if exact else 'jpeg'};base64," + base64.b64encode(coded.tobytes()).decode()
