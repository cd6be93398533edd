"""The last stage: the report of a run, pictures side by side and one HTML page, below ``.burnish/reports``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from burnish.io.atomic import whole_folder

from burnish_flows.registry.decision import TRUST, Decision
from burnish_flows.registry.store import Version
from burnish_flows.retrain import worst_picture
from burnish_flows.retrain.scoring.scores import Scored, Scores, best, bundle_of
from burnish_flows.retrain.stage import PAGE, Decided, Pages, Retraining
from burnish_flows.retrain.tracking import training_run

if TYPE_CHECKING:
    from burnish.evaluation.scorecard import BenchmarkResult, MetricScores
    from burnish.reporting.strip import Panel, Strip

SCENES = 6
"""Number of pictures of a benchmark in the report."""
INTERVALS = "intervals"
"""Folder beside the report with maps of the widths of intervals."""


def reported(retraining: Retraining, decided: Decided) -> Pages:
    """The stage: write the report, and log it with the version."""
    folder = write(retraining, decided)
    if folder is not None:
        training_run.keep(retraining.registry, decided.version, folder, "report")
    return Pages(folder=folder)


def write(retraining: Retraining, decided: Decided) -> Path | None:
    """Write strips and pages, whole; returns their folder, or None if the challenger could not be evaluated."""
    from burnish.reporting.report import write_report
    from burnish.reporting.strip import write_strip

    run, version, scores, decision = retraining.run, decided.version, decided.scores, decided.decision
    if scores.challenger is None:
        return None
    bundle = bundle_of(run, retraining.registry, version.number)
    folder = run.home.reports / f"{run.model}-v{version.number}"
    with whole_folder(folder) as fresh:
        shown = strips(scores, version, decision, fresh / INTERVALS)
        for strip in shown:
            write_strip(fresh / f"{strip.benchmark}-{Path(strip.image).stem}.png", strip.panels)
        write_report(
            fresh / PAGE,
            title=f"{run.model} v{version.number}",
            challenger=scores.challenger.card,
            champion=scores.champion.card if scores.champion else None,
            baselines=[baseline.card for baseline in scores.baselines.values()],
            decision={
                "promoted": decision.promoted,
                "reason": decision.reason,
                "verdicts": [
                    judgement.model_dump(mode="json") for judgement in decision.judgements if judgement.gate != TRUST
                ],
            },
            strips=shown,
            explained=worst_picture.explained(run, scores.challenger, bundle, fresh),
        )
    return folder


def strips(scores: Scores, version: Version, decision: Decision, intervals: Path) -> list[Strip]:
    """For each benchmark the first scenes and the worst: degraded | best baseline | champion | challenger | clean.

    Args:
        scores: With their pictures.
        version: The challenger.
        decision: On it.
        intervals: Folder that gets maps of the widths of its intervals, where it has some; they come before the clean
            picture.
    """
    from burnish.reporting.strip import Strip

    assert scores.challenger is not None
    found = []
    for name, result in scores.challenger.card.results.items():
        lead = best(scores.baselines, name)
        rows = {lead: scores.baselines[lead]} if lead else {}
        if scores.champion is not None:
            was = "previous " if decision.promoted and not scores.stand_in else ""
            rows[f"{was}{scores.rival}"] = scores.champion
        is_now = "champion" if decision.promoted else "challenger"
        rows[f"{is_now} v{version.number}"] = scores.challenger
        images = list(next(iter(result.scores.values())).per_image)
        worst = worst_picture.worst_of(result)
        chosen = images[:SCENES] if worst in images[:SCENES] else [*images[: SCENES - 1], worst]
        for image in chosen:
            panels = _panels(scores.challenger, rows, name, image, intervals)
            found.append(Strip(image=image, benchmark=name, panels=panels))
    return found


def _panels(challenger: Scored, rows: dict[str, Scored], benchmark: str, image: str, intervals: Path) -> list[Panel]:
    from burnish.evaluation.pictures import PictureFolder
    from burnish.reporting.strip import Panel

    result = challenger.card.results[benchmark]
    names = list(next(iter(result.scores.values())).per_image)

    def path(scored: Scored, role: str) -> Path:
        return PictureFolder(scored.pictures[benchmark], names).path(role, image)

    def figures(of: Mapping[str, MetricScores]) -> dict[str, float]:
        return {metric.rpartition("/")[2].upper(): one.per_image[image] for metric, one in of.items()}

    panels = [Panel(label="degraded", path=path(challenger, "degraded"), figures=figures(result.degraded))]
    for label, scored in rows.items():
        scores = scored.card.results[benchmark].scores
        panels.append(Panel(label=label, path=path(scored, "estimate"), figures=figures(scores)))
    panels += _interval(result, image, path(challenger, "interval"), intervals / f"{benchmark}-{Path(image).stem}.png")
    clean = path(challenger, "target")
    return [*panels, Panel(label="clean", path=clean)] if clean.is_file() else panels


def _interval(result: BenchmarkResult, image: str, width: Path, out: Path) -> list[Panel]:
    """The map of the widths of an image's intervals; nothing where it has none."""
    from burnish.reporting.intervals import write_width_map
    from burnish.reporting.strip import Panel

    found = result.intervals
    level = found.at(found.asked) if found is not None else None
    if level is None or not width.is_file():
        return []
    widest = write_width_map(width, out)
    figures = {"COVERAGE": level.coverage[image], "MEAN WIDTH": level.width[image]}
    return [Panel(label=f"interval of {level.asked:g}: width, yellow {widest:.2f}", path=out, figures=figures)]
