"""The model card: a version's inputs, and its quality by which measure, as Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from burnish.compression import described
from burnish.console.escaping import block, line
from burnish.console.redaction import redact

from burnish_flows.retrain.snapshot import Run

if TYPE_CHECKING:
    from burnish.evaluation.scorecard import Scorecard
    from burnish.recipe.document import Recipe
    from burnish.restorer.bundle import Bundle


def model_card(
    run: Run, bundle: Bundle, scorecard: Scorecard | None, baselines: Mapping[str, Scorecard], onnx: str = ""
) -> str:
    """The card stored with the version; ``onnx`` is what became of that flavour, if the recipe asks for it."""
    sections = [
        f"# {run.model}: {bundle.restorer}",
        run.recipe.description.strip(),
        _made_of(run, bundle),
        _figures(scorecard, baselines),
        _intervals(scorecard),
        _use(run),
        f"Flavour onnx (`mlflow.onnx.load_model`): {line(onnx)}." if onnx else "",
    ]
    return block(redact("\n\n".join(section for section in sections if section))) + "\n"


def _made_of(run: Run, bundle: Bundle) -> str:
    pin, training = run.pin, bundle.training
    dirty = f" (differs from the recorded {pin.recorded_md5})" if pin.dirty else ""
    rows = {
        "restorer": f"{bundle.restorer} ({bundle.distribution} {bundle.version}), {_settings(bundle.config)}",
        "trained on": _trained_on(run.recipe),
        "training": f"{training.get('steps', '?')} steps, best at {training.get('best_step', '?')}, "
        f"{_rounded(training.get('seconds'))} s on {training.get('device', '?')}, seed {run.recipe.training.seed}"
        f"{_machines(training.get('machines', []))}",
        **({"compression": _compression(bundle.compression)} if bundle.compression else {}),
        "data": f"{pin.files} files, {pin.md5}{dirty}",
        "git revision": run.code_revision or "none",
        "plugins": ", ".join(f"{name} {number}" for name, number in run.plugins.items()),
        "fingerprint": run.fingerprint,
        "weights sha256": bundle.weights_sha256,
    }
    return "## Made of\n\n" + "\n".join(f"- {name}: {line(text)}" for name, text in rows.items())


def _compression(found: Mapping[str, Any]) -> str:
    """How it was made smaller, and what that cost before further training."""
    return f"{described(found)}; PSNR {found['psnr_after']} dB instead of {found['psnr_before']} dB at first"


def _trained_on(recipe: Recipe) -> str:
    """The form of the data, the degrader and the learner, as far as there are any."""
    data, learner = recipe.data, recipe.training.learner
    found = {
        "clean": "clean pictures",
        "pairs": f"pairs of degraded and clean pictures ({data.degraded}, {data.clean})",
        "noisy": f"degraded pictures alone ({data.degraded})",
        "shots": f"several shots of each scene ({data.shots})",
    }[data.form]
    if recipe.degrader is not None:
        found += f", degraded by {recipe.degrader.id}, {_settings(recipe.degrader.config)}"
    return f"{found}; learner {learner.id}, {_settings(learner.config)}" if learner else found


def _machines(ran_on: Sequence[Mapping[str, object]]) -> str:
    """A note that the weights cannot be reproduced bit for bit, if the training resumed on another kind of machine."""
    if len(ran_on) < 2:
        return ""
    parts = [
        f"from step {one['from_step']} {one['processes']} × {one.get('name', one['device'])}, {one['threads']} threads"
        for one in ran_on
    ]
    return f"; cannot be reproduced bit for bit: {'; '.join(parts)}"


def _figures(scorecard: Scorecard | None, baselines: Mapping[str, Scorecard]) -> str:
    from burnish.evaluation.baselines import beaten, note

    if scorecard is None:
        return "## Figures\n\nIt could not be evaluated."
    lines = ["## Figures", ""]
    for name, result in scorecard.results.items():
        lines += [f"{name}: {result.degrader}, {_settings(result.degrader_config)}; colour {result.colour}", ""]
        lines += ["| | " + " | ".join(result.scores) + " |", "|---|" + "---|" * len(result.scores)]
        rows = {"degraded": result.degraded}
        rows |= {label: card.results[name].scores for label, card in baselines.items() if name in card.results}
        rows["this model"] = result.scores
        for label, scores in rows.items():
            cells = [f"{scores[metric].mean:.3f}" if metric in scores else "-" for metric in result.scores]
            lines.append(f"| {line(label)} | " + " | ".join(cells) + " |")
        lines.append("")
    lines += [f"Baselines: {line(chosen)}.", ""] if (chosen := note(scorecard)) else []
    lines += [f"Warning: {one.sentence()}." for one in beaten(scorecard, baselines.values())]
    cost = scorecard.cost
    lines.append(
        f"{cost.seconds_per_megapixel:.3f} s per megapixel, {cost.parameters} parameters, {cost.peak_memory_mb:.0f} MiB"
    )
    return "\n".join(lines)


def _intervals(scorecard: Scorecard | None) -> str:
    """What the calibrated intervals promise, and what was measured."""
    lines = []
    for name, result in scorecard.results.items() if scorecard else ():
        for level in result.intervals.levels if result.intervals else ():
            lines.append(f"| {line(name)} | {level.asked:g} | {level.mean_coverage:.3f} | {level.mean_width:.4f} |")
    if not lines:
        return ""
    head = ["| benchmark | promise | measured coverage | mean width |", "|---|---|---|---|"]
    told = "Calibrated intervals; the promise is about the population of pictures, not about each picture or pixel."
    return "\n".join(["## Intervals", "", told, "", *head, *lines])


def _use(run: Run) -> str:
    return (
        "## Use\n\n```\n"
        f"burnish restore IN OUT --model {run.model}@champion\n"
        f"mlflow models serve -m models:/{run.model}@champion --env-manager local\n```\n\n"
        "For the degradation of its training; other degradations were not measured."
    )


def _settings(config: Mapping[str, object]) -> str:
    return ", ".join(f"{key} {value}" for key, value in config.items()) or "defaults"


def _rounded(value: object) -> str:
    return f"{value:.0f}" if isinstance(value, int | float) else "?"
