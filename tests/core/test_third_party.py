"""Plugins that others wrote for an earlier version run unchanged, and a new one needs the front door's names alone."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from burnish.cli.commands.new_plugin import main as new_plugin
from burnish.cli.scaffold import KINDS
from burnish.conformance import check
from burnish.plugins.catalog import Catalog, installed
from burnish.plugins.compatibility import objection
from burnish.plugins.declarations import KINDS as DECLARED
from burnish.plugins.discovery import Candidate, candidates
from burnish.plugins.host import Host

WRITTEN = sorted(path.parent for path in Path(__file__).with_name("third_party").glob("*/pyproject.toml"))
IDS = {
    "burnish-median": {"median/median"},
    "burnish-first-restorer": {"first-restorer/first-restorer"},
    "burnish-first-degrader": {"first-degrader/first-degrader"},
    "burnish-first-metric": {"first-metric/first-metric"},
    "burnish-former": {"former/former"}
    | {f"former/former-{kind}" for kind in KINDS if kind not in ("restorer", "observer")},
}
"""Distribution → what it declares. ``burnish-former`` has every kind, as ``burnish new-plugin`` of 0.1 wrote it."""
NEXT = "0.2.0"
"""The next minor version."""


@pytest.fixture(params=WRITTEN, ids=lambda path: path.name)
def plugin(request: pytest.FixtureRequest, site: Path) -> str:
    """The name of one, which lies on the path as an editable installation lays it."""
    folder: Path = request.param
    declared = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    shutil.copytree(folder, site, dirs_exist_ok=True)
    info = site / f"{declared['name'].replace('-', '_')}-{declared.get('version', '1.0')}.dist-info"
    info.mkdir()
    requires = "".join(f"Requires-Dist: {line}\n" for line in declared["dependencies"])
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {declared['name']}\nVersion: {declared.get('version', '1.0')}\n{requires}\n"
    )
    entries = "".join(f"{key} = {value}\n" for key, value in declared["entry-points"]["burnish"].items())
    (info / "entry_points.txt").write_text(f"[burnish]\n{entries}")
    return folder.name


def test_all_are_tried() -> None:
    assert {path.name for path in WRITTEN} == set(IDS)


def test_a_plugin_of_an_earlier_version_is_loaded_and_conforms(plugin: str, site: Path) -> None:
    host = Host(candidates([str(site)]))
    assert [(state.state, state.reason, state.deprecated) for state in host.plugins] == [("loaded", "", ())]
    assert {entry.id for entry in host.entries} == IDS[plugin]
    others = (entry for kind in DECLARED for entry in installed().entries(kind).values())
    catalog = Catalog([*host.entries, *others])
    for entry in host.entries:
        findings = check(entry.id, catalog, kind=entry.spec.kind)
        assert len(findings) >= 7
        assert [finding for finding in findings if not finding.passed] == []


def test_the_pin_that_new_plugin_writes_admits_the_next_minor_version(tmp_path: Path) -> None:
    written = tomllib.loads((WRITTEN[0].parent / "burnish-former" / "pyproject.toml").read_text())["project"]
    new_plugin(["burnish-now", "--kind", "restorer", "--out", str(tmp_path / "now")])
    now = tomllib.loads((tmp_path / "now" / "pyproject.toml").read_text())["project"]
    assert now["dependencies"] == written["dependencies"] == ["burnish[torch]>=0.1,<1"]
    for version, reason in ((NEXT, ""), ("0.99.9", ""), ("1.0.0", "needs burnish >=0.1,<1, but this is 1.0.0")):
        assert objection(tuple(written["dependencies"]), version).startswith(reason)
        assert bool(objection(tuple(written["dependencies"]), version)) == bool(reason)


@pytest.mark.slow
@pytest.mark.parametrize(
    "plugin",
    [pytest.param(path, marks=[] if path.name == "burnish-median" else [pytest.mark.long]) for path in WRITTEN],
    ids=lambda path: path.name,
    indirect=True,
)
def test_its_own_tests_pass_unchanged(plugin: str, site: Path) -> None:
    path = os.pathsep.join([str(site), *(entry for entry in sys.path if entry)])
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(site), str(site / "tests")],
        # the example is called by its short name, which is unique where its author has no other plugin with that name
        env={"PYTHONPATH": path, "PATH": "", "HOME": str(site), "BURNISH_ALLOW": f"burnish,{plugin}"},
        cwd=site,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "passed" in ran.stdout


NEW = """
    import burnish

    heard = []


    @burnish.hookimpl
    def register_restorers():
        yield burnish.RestorerSpec(
            name="careful",
            factory="burnish_careful.careful:Careful",
            summary="Half of what a median would change",
            tasks=frozenset({"denoise"}),
            asks=("classical/median",),
            receptive_field=3,
        )


    @burnish.hookimpl
    def on_training_ended(event):
        heard.append(event.steps)
"""
CAREFUL = """
import burnish


class Careful:
    def __init__(self) -> None:
        self.median: burnish.Restorer = burnish.load("classical/median")

    def __call__(self, degraded):
        return (degraded + self.median(degraded)) / 2
"""


def test_a_new_plugin_needs_the_front_door_alone(install: Callable[..., Candidate], site: Path) -> None:
    found = install("burnish-careful", NEW)
    (site / "burnish_careful" / "careful.py").write_text(CAREFUL)
    host = Host([found])
    assert [(state.state, state.reason) for state in host.plugins] == [("loaded", "")]
    catalog = Catalog(host.entries)
    assert [finding for finding in check("careful/careful", catalog) if not finding.passed] == []
    spoiled = torch.zeros(1, 1, 9, 9)
    spoiled[..., 4, 4] = 1.0
    assert float(catalog.create("restorers", "careful/careful", {})(spoiled)[..., 4, 4]) == 0.5
