"""Facts about the kit's questions to gates, benchmarks and commands."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from burnish.conformance import check
from burnish.plugins.catalog import installed
from burnish.plugins.declarations import BenchmarkSpec, CommandSpec, GateSpec

Failures = Callable[..., dict[str, str]]


@pytest.mark.parametrize("kind", ["gates", "benchmarks", "commands"])
def test_everything_that_is_installed_passes(kind: str) -> None:
    for name in installed().entries(kind):
        assert [finding for finding in check(name, kind=kind) if not finding.passed] == []


def test_a_gate_that_cannot_be_called_is_found(failures: Failures) -> None:
    assert "is made from its settings" in failures(GateSpec, int)


def test_a_command_that_leads_nowhere_is_found(failures: Failures) -> None:
    assert (
        "cannot be imported"
        in failures(CommandSpec, main, factory="burnish_tried_in_a_test:absent")["names a callable"]
    )


def test_a_benchmark_that_asks_with_what_is_not_there_is_found(failures: Failures) -> None:
    found = failures(BenchmarkSpec, None, metrics=("metrics/absent",), colour="sepia")
    assert "metrics/absent" in found["uses installed metrics and degraders"]
    assert "sepia" in found["names a known colour convention"]


def main(argv: list[str]) -> int:
    return 0
