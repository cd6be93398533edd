"""The distributions of this repository, and what the manifest of each must say."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
HOST = "burnish"

AUTHORS = [{"name": "the burnish authors"}]
LICENSE = "Apache-2.0"
PYTHON = ">=3.11"
CLASSIFIERS = {
    "Operating System :: POSIX :: Linux",
    "Programming Language :: Python :: 3.11",
    "Topic :: Scientific/Engineering :: Image Processing",
    "Typing :: Typed",
}
"""Those that all have; each has others, too."""
LINK = re.compile(r"\]\((?!https?://|mailto:|#)([^)\s]+)\)")
"""A link of Markdown to a file beside it."""


@dataclass(frozen=True, kw_only=True)
class Distribution:
    """What is released alone: a folder with a ``pyproject.toml``."""

    folder: Path
    """Relative to the repository, also in an export of it."""
    manifest: dict[str, Any]
    """What its ``pyproject.toml`` says."""
    version: str
    """For the host the one of ``version.py``."""

    @property
    def name(self) -> str:
        """As an installer is told it."""
        return str(self.manifest["project"]["name"])

    @property
    def package(self) -> str:
        """Its one importable package, and how its files are named."""
        return self.name.replace("-", "_")

    @property
    def wheel(self) -> str:
        """The file's name."""
        return f"{self.package}-{self.version}-py3-none-any.whl"

    @property
    def sdist(self) -> str:
        """The file's name."""
        return f"{self.package}-{self.version}.tar.gz"


def workspace(root: Path = ROOT) -> tuple[Distribution, ...]:
    """All of them, in the order of the root's ``pyproject.toml``: the host first."""
    members = _manifest(root)["tool"]["burnish"]["workspace"]["members"]
    return tuple(_distribution(root, Path(member)) for member in members)


def repository(root: Path = ROOT) -> str:
    """The public address of the repository; empty while there is none."""
    return str(_manifest(root)["tool"]["burnish"]["release"]["repository"])


def faults(root: Path = ROOT) -> list[str]:
    """What is missing or contradicts itself in the manifests, one line each, the culprit first."""
    found = [f"{one.folder}: {fault}" for one in workspace(root) for fault in _faults(one, root)]
    listed = {one.folder for one in workspace(root)}
    there = {path.parent.relative_to(root) for path in root.glob("*/pyproject.toml")}
    there |= {path.parent.relative_to(root) for path in root.glob("plugins/*/pyproject.toml")}
    return [*found, *(f"{folder}: is not in the workspace of pyproject.toml" for folder in sorted(there - listed))]


def _faults(one: Distribution, root: Path) -> Iterator[str]:
    project = one.manifest["project"]
    wanted = {
        "readme": "README.md",
        "license": LICENSE,
        "license-files": ["LICENSE"],
        "authors": AUTHORS,
        "requires-python": PYTHON,
        "urls": {"Repository": address} if (address := repository(root)) else None,
    }
    for key, value in wanted.items():
        if project.get(key) != value:
            yield f"{key} is {project.get(key)!r}, not {value!r}"
    for key in ("description", "keywords"):
        if not project.get(key):
            yield f"has no {key}"
    classifiers = project.get("classifiers", [])
    if missing := CLASSIFIERS - set(classifiers):
        yield f"lacks classifiers: {', '.join(sorted(missing))}"
    if any(classifier.startswith("License ::") for classifier in classifiers):
        yield "has a classifier for the license, which license replaces"
    yield from _faulty_files(one, root)
    yield from _faulty_versions(one, root)


def _faulty_files(one: Distribution, root: Path) -> Iterator[str]:
    text = root / one.folder / "LICENSE"
    if not text.is_file() or text.read_bytes() != (root / "LICENSE").read_bytes():
        yield "LICENSE is not the file of the repository"
    page = root / one.folder / "README.md"
    if not page.is_file():
        yield "has no README.md"
        return
    readme = page.read_text(encoding="utf-8")
    if not readme.startswith(f"# {one.name}\n"):
        yield "README.md does not begin with the name"
    if not re.search(rf"^pip install .*\b{one.name}\b", readme, re.MULTILINE):
        yield "README.md does not say how to install it"
    if not re.search(r"^burnish [a-z]", readme, re.MULTILINE):
        yield "README.md shows no command"
    for target in LINK.findall(readme):
        yield f"README.md links to {target}, which an index does not show"


def _faulty_versions(one: Distribution, root: Path) -> Iterator[str]:
    host = version_of_host(root)
    if one.version != host:
        yield f"version is {one.version}, not {host}"
    major, minor = host.split(".")[:2]
    pin = f">={major}.{minor},<{major}.{int(minor) + 1}"
    for requirement in requirements(one):
        found = re.match(rf"(?P<name>{HOST}(?![A-Za-z0-9])[A-Za-z0-9-]*)(\[[a-z,]+\])?", requirement)
        if found is None or one.name == found["name"]:  # another's, or one extra of the host needs another
            continue
        if found["name"] != HOST and one.name != "burnish-flows":
            yield f"requires {found['name']}: a plugin needs no other"
        if requirement != found[0] + pin:
            yield f"requires {requirement}, not {found[0]}{pin}"
    if one.name != HOST and not any(re.match(rf"{HOST}[\[>]", line) for line in requirements(one)):
        yield "does not require the host"


def requirements(one: Distribution) -> list[str]:
    """All that it requires, with what its extras do."""
    project = one.manifest["project"]
    return [
        *project["dependencies"],
        *(line for extra in project.get("optional-dependencies", {}).values() for line in extra),
    ]


def version_of_host(root: Path) -> str:
    """As ``version.py`` says it."""
    text = (root / "core" / "burnish" / "version.py").read_text(encoding="utf-8")
    found = re.search(r'^__version__ = "([^"]+)"$', text, re.MULTILINE)
    assert found, "core/burnish/version.py states no version"
    return found[1]


def _distribution(root: Path, folder: Path) -> Distribution:
    manifest = _manifest(root / folder)
    dynamic = "version" in manifest["project"].get("dynamic", [])
    version = version_of_host(root) if dynamic else manifest["project"]["version"]
    return Distribution(folder=folder, manifest=manifest, version=version)


def _manifest(folder: Path) -> dict[str, Any]:
    with (folder / "pyproject.toml").open("rb") as file:
        return tomllib.load(file)
