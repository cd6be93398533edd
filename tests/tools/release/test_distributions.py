"""What the manifests of all distributions say is complete, and a manifest that is not is named with its fault."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from release.distributions import ROOT, faults, repository, version_of_host, workspace

CNN = "plugins/burnish-cnn"


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """The manifests, READMEs and licenses of the repository, to spoil them."""
    root = tmp_path / "repository"
    for folder in (Path(), *(one.folder for one in workspace())):
        (root / folder).mkdir(parents=True, exist_ok=True)
        for name in ("pyproject.toml", "README.md", "LICENSE"):
            shutil.copyfile(ROOT / folder / name, root / folder / name)
    (root / "core" / "burnish").mkdir()
    shutil.copyfile(ROOT / "core" / "burnish" / "version.py", root / "core" / "burnish" / "version.py")
    return root


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_every_distribution_has_all_that_an_index_shows_and_all_versions_and_pins_agree() -> None:
    assert faults() == []


def test_there_is_one_distribution_for_each_folder_with_a_manifest() -> None:
    folders = {path.parent.relative_to(ROOT) for path in ROOT.glob("plugins/*/pyproject.toml")}
    assert {one.folder for one in workspace()} == {Path("core"), Path("flows"), *folders}
    assert all((ROOT / one.folder / one.package / "py.typed").is_file() for one in workspace())


@pytest.mark.parametrize(
    ("file", "old", "new", "fault"),
    [
        ("pyproject.toml", 'readme = "README.md"\n', "", "readme is None, not 'README.md'"),
        ("pyproject.toml", 'license-files = ["LICENSE"]\n', "", "license-files is None, not ['LICENSE']"),
        ("pyproject.toml", '"Apache-2.0"', '"MIT"', "license is 'MIT', not 'Apache-2.0'"),
        ("pyproject.toml", "authors = ", "maintainers = ", "authors is None, not [{'name': 'the burnish authors'}]"),
        ("pyproject.toml", ">=3.11", ">=3.10", "requires-python is '>=3.10', not '>=3.11'"),
        ("pyproject.toml", '  "Typing :: Typed",\n', "", "lacks classifiers: Typing :: Typed"),
        (
            "pyproject.toml", '  "Typing :: Typed",\n', '  "Typing :: Typed",\n  "License :: OSI Approved",\n',
            "has a classifier for the license, which license replaces",
        ),
        ("pyproject.toml", 'version = "0.1.0"', 'version = "0.1.1"', "version is 0.1.1, not 0.1.0"),
        ("pyproject.toml", "<0.2", "<0.3", "requires burnish[torch]>=0.1,<0.3, not burnish[torch]>=0.1,<0.2"),
        ("pyproject.toml", '"burnish[torch]>=0.1,<0.2"', '"torchmetrics"', "does not require the host"),
        (
            "pyproject.toml", '"burnish[torch]>=0.1,<0.2"', '"burnish>=0.1,<0.2", "burnish-gan>=0.1,<0.2"',
            "requires burnish-gan: a plugin needs no other",
        ),
        ("README.md", "# burnish-cnn\n", "# Networks\n", "README.md does not begin with the name"),
        ("README.md", "pip install burnish-cnn", "pip install it", "README.md does not say how to install it"),
        (
            "README.md", "# burnish-cnn\n", "# burnish-cnn\n\n[card](weights/README.md)\n",
            "README.md links to weights/README.md, which an index does not show",
        ),
        ("LICENSE", "Apache", "Another", "LICENSE is not the file of the repository"),
    ],
)  # fmt: skip
def test_what_a_distribution_lacks_is_named(copied: Path, file: str, old: str, new: str, fault: str) -> None:
    assert faults(copied) == []
    replace(copied / CNN / file, old, new)
    assert faults(copied) == [f"{CNN}: {fault}"]


def test_a_distribution_that_the_workspace_does_not_name_is_found(copied: Path) -> None:
    replace(copied / "pyproject.toml", f'  "{CNN}",\n', "")
    assert faults(copied) == [f"{CNN}: is not in the workspace of pyproject.toml"]


def test_all_distributions_state_the_public_address_that_is_set_in_one_place_and_none_before(copied: Path) -> None:
    if not repository():
        assert not [one.name for one in workspace() if "urls" in one.manifest["project"]]
    set_to = 'repository = "https://git.example.org/burnish"'
    replace(copied / "pyproject.toml", f'repository = "{repository()}"', set_to)
    assert len(faults(copied)) == len(workspace())
    assert faults(copied)[0].startswith("core: urls is ")


def test_a_new_minor_version_asks_for_new_pins(copied: Path) -> None:
    first, _ = version_of_host(copied), "0.2.0"
    replace(copied / "core" / "burnish" / "version.py", first, "0.2.0")
    found = faults(copied)
    assert f"{CNN}: version is {first}, not 0.2.0" in found
    assert f"{CNN}: requires burnish[torch]>=0.1,<0.2, not burnish[torch]>=0.2,<0.3" in found
    assert "flows: requires burnish[train]>=0.1,<0.2, not burnish[train]>=0.2,<0.3" in found
