"""Fixtures for the tests of the kit: a catalog with one thing in it, sound or broken on purpose."""

from __future__ import annotations

import sys
import types
from collections.abc import Callable
from typing import Any

import pytest
from burnish.conformance import check
from burnish.plugins.catalog import Catalog, Entry
from burnish.plugins.declarations import Spec

Failures = Callable[..., dict[str, str]]


@pytest.fixture
def declare(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Catalog]:
    """``declare(SpecClass, implementation, **declared)``: a catalog that has it as ``test/tried``."""

    def make(spec: type[Spec], implementation: Any, **declared: Any) -> Catalog:
        module = types.ModuleType("burnish_tried_in_a_test")
        module.Tried = implementation  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, module.__name__, module)
        given = {"name": "tried", "factory": f"{module.__name__}:Tried", "summary": "Under test"} | declared
        return Catalog([Entry(id="test/tried", spec=spec(**given), distribution="burnish-test", version="1.2.3")])

    return make


@pytest.fixture
def failures(declare: Callable[..., Catalog]) -> Failures:
    """``failures(SpecClass, implementation, **declared)``: name of the question → message, of those that failed."""

    def find(spec: type[Spec], implementation: Any, **declared: Any) -> dict[str, str]:
        findings = check("tried", declare(spec, implementation, **declared))
        return {finding.name: finding.message for finding in findings if not finding.passed}

    return find
