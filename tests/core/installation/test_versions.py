"""Facts about what is installed and does not fit together: it is found before it fails, with what mends it."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from burnish.errors import ConfigError
from burnish.installation import versions
from burnish.preflight import refuse_names

Lay = Callable[..., None]


@pytest.fixture
def lay(site: Path) -> Lay:
    """``lay(name, version, requires…)``: a distribution as pip lays it out, before all that is really installed."""

    def write(name: str, version: str, *requires: str, code: str | None = None) -> None:
        info = site / f"{name.replace('-', '_')}-{version}.dist-info"
        info.mkdir()
        lines = "".join(f"Requires-Dist: {line}\n" for line in requires)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{lines}\n")
        if code is not None:
            (site / f"{name}.py").write_text(textwrap.dedent(code))

    return write


def test_what_is_required_and_missing_or_of_another_version_is_named_with_the_command(lay: Lay) -> None:
    lay("burnish-mine", "1.0", "far-away>=2", "near-by>=2,<3", "right>=1", 'only-there; sys_platform == "plan9"')
    lay("near-by", "3.1")
    lay("right", "1.0rc1")
    found = [(one.good, one.fact, one.mend) for one in versions.unmet(["burnish-mine", "burnish-not-installed"])]
    assert found == [
        (False, "is required by burnish-mine (far-away>=2), and is not installed", "pip install 'far-away>=2'"),
        (False, "is required by burnish-mine (near-by<3,>=2), and is 3.1", "pip install 'near-by<3,>=2'"),
        (False, "is required by burnish-mine (right>=1), and is 1.0rc1", "pip install 'right>=1'"),
    ]


def test_what_an_extra_brings_is_looked_for_where_the_extra_is_asked_for(lay: Lay) -> None:
    lay("host", "1.0", "base", 'heavy>=2; extra == "torch"', 'other; extra == "more"')
    lay("base", "1.0")
    lay("burnish-light", "1.0", "host>=1")
    lay("burnish-heavy", "1.0", "host[torch]>=1")
    assert [one.name for one in versions.unmet(["burnish-light"])] == []
    assert [one.name for one in versions.unmet(["burnish-light", "burnish-heavy"])] == ["heavy"]


def test_this_installation_lacks_nothing() -> None:
    assert [one.fact for one in versions.unmet(["burnish", "burnish-flows", "burnish-cnn"])] == []


def test_a_torchvision_for_another_torch_is_found_before_it_fails(lay: Lay) -> None:
    lay("torchvision", "0.20.1", "torch==2.5.1")
    lay("torch", "2.13.0+cpu")
    (found,) = versions.torchvision()
    assert not found.good
    assert found.fact == "0.20.1 is for torch==2.5.1, and torch is 2.13.0+cpu"
    assert "pip uninstall torchvision" in found.mend


def test_one_for_this_torch_in_another_build_is_well_if_it_can_be_imported(lay: Lay, monkeypatch: Any) -> None:
    lay("torchvision", "0.28.0", "torch==2.13.0", code="raise RuntimeError('operator torchvision::nms does not exist')")
    lay("torch", "2.13.0+cu130")
    assert versions.mismatch() == ""
    (found,) = versions.torchvision()  # asked in a process of its own, which does not see this folder
    assert (found.good, "cannot be imported" in found.fact) == (False, True)


def test_without_torchvision_nothing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(versions, "_version", lambda name: None)
    assert list(versions.torchvision()) == []
    assert versions.mismatch() == ""


def test_a_training_with_such_a_torchvision_is_refused_in_one_line(lay: Lay) -> None:
    lay("torchvision", "0.20.1", "torch==2.5.1")
    lay("torch", "2.13.0")
    with pytest.raises(
        ConfigError, match=r"torchvision 0\.20\.1 is for torch==2\.5\.1, and torch is 2\.13\.0, so Lightning"
    ):
        refuse_names(None, None)  # type: ignore[arg-type]
