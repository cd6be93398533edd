"""What a shell proposes: the installed ids, with the weights that ship, also after a comma."""

from __future__ import annotations

import pytest
from burnish import DegraderSpec, RestorerSpec
from burnish.cli.completers import any_id, id_lists, ids
from burnish.plugins import catalog
from burnish.plugins.catalog import Catalog
from burnish.plugins.entry import Entry


@pytest.fixture(autouse=True)
def _installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two restorers, one of them with weights, and a degrader."""
    specs = (
        RestorerSpec(name="plain", factory="m:R", summary="s"),
        RestorerSpec(name="net", factory="m:R", summary="s", trainable=True, weights={"grey": "w", "colour": "w"}),
        DegraderSpec(name="noise", factory="m:D", summary="s"),
    )
    found = Catalog(Entry(id=f"x/{spec.name}", spec=spec, distribution="burnish-x", version="1") for spec in specs)
    monkeypatch.setattr(catalog, "installed", lambda: found)


def test_the_ids_of_a_kind_and_their_weights_that_begin_so_are_proposed() -> None:
    assert ids("restorers")() == ["x/net", "x/net:grey", "x/net:colour", "x/plain"]
    assert ids("restorers")("x/net:", parser=None, action=None) == ["x/net:grey", "x/net:colour"]
    assert ids("degraders")("y") == []


def test_after_a_comma_the_next_id_is_proposed_and_what_stands_before_stays() -> None:
    assert id_lists("restorers")("x/p") == ["x/plain"]
    assert id_lists("restorers")("x/net,x/p") == ["x/net,x/plain"]
    assert id_lists("degraders")("x/noise,") == ["x/noise,x/noise"]


def test_where_any_id_may_stand_every_kind_is_proposed() -> None:
    assert set(any_id("x/n")) == {"x/net", "x/net:grey", "x/net:colour", "x/noise"}
