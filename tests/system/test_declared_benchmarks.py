"""Every benchmark that the project's plugins declare can be asked: its degrader and metrics are there and take it."""

from __future__ import annotations

import pytest
from burnish.plugins.catalog import installed
from burnish.plugins.configuration import complete
from burnish.plugins.declarations import BenchmarkSpec


@pytest.mark.parametrize("name", list(installed().entries("benchmarks")))
def test_a_declared_benchmark_names_what_is_there_with_settings_that_fit(name: str) -> None:
    catalog = installed()
    spec = catalog.get("benchmarks", name).spec
    assert isinstance(spec, BenchmarkSpec)
    degrader = catalog.get("degraders", spec.degrader)
    assert complete(degrader.spec, spec.degrader_config, subject=degrader.id)
    assert spec.metrics
    assert all(catalog.get("metrics", metric) for metric in spec.metrics)
    assert all(metric in spec.metrics for figures in spec.published.values() for metric in figures)
