"""The last stage: the report of a run, pictures side by side and one HTML page, below ``.burnish/reports``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from burnish.io.atomic import whole_folder

from burnish_flows.registry.decision import Decision
from burnish_flows.registry.store import Version
from burnish_flows.retrain.scoring.scores import Scored, Scores, best
from burnish_flows.retrain.snapshot import Run
from burnish_flows.retrain.stage import PAGE, Decided, Pages, Retraining
from burnish_flows.retrain.tracking import training_run

if TYPE_CHECKING:
    from burnish.evaluation.scorecard import MetricScores
    from burnish.reporting.strip import Panel, Strip

SCENES = 6
"""Number of pictures of a benchmark in the report."""


def reported(retraining: Retraining, decided: Decided) -> Pages:
    """The stage: write the report, and log it with the version."""
    folder = write(retraining.run, decided.version, decided.scores, decided.decision)
    if folder is not None:
        training_run.keep(retraining.registry, decided.version, folder, "report")
    return Pages(folder=folder)


def write(run: Run, version: Version, scores: Scores, decision: Decision) -> Path | None:
    """Write strips and page, whole; returns their folder, or None if the challenger could not be evaluated."""
    from burnish.reporting.report import write_report
    from burnish.reporting.strip import write_strip

    if scores.challenger is None:
        return None
    folder = run.home.reports / f"{run.model}-v{version.number}"
    with whole_folder(folder) as fresh:
        shown = strips(scores, version, decision)
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
                "verdicts": [judgement.model_dump(mode="json") for judgement in decision.judgements],
            },
            strips=shown,
        )
    return folder


def strips(scores: Scores, version: Version, decision: Decision) -> list[Strip]:
    """For each benchmark the first scenes: degraded | best baseline | champion | challenger | clean."""
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
        for image in images[:SCENES]:
            found.append(Strip(image=image, benchmark=name, panels=_panels(scores.challenger, rows, name, image)))
    return found


def _panels(challenger: Scored, rows: dict[str, Scored], benchmark: str, image: str) -> list[Panel]:
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
    clean = path(challenger, "target")
    return [*panels, Panel(label="clean", path=clean)] if clean.is_file() else panels
