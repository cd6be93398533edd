"""The pages on what is installed: a page for each kind, with every id, its facts and its settings."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from burnish.plugins import Entry
from burnish.plugins.catalog import installed
from burnish.plugins.declarations import (
    BenchmarkSpec,
    DegraderSpec,
    FormatSpec,
    LearnerSpec,
    MetricSpec,
    RestorerSpec,
    Spec,
)

from manual.links import ROOT
from manual.markdown import code, table, words

KINDS = ("restorers", "degraders", "metrics", "learners", "benchmarks", "gates", "formats")


def pages() -> dict[str, str]:
    """Address → page, one for each kind."""
    return {f"reference/{kind}.md": _page(kind) for kind in KINDS}


def _page(kind: str) -> str:
    text = [
        f"# {kind.capitalize()}",
        f"`burnish list {kind}` lists what is installed with you, `burnish show ID` one of them.",
    ]
    for name, entry in installed().entries(kind).items():
        spec = entry.spec
        text += [f"## {name}", words(spec.summary) + "."]
        if facts := {key: value for key, value in _facts(entry).items() if value}:
            text.append(table(("property", "value"), list(facts.items())))
        if spec.config:
            rows = [
                (code(key), _values(schema), _default(schema), words(str(schema.get("description", ""))))
                for key, schema in spec.config.items()
            ]
            text.append(table(("setting", "values", "default", "meaning"), rows))
    return "\n\n".join(text)


def _facts(entry: Entry) -> dict[str, str]:
    spec: Spec = entry.spec
    facts: dict[str, str] = {}
    if isinstance(spec, RestorerSpec):
        facts = {
            "for": _listed(spec.tasks),
            "needs": _listed(spec.needs),
            "accepts": _listed(spec.accepts),
            "takes": {"single": "pictures", "burst": "bursts", "video": "clips"}[spec.temporal],
            "scale": ", ".join(f"×{scale}" for scale in spec.scale),
            "weights": ", ".join(_card(entry, weights) for weights in sorted(spec.weights)),
            "trainable": "yes" if spec.trainable else "no",
        }
    elif isinstance(spec, DegraderSpec):
        facts = {"undone by": _listed(spec.tasks), "gives": _listed(spec.gives), "linear": "yes" if spec.linear else ""}
    elif isinstance(spec, MetricSpec):
        better = "higher is better" if spec.higher_is_better else "lower is better"
        facts = {"compares": spec.of, "direction": better, "unit": spec.unit, "version": str(spec.version)}
        facts["protocol"] = words("; ".join(f"{key}: {value}" for key, value in spec.protocol.items()))
    elif isinstance(spec, LearnerSpec):
        facts = {"is shown": spec.needs, "assumes": _listed(spec.assumes), "conditions": _listed(spec.conditions)}
    elif isinstance(spec, BenchmarkSpec):
        facts = {"degrader": code(spec.degrader), "metrics": ", ".join(map(code, spec.metrics)), "colour": spec.colour}
        facts["RGB networks"] = "asked in RGB" if spec.rgb_degrader_config else ""
        facts["pictures"] = words(spec.images)
    elif isinstance(spec, FormatSpec):
        facts = {"suffixes": ", ".join(map(code, spec.suffixes)), "depths": ", ".join(spec.depths)}
        facts |= {"alpha": "yes" if spec.alpha else "no", "keeps": _listed(spec.keeps)}
        facts |= {"lossless": "yes" if spec.lossless else "no", "is written": "yes" if spec.writes else "no"}
    return {**facts, "source": words(spec.reference)}


def _card(entry: Entry, weights: str) -> str:
    """The name of shipped weights, with a link to their card where the plugin is of this repository."""
    spec = entry.spec
    assert isinstance(spec, RestorerSpec)
    package = spec.factory.partition(":")[0].partition(".")[0]
    card = f"plugins/{entry.distribution}/{package}/{spec.weights[weights]}/README.md"
    name = code(f":{weights}")
    return f"[{name}](../../{card})" if (ROOT / card).is_file() else name


def _listed(found: frozenset[str]) -> str:
    return ", ".join(sorted(found))


def _values(schema: Mapping[str, Any]) -> str:
    if "enum" in schema:
        return ", ".join(code(json.dumps(value)) for value in schema["enum"])
    kind = schema.get("type", "")
    limits = [
        f"{word} {schema[key]}"
        for key, word in (("minimum", "at least"), ("exclusiveMinimum", "more than"), ("maximum", "at most"))
        if key in schema
    ]
    return ", ".join([" or ".join(kind) if isinstance(kind, list) else str(kind), *limits]).strip(", ")


def _default(schema: Mapping[str, Any]) -> str:
    return code(json.dumps(schema["default"], ensure_ascii=False)) if "default" in schema else "required"
