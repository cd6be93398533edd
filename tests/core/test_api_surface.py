"""The public face, name by name: what is added or taken away here is a decision, told in the changelog."""

from __future__ import annotations

import importlib

import pytest

FACE = {
    "burnish": [
        "BenchmarkSpec",
        "BurnishError",
        "CommandSpec",
        "DegraderSpec",
        "GateSpec",
        "MetricSpec",
        "RestorerSpec",
        "__version__",
        "hookimpl",
    ],
}


@pytest.mark.parametrize("module", FACE)
def test_a_module_shows_exactly_its_public_names(module: str) -> None:
    assert sorted(importlib.import_module(module).__all__) == FACE[module]


def test_every_public_name_has_a_docstring() -> None:
    for module, names in FACE.items():
        for name in names:
            found = getattr(importlib.import_module(module), name)
            assert isinstance(found, str) or found.__doc__, f"{module}.{name}"
