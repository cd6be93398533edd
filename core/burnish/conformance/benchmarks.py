"""Checks of a benchmark: what it names is installed, and it can be run."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from burnish.conformance.samples import pictures
from burnish.conformance.subject import Questions, Subject, completed
from burnish.conformance.violation import demand
from burnish.ops.resampling import resize
from burnish.plugins.configuration import complete
from burnish.plugins.declarations import BenchmarkSpec, MetricSpec


def questions(spec: BenchmarkSpec) -> tuple[Questions, Questions]:
    """Those that must hold before any other can be asked, and the others."""
    return [uses_installed_metrics_and_degraders, names_a_known_colour_convention], [
        has_published_figures_of_its_own_metrics,
        scores_a_picture,
    ]


def uses_installed_metrics_and_degraders(subject: Subject) -> None:
    """Its degrader accepts its configuration, and its metrics are installed."""
    spec = subject.spec
    demand(bool(spec.metrics), "it names no metric")
    for metric in spec.metrics:
        subject.catalog.get("metrics", metric)
    if spec.degrader:
        degrader = subject.catalog.get("degraders", spec.degrader)
        complete(degrader.spec, spec.degrader_config, subject=degrader.id)
        complete(degrader.spec, {**spec.degrader_config, **spec.rgb_degrader_config}, subject=degrader.id)


def names_a_known_colour_convention(subject: Subject) -> None:
    """The colour convention is one of the three."""
    colour = subject.spec.colour
    demand(colour in {"rgb", "grey", "y"}, f"the colour {colour!r} is not one of rgb, grey, y")


def has_published_figures_of_its_own_metrics(subject: Subject) -> None:
    """Every published figure belongs to a metric that the benchmark measures."""
    measured = set(subject.spec.metrics)
    for method, figures in subject.spec.published.items():
        strange = sorted(set(figures) - measured)
        demand(not strange, f"the published figures of {method} name {', '.join(strange)}, which it does not measure")


def scores_a_picture(subject: Subject) -> None:
    """A picture is degraded, twice alike, and every metric of pictures scores it."""
    spec = subject.spec
    if not spec.degrader:
        return
    channels = 3 if spec.colour == "rgb" else 1
    clips = subject.catalog.get("degraders", spec.degrader).spec.temporal == "video"  # type: ignore[attr-defined]
    clean = pictures(*((1, 9) if clips else (1,)), channels, 192, 192)
    first, second = (_degraded(subject, clean) for _ in range(2))
    same = torch.equal(first.degraded, second.degraded)
    demand(same, "its degrader gives another picture the second time, for the same seed")
    if first.degraded.dim() != 4:
        return
    estimate = first.degraded
    if estimate.shape != first.target.shape:
        estimate = resize(estimate, first.target.shape[-1] / estimate.shape[-1])
    for name in spec.metrics:
        entry = subject.catalog.get("metrics", name)
        metric_spec = entry.spec
        assert isinstance(metric_spec, MetricSpec)
        if metric_spec.of == "picture":
            score = subject.catalog.create("metrics", entry.id, completed(entry, {}))(estimate, first.target)
            demand(not bool(torch.as_tensor(score).isnan().any()), f"{name} of a degraded picture is NaN")


def _degraded(subject: Subject, clean: Tensor) -> Any:
    spec = subject.spec
    degrader = subject.catalog.create("degraders", spec.degrader, spec.degrader_config)
    return degrader(clean, torch.Generator().manual_seed(spec.seed))
