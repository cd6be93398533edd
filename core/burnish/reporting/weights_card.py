"""The card of trained weights: what is known of them; what is not known is said, and never guessed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from burnish.evaluation.scorecard import Scorecard
    from burnish.restorer.bundle import Bundle

CARD = "README.md"
"""Its file in a bundle's folder."""
USES = {"any": "The data allow any use, also commercial.", "research": "The data are for research only."}
"""What the license of the training's data may allow, and what the card says of it."""
UNKNOWN = "unknown"
"""What people may say of the data."""
NO_DATA = "Not stated."
NO_USE = "What the data allow is not stated."
NO_LICENSE = "Not stated. Ask those who trained the weights before you pass them on."
UNKNOWN_WEIGHTS = "The scorecards marked * do not record which weights were measured."


def card(
    bundle: Bundle,
    *,
    about: str,
    data: str = "",
    use: str = "",
    license: str = "",
    scorecards: Sequence[Scorecard] = (),
) -> str:
    """The card as Markdown.

    Args:
        bundle: What is recorded of the weights; of imported ones also what was told at the import.
        about: How many numbers they are, in how many bytes.
        data: What they were trained on, and its license; empty: not known.
        use: What the data allow, one of ``USES``; empty: not known.
        license: Of the weights; empty: not known.
        scorecards: Measurements.
    """
    training, facts = bundle.training, bundle.training.get("facts", {})
    imported: Mapping[str, Any] = bundle.lineage.get("imported", {})
    data, license = data or imported.get("data", ""), license or imported.get("license", "")
    lines = [f"# {bundle.restorer}: {training.get('model') or imported.get('file') or 'weights'}", ""]
    lines += [f"{about}, {_origin(bundle)}", ""]
    lines += _table("setting", bundle.config)
    lines += ["## Data", "", data or NO_DATA, ""]
    lines += _table("pictures", {**training.get("pictures", {}), **_prefixed("sha256 of ", facts.get("data", {}))})
    lines += ["## Recipe", "", _recipe(bundle), ""]
    lines += _table("degrader", facts.get("degrader", {}).get("config", {}))
    lines += _table("training", facts.get("training", {}))
    known = ("steps", "best_step", "seconds", "validation", "device", "precision", "threads", "processes", "versions")
    lines += _table("run", {key: training[key] for key in known if training.get(key) is not None})
    none = "None." if training.get("validation") is None else "None but the validation above."
    lines += ["## Figures", "", *(_figures(scorecards) or [none, ""])]
    licensed = f"{license.rstrip('.')}." if license else NO_LICENSE
    lines += ["## Licence", "", f"{licensed} {USES.get(use, NO_USE)}"]
    return "\n".join(lines) + "\n"


def known(data: str) -> str:
    """What somebody said of the data; empty where that is ``UNKNOWN``."""
    return "" if data.strip().lower() == UNKNOWN else data


def numbers(weights: Mapping[str, Any]) -> str:
    """How many numbers these tensors are, in how many bytes; whether some are of 16 bits."""
    count = sum(value.numel() for value in weights.values())
    size = sum(value.numel() * value.element_size() for value in weights.values())
    halved = any(str(value.dtype) == "torch.float16" for value in weights.values())
    return f"{count:,} numbers, {size / 1e6:.2f} MB" + (" in 16 bits" if halved else "")


def measured(card: Scorecard) -> str:
    """The sha256 of the weights that a scorecard is of; empty where it does not say."""
    told = card.lineage.get("bundle")
    return str(told.get("weights_sha256", "")) if isinstance(told, Mapping) else ""


def _origin(bundle: Bundle) -> str:
    program = f"{bundle.distribution} {bundle.version}"
    if bundle.training.get("facts"):
        began = bundle.lineage.get("initial", {}).get("imported")
        return f"trained with {program}." + (f" The training began with weights {_file(began)}." if began else "")
    if imported := bundle.lineage.get("imported"):
        return f"{_file(imported)}, for {program}. burnish did not train them."
    return f"for {program}. How they were made is not recorded."


def _file(imported: Mapping[str, Any]) -> str:
    source = imported.get("source") or "its source is not stated"
    return f"imported from `{imported.get('file', '?')}` ({source}; sha256 {imported.get('sha256', 'not recorded')})"


def _recipe(bundle: Bundle) -> str:
    facts = bundle.training.get("facts", {})
    if not facts:
        return "Not known: burnish did not train these weights." if "imported" in bundle.lineage else "Not recorded."
    degrader = facts.get("degrader", {}).get("id")
    return f"Degraded by `{degrader}`." if degrader else "No degrader: the pictures were degraded already."


def _figures(scorecards: Iterable[Scorecard]) -> list[str]:
    rows, doubted = [], False
    for one in scorecards:
        mark = "" if measured(one) else " *"
        doubted = doubted or bool(mark)
        rows += [
            f"| {result.benchmark}{mark} | {metric} | {_input(result.degraded.get(metric))} | {scores.mean:.4f} "
            f"{scores.unit} | {len(scores.per_image)} |"
            for result in one.results.values()
            for metric, scores in result.scores.items()
        ]
    if not rows:
        return []
    head = ["| benchmark | metric | input | estimate | images |", "|---|---|---:|---:|---:|"]
    return [*head, *rows, "", *([UNKNOWN_WEIGHTS, ""] if doubted else [])]


def _input(scores: Any) -> str:
    return f"{scores.mean:.4f}" if scores is not None else ""


def _table(head: str, values: Mapping[str, Any]) -> list[str]:
    if not values:
        return []
    return [f"| {head} | |", "|---|---|", *(f"| {key} | {_plain(value)} |" for key, value in values.items()), ""]


def _plain(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_plain(item)}" for key, item in value.items() if item is not None)
    if isinstance(value, list | tuple):
        return ", ".join(map(_plain, value))
    return f"{value:g}" if isinstance(value, float) else str(value)


def _prefixed(prefix: str, values: Mapping[str, Any]) -> dict[str, Any]:
    return {prefix + key: value for key, value in values.items()}
