"""Checks of gates, benchmarks and commands: do they match their declaration?"""

from __future__ import annotations

from collections.abc import Callable

from burnish.conformance.subject import Subject
from burnish.conformance.violation import demand
from burnish.plugins.configuration import complete
from burnish.plugins.declarations import BenchmarkSpec, CommandSpec, GateSpec


def gate_questions(spec: GateSpec) -> list[Callable[[Subject], None]]:
    """The checks that apply to a gate."""
    return [is_made_from_its_settings]


def benchmark_questions(spec: BenchmarkSpec) -> list[Callable[[Subject], None]]:
    """The checks that apply to a benchmark."""
    return [uses_installed_metrics_and_degraders, names_a_known_colour_convention]


def command_questions(spec: CommandSpec) -> list[Callable[[Subject], None]]:
    """The checks that apply to a command."""
    return [names_a_callable]


def is_made_from_its_settings(subject: Subject) -> None:
    """The factory can be imported and called with the complete configuration, and returns a callable."""
    demand(callable(subject.instance), "the factory's result cannot be called")


def uses_installed_metrics_and_degraders(subject: Subject) -> None:
    """Its degrader accepts its configuration, and its metrics are installed."""
    spec = subject.spec
    demand(bool(spec.metrics), "it names no metric")
    for metric in spec.metrics:
        subject.catalog.get("metrics", metric)
    if spec.degrader:
        degrader = subject.catalog.get("degraders", spec.degrader)
        complete(degrader.spec, spec.degrader_config, subject=degrader.id)


def names_a_known_colour_convention(subject: Subject) -> None:
    """The colour convention is one of the three."""
    colour = subject.spec.colour
    demand(colour in {"rgb", "grey", "y"}, f"the colour {colour!r} is not one of rgb, grey, y")


def names_a_callable(subject: Subject) -> None:
    """The factory can be imported and called."""
    demand(callable(subject.catalog.resolve(subject.entry)), f"{subject.spec.factory} cannot be called")
