"""What is inside of a wheel and an sdist: all files that are tracked, the license, the README, complete metadata."""

from __future__ import annotations

import tarfile
import zipfile
from email.message import Message
from email.parser import Parser
from pathlib import Path

from release.distributions import AUTHORS, LICENSE, PYTHON, Distribution
from release.reporting import FailedError, require, run

MADE = {"PKG-INFO", ".gitignore"}
"""What the build backend adds to an sdist."""


def check(one: Distribution, folder: Path, tracked: set[str], source: Path) -> None:
    """Require that a distribution's two files hold what they must, and nothing else.

    Args:
        one: The distribution.
        folder: Where the two files are.
        tracked: Its files in the commit that was built, relative to its folder.
        source: Its folder in an export of that commit.

    Raises:
        FailedError: They do not; the file is named.
    """
    readme = (source / "README.md").read_text(encoding="utf-8")
    license_text = (source / "LICENSE").read_bytes()
    base = f"{one.package}-{one.version}"

    with tarfile.open(folder / one.sdist) as packed:
        names = {member.name.removeprefix(f"{base}/") for member in packed.getmembers() if member.isfile()}
        _same_files(one.sdist, names - MADE, tracked)
        _complete(one.sdist, one, _read(packed, f"{base}/PKG-INFO").decode(), readme)
        require(_read(packed, f"{base}/LICENSE") == license_text, f"{one.sdist}: LICENSE is not the one that was built")

    with zipfile.ZipFile(folder / one.wheel) as packed_wheel:
        info = f"{base}.dist-info"
        names = {name for name in packed_wheel.namelist() if not name.startswith(f"{info}/")}
        _same_files(one.wheel, names, {path for path in tracked if path.startswith(f"{one.package}/")})
        _complete(one.wheel, one, packed_wheel.read(f"{info}/METADATA").decode(), readme)
        place = f"{info}/licenses/LICENSE"
        inside = place in packed_wheel.namelist() and packed_wheel.read(place) == license_text
        require(inside, f"{one.wheel}: {place} is missing or not the one that was built")
        broken = packed_wheel.testzip()
        require(broken is None, f"{one.wheel}: {broken} is damaged")


def twine(programs: Path, folder: Path) -> None:
    """``twine check --strict`` of all files in a folder."""
    run([programs / "twine", "check", "--strict", *sorted(folder.iterdir())], cwd=folder)


def _same_files(name: str, inside: set[str], wanted: set[str]) -> None:
    for fault, paths in (("lacks", wanted - inside), ("holds, though not tracked,", inside - wanted)):
        require(not paths, f"{name}: {fault} {', '.join(sorted(paths)[:5])}{' …' if len(paths) > 5 else ''}")


def _complete(name: str, one: Distribution, text: str, readme: str) -> None:
    metadata: Message = Parser().parsestr(text)
    project = one.manifest["project"]
    urls = project.get("urls", {})
    wanted: dict[str, object] = {
        "Name": [one.name],
        "Version": [one.version],
        "Summary": [project["description"]],
        "License-Expression": [LICENSE],
        "License-File": ["LICENSE"],
        "Author": [author["name"] for author in AUTHORS],
        "Requires-Python": [PYTHON],
        "Description-Content-Type": ["text/markdown"],
        "Keywords": [",".join(sorted(project["keywords"]))],
        "Classifier": sorted(project["classifiers"]),
        "Project-URL": [f"{label}, {address}" for label, address in urls.items()],
    }
    for key, value in wanted.items():
        found = [str(each) for each in metadata.get_all(key, [])]
        if key == "Classifier":
            found.sort()
        if key == "Keywords":
            found = [",".join(sorted(",".join(found).split(",")))]
        require(found == value, f"{name}: {key} is {found}, not {value}")
    require(metadata.get_payload() == readme, f"{name}: the long description is not README.md")


def _read(packed: tarfile.TarFile, name: str) -> bytes:
    try:
        file = packed.extractfile(name)
    except KeyError:
        file = None
    if file is None:
        raise FailedError(f"{Path(str(packed.name)).name}: has no {name}")
    return file.read()
