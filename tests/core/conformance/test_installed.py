"""Facts about what is installed: the kit refuses none of the gates, benchmarks and commands of this repository."""

from __future__ import annotations

import pytest
from burnish.conformance import check
from burnish.plugins.catalog import installed


@pytest.mark.parametrize("kind", ["gates", "benchmarks", "commands"])
def test_everything_that_is_installed_passes(kind: str) -> None:
    for name in installed().entries(kind):
        assert [finding for finding in check(name, kind=kind) if not finding.passed] == []
