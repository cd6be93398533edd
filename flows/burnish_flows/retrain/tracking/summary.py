"""The summary of a retraining: decision, figures, paths of the report and next commands."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from burnish.console.escaping import line
from burnish.console.next_step import command, near, start_of
from burnish.console.redaction import redact

from burnish_flows.registry.decision import Decision
from burnish_flows.registry.store import ModelState, Version
from burnish_flows.retrain import snapshot
from burnish_flows.retrain.scoring.judging import warnings
from burnish_flows.retrain.scoring.scores import Scored, Scores, best
from burnish_flows.retrain.snapshot import Run
from burnish_flows.retrain.stage import Decided, Pages
from burnish_flows.retrain.tracking import artifact
from burnish_flows.retrain.tracking.result import Figure, Summary

OUTCOMES = {"promotion": "promoted", "rejection": "rejected", "veto": "rejected"}
"""Kind of a decision → how a run ends."""


def summarise(run: Run, decided: Decided, pages: Pages) -> Summary:
    """The result of a run as JSON values, returned by the flow and printed by the command."""
    version, scores, decision = decided.version, decided.scores, decided.decision
    return {
        "model": run.model,
        "outcome": OUTCOMES.get(decision.kind, decision.kind),
        "version": version.number,
        "champion": decision.champion_after,
        "champion_before": decision.champion_before,
        "reason": decision.reason,
        "verdicts": [judgement.as_json() for judgement in decision.judgements],
        "warnings": [one.reason for one in warnings(scores, champion_stays=not decision.promoted)],
        "figures": figures(scores, version),
        "report": str(pages.page or ""),
        "pictures": pages.pictures,
        "sample": str(sample(run, scores) or ""),
        "project": str(run.project),
        "fingerprint": run.fingerprint,
        "data": run.pin.as_json(),
    }


def sample(run: Run, scores: Scores) -> Path | None:
    """A degraded picture to try the model on; None if it needs several frames or other conditions."""
    from burnish.evaluation.pictures import PictureFolder
    from burnish.plugins.catalog import installed
    from burnish.plugins.declarations import RestorerSpec

    spec = installed().get("restorers", run.recipe.restorer.id).spec
    assert isinstance(spec, RestorerSpec)
    if scores.challenger is None or spec.needs or spec.temporal != "single":
        return None
    for name, result in scores.challenger.card.results.items():
        images = list(next(iter(result.scores.values())).per_image)
        return PictureFolder(scores.challenger.pictures[name], images).path("degraded", images[0])
    return None


def question(run: Run, asked: Decision, pages: Pages) -> list[str]:
    """The question to a person if a recipe needs approval, with the report's path."""
    lines = [f"{run.model} v{asked.version} awaits approval until {asked.until}: {asked.reason}"]
    if pages.page is not None:
        lines.append(f"Look: {pages.page}")
    yes, no = (
        command("approve", f"{run.model}:{asked.version}", *more, folder=run.project) for more in ((), ("--refuse",))
    )
    return [*lines, f"Approve: {yes}", f"Refuse: {no}", "or resume the run in Prefect"]


def nothing_changed(run: Run, version: Version, now: ModelState) -> Summary:
    """The result of a run that had nothing to do."""
    return {
        "model": run.model,
        "outcome": "unchanged",
        "version": version.number,
        "champion": now.champion,
        "reason": snapshot.unchanged(run, version, now),
        "project": str(run.project),
        "fingerprint": run.fingerprint,
    }


def figures(scores: Scores, version: Version) -> dict[str, Figure]:
    """Benchmark → leading metric, its unit, and row → mean: degraded, best baseline, champion, challenger."""
    if scores.challenger is None:
        return {}
    found: dict[str, Figure] = {}
    for name, result in scores.challenger.card.results.items():
        metric, leading = next(iter(result.scores.items()))
        rows = {"degraded": result.degraded[metric].mean} if metric in result.degraded else {}
        lead = best(scores.baselines, name)
        if lead:
            rows[lead] = _mean(scores.baselines[lead], name)
        if scores.champion is not None and name in scores.champion.card.results:
            rows[scores.rival] = _mean(scores.champion, name)
        rows[f"challenger v{version.number}"] = leading.mean
        found[name] = {"metric": metric, "unit": leading.unit, "images": len(leading.per_image), "means": rows}
    return found


def lines(summary: Summary, recipe: Path) -> list[str]:
    """The summary for a terminal."""
    if summary["outcome"] == "unchanged":
        return [summary["reason"], f"To train anyway: {command('retrain', recipe, '--force')}"]
    said = head(summary)
    taken = summary["training"]["taken_from"] if "training" in summary else ""
    if taken and taken != summary["version"]:
        said.append(f"  with the weights of v{taken}: restorer, degrader, training and its data are the same")
    said += [f"WARNING: {warning}" for warning in summary.get("warnings", ())]
    for name, figure in summary["figures"].items():
        said.append(f"{name}: {figure['metric']} over {figure['images']} pictures")
        width = max(len(row) for row in figure["means"])
        said += [f"  {row:<{width}}  {mean:8.3f} {figure['unit']}".rstrip() for row, mean in figure["means"].items()]
    if summary["report"]:
        said += ["", f"Scorecard: {summary['report']}"]
        said += [f"Pictures:  {path}" for path in summary["pictures"]]
    return [*said, "", "Try next:", *(f"  {line}" for line in next_steps(summary))]


def head(summary: Summary) -> list[str]:
    """The decision, and its reason."""
    if summary["outcome"] == "unchanged":
        return [summary["reason"]]
    model, version = summary["model"], summary["version"]
    promoted = summary["outcome"] == "promoted"
    champion = f"v{summary['champion']}" if summary["champion"] else "none"
    said = f"{model} v{version} is the new champion" if promoted else f"{model} v{version} was not promoted"
    return [f"{said}{'' if promoted else f' (champion: {champion})'}", f"  because {summary['reason']}"]


def next_steps(summary: Summary) -> list[str]:
    """Commands to run next, ready to be copied."""
    model, project = summary["model"], Path(summary["project"]) if summary.get("project") else None
    said = []
    if summary["champion"] and summary.get("sample"):
        given, made = near(Path(summary["sample"]), start_of(project)), "restored.png"
        said.append(command("restore", given, made, "--model", f"{model}@champion", folder=project))
    said.append(command("history", model, folder=project))
    if summary["outcome"] == "promoted" and summary["champion_before"]:
        said.append(command("rollback", model, folder=project))
    return said


def shown(summary: Summary) -> Summary:
    """Show the summary on Prefect's pages, as an artifact and in the run's log, and return it."""
    from prefect.artifacts import create_markdown_artifact
    from prefect.logging import get_run_logger

    with suppress(Exception):  # a failure to show the summary must not fail the run
        get_run_logger().info("%s: %s", summary["model"], summary["reason"])
        said = head(summary)
        page = artifact.markdown(summary, said)
        create_markdown_artifact(page, key=artifact.key(summary["model"]), description=line(redact(said[0])))
    return summary


def _mean(scored: Scored, benchmark: str) -> float:
    return next(iter(scored.card.results[benchmark].scores.values())).mean
