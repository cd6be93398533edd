"""What a retraining says in the end: decision, figures, where to look and what to try next."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from burnish.escaping import line
from burnish.redaction import redact

from burnish_flows import report
from burnish_flows.decision import Decision
from burnish_flows.evaluate import Scored, Scores, best
from burnish_flows.registry import Version
from burnish_flows.snapshot import Run

OUTCOMES = {"promotion": "promoted", "rejection": "rejected", "veto": "rejected"}
"""Kind of a decision → how a run ends."""


def summarise(run: Run, version: Version, scores: Scores, decision: Decision, folder: Path | None) -> dict[str, Any]:
    """The result of a run as JSON values; the flow returns it, the command prints it."""
    return {
        "model": run.model,
        "outcome": OUTCOMES.get(decision.kind, decision.kind),
        "version": version.number,
        "champion": decision.champion_after,
        "champion_before": decision.champion_before,
        "reason": decision.reason,
        "verdicts": [judgement.model_dump(mode="json") for judgement in decision.judgements],
        "figures": figures(scores, version),
        "report": str(folder / report.PAGE) if folder else "",
        "pictures": sorted(str(path) for path in folder.glob("*.png")) if folder else [],
        "fingerprint": run.fingerprint,
        "data": run.pin,
    }


def question(run: Run, asked: Decision, folder: Path | None) -> list[str]:
    """What a person is asked when a recipe wants approval, and where to look."""
    lines = [f"{run.model} v{asked.version} awaits approval until {asked.until}: {asked.reason}"]
    if folder is not None:
        lines.append(f"Look: {folder / report.PAGE}")
    return [*lines, f"Answer: burnish approve {run.model} {asked.version} [--refuse] - or resume the run in Prefect"]


def nothing_changed(run: Run, version: Version, champion: str, sentence: str) -> dict[str, Any]:
    """The result of a run that had nothing to do."""
    return {
        "model": run.model,
        "outcome": "unchanged",
        "version": version.number,
        "champion": champion,
        "reason": sentence,
        "fingerprint": run.fingerprint,
    }


def figures(scores: Scores, version: Version) -> dict[str, Any]:
    """Benchmark → leading metric, its unit, and row → mean: degraded, best baseline, champion, challenger."""
    if scores.challenger is None:
        return {}
    found = {}
    for name, result in scores.challenger.card.results.items():
        metric, leading = next(iter(result.scores.items()))
        rows = {"degraded": result.degraded[metric].mean} if metric in result.degraded else {}
        lead = best(scores.baselines, name)
        if lead:
            rows[lead] = _mean(scores.baselines[lead], name)
        if scores.champion is not None and name in scores.champion.card.results:
            rows[f"champion v{scores.champion_version}"] = _mean(scores.champion, name)
        rows[f"challenger v{version.number}"] = leading.mean
        found[name] = {"metric": metric, "unit": leading.unit, "images": len(leading.per_image), "means": rows}
    return found


def lines(summary: Mapping[str, Any], recipe: Path) -> list[str]:
    """The summary for a terminal."""
    model, version = summary["model"], summary["version"]
    if summary["outcome"] == "unchanged":
        return [summary["reason"], f"Train it all the same: burnish retrain {recipe} --force"]
    promoted = summary["outcome"] == "promoted"
    champion = f"v{summary['champion']}" if summary["champion"] else "none"
    head = f"{model} v{version} is the new champion" if promoted else f"{model} v{version} was not promoted"
    said = [f"{head}{'' if promoted else f' (champion: {champion})'}", f"  because {summary['reason']}"]
    for name, figure in summary["figures"].items():
        said.append(f"{name}: {figure['metric']} over {figure['images']} pictures")
        width = max(len(row) for row in figure["means"])
        said += [f"  {row:<{width}}  {mean:8.3f} {figure['unit']}".rstrip() for row, mean in figure["means"].items()]
    if summary["report"]:
        said += ["", f"Scorecard: {summary['report']}"]
        said += [f"Pictures:  {path}" for path in summary["pictures"]]
    said += ["", "Try next:"]
    if summary["champion"]:
        said.append(f"  burnish restore IN OUT --model {model}@champion")
    said.append(f"  burnish history {model}")
    if promoted and summary["champion_before"]:
        said.append(f"  burnish rollback {model}")
    return said


def shown(summary: dict[str, Any]) -> dict[str, Any]:
    """The summary itself; Prefect's pages show it, too, as an artifact and in the run's log."""
    from prefect.artifacts import create_markdown_artifact
    from prefect.logging import get_run_logger

    recipe = Path("RECIPE")
    with suppress(Exception):  # what people look at is not worth a failed run
        text = lines(summary, recipe)
        get_run_logger().info("%s: %s", summary["model"], summary["reason"])
        key = re.sub(r"[^a-z0-9-]+", "-", f"retrain-{summary['model'].lower()}").strip("-")
        told = [line(redact(one)).replace("`", "'") for one in text]  # a fence in a name would end ours
        create_markdown_artifact("```\n" + "\n".join(told) + "\n```", key=key, description=told[0])
    return summary


def _mean(scored: Scored, benchmark: str) -> float:
    return next(iter(scored.card.results[benchmark].scores.values())).mean
