"""Plug-and-play left to choose: the best denoiser that is there."""

from __future__ import annotations

from typing import Any

import pytest
from burnish import RestorerSpec
from burnish.errors import RestorationError
from burnish.fingerprint.code import involved
from burnish.plugins import Catalog, Entry, installed
from burnish_deconvolution.solvers import denoisers


def test_by_itself_it_takes_the_best_denoiser_that_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    def entry(id: str, **declared: Any) -> Entry:
        spec = RestorerSpec(name=id.partition("/")[2], factory="a:B", summary="s", **declared)
        return Entry(id=id, spec=spec, distribution="d", version="1")

    best = entry("cnn/ffdnet", weights={"grey": "weights/grey", "colour": "weights/colour"})
    older = entry("cnn/ffdnet", weights={"grey": "weights/grey"})
    without, other = entry("cnn/ffdnet"), entry("classical/nlm")
    for there, channels, wanted in (
        ([best, other], 3, "cnn/ffdnet:colour"),
        ([best, other], 1, "cnn/ffdnet:grey"),
        ([older, other], 3, "cnn/ffdnet:grey"),
        ([without, other], 3, "classical/nlm"),
        ([other], 1, "classical/nlm"),
    ):
        monkeypatch.setattr(denoisers, "installed", lambda there=there: Catalog(there))
        assert denoisers.best_installed(channels) == wanted
    monkeypatch.setattr(denoisers, "installed", lambda: Catalog([]))
    with pytest.raises(RestorationError, match="finds no denoiser"):
        denoisers.best_installed(1)


def test_what_it_may_choose_takes_part_in_what_it_gives() -> None:
    pytest.importorskip("burnish_cnn")
    names = [entry.id for entry in involved([("restorers", "deconvolution/plug-and-play", {})], installed())]
    assert "cnn/ffdnet" in names
    assert "deconvolution/plug-and-play" in names
