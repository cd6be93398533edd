"""Weights that a plugin declares and does not have, or that describe themselves wrongly, break no list."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from burnish.errors import PluginError
from burnish.planning.candidates import undoing, with_weights
from burnish.plugins.catalog import Catalog
from burnish.plugins.discovery import Candidate
from burnish.plugins.host import Host, installed

CODE = """
    from burnish import RestorerSpec, hookimpl

    @hookimpl
    def register_restorers():
        yield RestorerSpec(
            name="net", factory="burnish_net.net:Net", summary="A net", tasks={"denoise"}, weights={"small": "weights"}
        )
"""


@pytest.mark.parametrize(
    "content", [None, "no JSON", "[]", '{"config": 3}', '{"training": 1}', '{"lineage": {"shipped": []}}']
)
def test_they_are_left_out_and_all_others_are_listed(
    install: Callable[..., Candidate], site: Path, content: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    host = Host([install("burnish-net", CODE)])
    if content is not None:
        (site / "burnish_net" / "weights").mkdir()
        (site / "burnish_net" / "weights" / "bundle.json").write_text(content)
    catalog = Catalog([*host.entries, *installed().entries])
    ready = [one.name for one in undoing(catalog, "gaussian-noise")]
    assert "net/net" in ready
    assert len(ready) > 5
    assert "net/net:small" in caplog.text
    with pytest.raises(PluginError, match="reinstall"):
        with_weights(catalog.get("restorers", "net/net"), "small", catalog)


def test_whole_ones_are_read(install: Callable[..., Candidate], site: Path) -> None:
    host = Host([install("burnish-net", CODE)])
    (site / "burnish_net" / "weights").mkdir()
    told = {"config": {"depth": 3}, "lineage": {"shipped": {"use": "any", "license": None}}}
    (site / "burnish_net" / "weights" / "bundle.json").write_text(json.dumps(told))
    catalog = Catalog(host.entries)
    found = with_weights(catalog.get("restorers", "net/net"), "small", catalog)
    assert (found.config, found.origin) == ({"depth": 3}, {"use": "any"})
