"""Checks that all distributions can be published: ``make release-check``, or parts: ``make release-check ONLY=build``.

What is built is the last commit. The files go to ``dist/`` once they have passed; these very files are then installed.
The steps, cheapest first:

metadata     the manifests are complete, versions and pins agree
build        wheels and sdists are built twice with the same bytes, hold what they must, and pass twine check --strict
light        the host without extras in an empty environment: list, show, write a plugin; its size
core         the host alone in an empty environment: list, restore, a conformance run
plugin       the same with the host and one plugin
everything   the same with all distributions, and a retraining to a champion
author       a stranger with the wheels alone writes a plugin of each kind, uses it, and builds it for an index
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from release import authoring, building, contents, installing
from release.distributions import ROOT, Distribution, faults, repository, workspace
from release.reporting import FailedError, Steps, require

PARTS = ("metadata", "build", "light", "core", "plugin", "everything", "author")

USED = {"light": "list, show, new-plugin", "everything": "list, restore, check, retrain"}
"""What is done in an environment, where it is more or less than in the others."""


def main(words: Sequence[str] | None = None) -> int:
    """Run the parts asked for; 1 if one fails."""
    parser = argparse.ArgumentParser(
        prog="release-check", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, help="some of the steps")
    parser.add_argument("--dist", type=Path, default=ROOT / "dist", help="where the files go (default: dist/)")
    parser.add_argument("--work", type=Path, help="a new folder for builds and environments, which is kept")
    asked = parser.parse_args(words)
    steps = Steps()
    work = (asked.work or Path(tempfile.mkdtemp(prefix="burnish-release-"))).resolve()
    try:
        _run(steps, asked.only, asked.dist.resolve(), work)
    except FailedError as error:
        print(f"release-check: {error}", file=sys.stderr)
        return 1
    finally:
        if asked.work is None:
            shutil.rmtree(work, ignore_errors=True)
        steps.summary()
    return 0


def _run(steps: Steps, parts: Sequence[str], dist: Path, work: Path) -> None:
    """The parts in the order of their cost."""
    name, epoch = building.commit(ROOT)
    if building.changed(ROOT):
        steps.notes.append(f"changes that are not committed are not part of it; built is {name[:12]}")
    if not repository():
        steps.notes.append("no public address is set, so the distributions state no URL (docs/releasing.md)")
    if "metadata" in parts:
        with steps.step("metadata: manifests, READMEs, licenses, versions"):
            found = faults()
            require(not found, "; ".join(found))
    if "build" in parts:
        _build(steps, name, epoch, dist, work / "build")
    for part in ("light", "core", "plugin", "everything"):
        if part in parts:
            _use(steps, part, _install(steps, part, epoch, dist, work / part))
    if "author" in parts:
        _author(steps, _install(steps, "author", epoch, dist, work / "author"))


def _build(steps: Steps, name: str, epoch: str, dist: Path, work: Path) -> None:
    """Build the commit twice, look into the files, and keep them."""
    work.mkdir(parents=True)
    with steps.step("build: an environment with build and twine"):
        programs = building.tools(work / "tools", ROOT)
    with steps.step("build: all distributions, twice"):
        first, second = building.build_all(programs, ROOT, name, epoch, work)
    source = work / "first" / "source"
    built = workspace(source)
    with steps.step("build: the same bytes from two folders, wheels from folder and sdist"):
        for one in built:
            building.same_bytes(one, first, second)
    with steps.step("build: files, LICENSE, README and metadata inside"):
        for one in built:
            contents.check(one, first, building.tracked(ROOT, name, one.folder), source / one.folder)
    with steps.step("build: twine check --strict"):
        contents.twine(programs, first)
    dist.mkdir(parents=True, exist_ok=True)
    for pattern in ("burnish*.whl", "burnish*.tar.gz"):  # of an earlier build; what else is there is not ours
        for path in dist.glob(pattern):
            path.unlink()
    shutil.copytree(first, dist, dirs_exist_ok=True)
    for one in built:
        wheel, sdist = ((dist / file).stat().st_size / 1e6 for file in (one.wheel, one.sdist))
        print(f"  {one.name:<26} {one.version}  wheel {wheel:6.2f} MB  sdist {sdist:6.2f} MB", flush=True)
    print(f"  in {dist}", flush=True)


def _install(steps: Steps, part: str, epoch: str, dist: Path, work: Path) -> installing.Installed:
    """Install into an empty environment."""
    chosen: tuple[Distribution, ...] = installing.for_environment(part, workspace())
    for one in chosen:
        building.require_built(one, dist, epoch)
    work.mkdir(parents=True)
    with steps.step(f"{part}: {len(chosen)} wheel{'s'[: len(chosen) > 1]} into an empty environment"):
        return installing.install(chosen, dist, work, extra="" if part == "light" else "[torch]")


def _use(steps: Steps, part: str, made: installing.Installed) -> None:
    """Use what was installed, outside of the repository."""
    with steps.step(f"{part}: {USED.get(part, 'list, restore, check')}"):
        if part == "light":
            installing.host_without_extras(made)
        elif part == "core":
            installing.host_alone(made)
        elif part == "plugin":
            installing.host_and_plugin(made)
        else:
            installing.everything(made, workspace())


def _author(steps: Steps, made: installing.Installed) -> None:
    """Write plugins of every kind, and use, test and build them; what is told beside it is what tools say of them."""
    begun = time.monotonic()
    for name, act in (
        ("a plugin of each kind, written and edited", authoring.write),
        ("installed", authoring.install),
        ("trained, shipped, retrained to a champion", authoring.train),
        ("checked, evaluated, restored", authoring.use),
        ("their own tests", authoring.test),
        ("built, twine check --strict", authoring.build),
    ):
        with steps.step(f"author: {name}"):
            act(made)
    spent = time.monotonic() - begun
    require(spent < authoring.LIMIT, f"an author waits for {spent:.0f} s, more than {authoring.LIMIT:.0f}")
    with steps.step("author: ruff, mypy --strict, pyright strict"):
        authoring.types(made)


if __name__ == "__main__":
    sys.exit(main())
