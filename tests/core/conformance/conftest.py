"""Fixtures for the tests of the kit: a catalog with one thing in it, sound or broken on purpose."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from broken_plugins import catalog_of
from burnish.conformance import check
from burnish.plugins.catalog import Catalog
from burnish.plugins.declarations import Spec

Failures = Callable[..., dict[str, str]]


@pytest.fixture
def declare(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Catalog]:
    """``declare(SpecClass, implementation, **declared)``: a catalog that has it as ``test/tried``."""

    def make(spec: type[Spec], implementation: Any, **declared: Any) -> Catalog:
        return catalog_of(spec, implementation, monkeypatch.setitem, **declared)

    return make


@pytest.fixture
def failures(declare: Callable[..., Catalog]) -> Failures:
    """``failures(SpecClass, implementation, **declared)``: name of the check → message, of those that failed."""

    def find(spec: type[Spec], implementation: Any, **declared: Any) -> dict[str, str]:
        findings = check("test/tried", declare(spec, implementation, **declared))
        return {finding.name: finding.message for finding in findings if finding.asked and not finding.passed}

    return find
