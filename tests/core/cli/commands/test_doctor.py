"""Facts about ``burnish doctor``: what is wrong has a mark, a mend, and an exit status of its own."""

from __future__ import annotations

import importlib.metadata
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from burnish.cli.commands import doctor
from burnish.cli.main import main
from burnish.installation import machine
from burnish.installation.finding import Finding
from burnish.plugins.discovery import Candidate
from burnish.plugins.host import Host

Install = Callable[..., Candidate]


@pytest.fixture(autouse=True)
def _no_plugins(monkeypatch: pytest.MonkeyPatch) -> None:
    """None, and no checks of others, so that those of the environment cannot matter."""
    monkeypatch.setattr(doctor, "installed", lambda: Host([]))
    monkeypatch.setattr(doctor, "entry_points", lambda group: [])


@pytest.fixture
def versions(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Distribution → version, of all that count as installed."""
    there: dict[str, str] = {}

    def version(name: str) -> str:
        if name not in there:
            raise importlib.metadata.PackageNotFoundError(name)
        return there[name]

    monkeypatch.setattr(importlib.metadata, "version", version)
    monkeypatch.setattr(importlib.metadata, "requires", lambda name: [])
    return there


def test_a_good_installation_is_said_line_by_line(versions: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line[: line.index(":")] for line in lines] == ["ok   python", "ok   torch", "ok   disk"]


def test_a_broken_plugin_is_marked_with_the_mend_and_a_blocked_one_is_well(
    install: Install, versions: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = [install("burnish-bad", "raise RuntimeError('no')"), install("burnish-left-out", "")]
    monkeypatch.setattr(doctor, "installed", lambda: Host(found, block=["burnish-left-out"]))
    assert main(["doctor"]) == 1
    out = capsys.readouterr().out
    assert (
        "BAD  plugin burnish-bad: 1.0 broken: RuntimeError: no; "
        "update or uninstall it, or name it in BURNISH_BLOCK\n" in out
    )
    assert "ok   plugin burnish-left-out: 1.0 blocked: named in BURNISH_BLOCK\n" in out


def test_a_torch_that_cannot_be_imported_is_a_finding_and_no_crash(
    versions: dict[str, str], site: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (site / "torch.py").write_text("raise OSError('libcudart.so is missing')")
    monkeypatch.delitem(sys.modules, "torch")
    assert main(["doctor", "--json"]) == 1
    findings = {one["name"]: one for one in json.loads(capsys.readouterr().out)["findings"]}
    assert not findings["torch"]["good"]
    assert findings["torch"]["fact"].startswith("cannot be imported: ")
    assert findings["torch"]["mend"] == "pip install --force-reinstall torch"


def test_a_host_without_torch_is_well_and_says_how_to_install_it(
    versions: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    assert main(["doctor"]) == 0
    told = "off  torch: is not installed: nothing can be restored; pip install 'burnish[torch]'"
    assert told in capsys.readouterr().out


def test_a_full_disk_is_marked(
    versions: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for free, status, mark in ((3e9, 0, "note disk: 3.0 GB are free here; make room"), (1e8, 1, "BAD  disk: 0.1 GB")):
        monkeypatch.setattr(machine.shutil, "disk_usage", lambda path, free=free: SimpleNamespace(free=free))
        assert main(["doctor"]) == status
        assert mark in capsys.readouterr().out


@pytest.mark.parametrize(
    ("fastapi", "prefect", "status"),
    [("0.151.2", True, 1), ("0.150.9", True, 0), ("0.151.2", False, 0), ("1.0", True, 1)],
)
def test_a_version_that_breaks_prefect_is_found_where_prefect_is(
    versions: dict[str, str], capsys: pytest.CaptureFixture[str], fastapi: str, prefect: bool, status: int
) -> None:
    versions.update({"fastapi": fastapi} | ({"prefect": "3.8.0"} if prefect else {}))
    assert main(["doctor"]) == status
    out = capsys.readouterr().out
    assert ("BAD  fastapi" in out) == bool(status)
    assert ("pip install 'fastapi<0.151'" in out) == bool(status)
    assert ("fastapi" in out) == prefect


@pytest.mark.parametrize(
    ("code", "status", "line"),
    [
        (None, 0, "off  beside_it for needy/r: is not installed; pip install beside\n"),
        ("", 0, "ok   beside_it for needy/r: can be imported\n"),
        ("raise OSError('no libfoo')", 1, "BAD  beside_it for needy/r: cannot be imported (no libfoo); pip install "),
    ],
)
def test_what_a_restorer_needs_beside_its_distribution_may_be_absent_but_not_broken(
    code: str | None,
    status: int,
    line: str,
    install: Install,
    site: Path,
    versions: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    needy = """
        from burnish import RestorerSpec, hookimpl
        @hookimpl
        def register_restorers():
            yield RestorerSpec(name="r", factory="a:b", summary="s", packages={"beside_it": "pip install beside"})
        """
    found = install("burnish-needy", needy)
    if code is not None:
        (site / "beside_it.py").write_text(code)
    monkeypatch.setattr(doctor, "installed", lambda: Host([found]))
    assert main(["doctor"]) == status
    assert line in capsys.readouterr().out


def test_a_failing_check_of_another_distribution_is_a_finding_with_its_name(
    versions: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def raises() -> Iterator[Finding]:
        raise RuntimeError("the store\nis away")

    def tells() -> Iterator[Finding]:
        yield Finding(name="store", good=False, fact="is slow", mend="burnish up", note=True)

    points = [
        SimpleNamespace(name=name, load=lambda check=check: check) for name, check in (("b", raises), ("a", tells))
    ]
    monkeypatch.setattr(doctor, "entry_points", lambda group: points)
    assert main(["doctor"]) == 1
    lines = capsys.readouterr().out.splitlines()[-2:]
    assert lines == [
        "note store: is slow; burnish up",
        "BAD  b: its check failed (RuntimeError: the store is away); reinstall it",
    ]
