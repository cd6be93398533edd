"""All weights that ship with the project's plugins: small enough for a wheel, whole, and with a card that tells all."""

from __future__ import annotations

import pytest
from burnish.cli.commands.ship import SIZE_LIMIT
from burnish.inference.loading.shipped import shipped_bundle
from burnish.plugins.catalog import installed
from burnish.plugins.declarations import RestorerSpec
from burnish.restorer.bundle import WEIGHTS, read_bundle

SHIPPED = [
    (entry.id, weights)
    for entry in installed().entries("restorers").values()
    if isinstance(entry.spec, RestorerSpec) and entry.distribution.startswith("burnish")
    for weights in sorted(entry.spec.weights)
]


@pytest.mark.parametrize(("restorer", "weights"), SHIPPED)
def test_shipped_weights_are_small_whole_and_explained(restorer: str, weights: str) -> None:
    folder = shipped_bundle(installed().get("restorers", restorer), weights)
    bundle = read_bundle(folder)
    assert bundle.restorer == restorer
    assert (folder / WEIGHTS).stat().st_size <= SIZE_LIMIT * 1.05
    card = (folder / "README.md").read_text(encoding="utf-8")
    for heading in ("## Data", "## Recipe", "## Figures", "## Licence"):
        assert heading in card
    assert "None but the validation" not in card, "measured on a benchmark"
    assert bundle.training["facts"]["degrader"]["id"] in card
