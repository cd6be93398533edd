"""Facts about models by name: the installed registry is asked, and its absence names the mend."""

from __future__ import annotations

from importlib.metadata import EntryPoint
from pathlib import Path

import burnish.inference.loading.locating as locating
import pytest
from burnish.errors import PluginError, RegistryError, UsageError
from burnish.inference import locate_model


def _install(monkeypatch: pytest.MonkeyPatch, *values: str) -> None:
    points = [EntryPoint(name=f"r{i}", group=locating.GROUP, value=value) for i, value in enumerate(values)]
    monkeypatch.setattr(locating, "entry_points", lambda group: points if group == locating.GROUP else [])


def _refusing(reference: str) -> Path:
    raise RegistryError(f"{reference}: no such alias")


def test_without_a_registry_the_mend_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    _install(monkeypatch)
    with pytest.raises(UsageError, match=r"deblur@champion: .*install burnish-flows"):
        locate_model("deblur@champion")


def test_the_registry_gives_the_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    _install(monkeypatch, "pathlib:Path")
    assert locate_model("deblur@champion") == Path("deblur@champion")


def test_what_the_registry_refuses_on_purpose_passes_and_what_breaks_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(EntryPoint, "load", lambda self: _refusing)
    _install(monkeypatch, "x:y")
    with pytest.raises(RegistryError, match=r"no such alias"):
        locate_model("deblur@champion")
    monkeypatch.setattr(EntryPoint, "load", lambda self: int)
    with pytest.raises(PluginError, match=r"deblur@champion: the registry of .* failed: ValueError"):
        locate_model("deblur@champion")
