"""Facts about ``burnish new-plugin``: what it writes is found, conforms, and has tests of its own that pass."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from burnish.cli.commands.new_plugin import main
from burnish.cli.scaffold import KINDS
from burnish.conformance import check
from burnish.errors import UsageError
from burnish.plugins.catalog import Catalog, installed
from burnish.plugins.declarations import KINDS as DECLARED
from burnish.plugins.discovery import candidates
from burnish.plugins.host import Host


@pytest.fixture(autouse=True)
def forget_modules() -> Iterator[None]:
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        if name.startswith("burnish_my_"):
            del sys.modules[name]


def _as_installed(project: Path) -> None:
    """Lay metadata beside the packages as an editable installation would, from the project's own pyproject.toml."""
    declared = tomllib.loads((project / "pyproject.toml").read_text())["project"]
    info = project / f"{declared['name'].replace('-', '_')}-{declared['version']}.dist-info"
    info.mkdir()
    requires = "\n".join(f"Requires-Dist: {line}" for line in declared["dependencies"])
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {declared['name']}\nVersion: {declared['version']}\n{requires}\n\n"
    )
    entries = "\n".join(f"{key} = {value}" for key, value in declared["entry-points"]["burnish"].items())
    (info / "entry_points.txt").write_text(f"[burnish]\n{entries}\n")


SEVERAL = ("restorer", "metric", "gate", "observer")
"""One plugin of several kinds."""


def _options(kinds: Sequence[str]) -> list[str]:
    """``--kind a --also b --also c``, and flags as they are."""
    first, *others = kinds
    more = [word for other in others for word in ([other] if other.startswith("--") else ["--also", other])]
    return ["--kind", first, *more]


def _found(project: Path, monkeypatch: pytest.MonkeyPatch) -> Host:
    """The host as it finds the project alone, installed."""
    _as_installed(project)
    monkeypatch.syspath_prepend(str(project))
    host = Host(candidates([str(project)]))
    assert [(state.state, state.reason) for state in host.plugins] == [("loaded", "")]
    return host


def _faults(host: Host) -> dict[str, str]:
    """Name of each check that does not hold for anything that the host found → why."""
    others = (entry for kind in DECLARED for entry in installed().entries(kind).values())
    catalog = Catalog([*host.entries, *others])
    found: dict[str, str] = {}
    for entry in host.entries:
        findings = check(entry.id, catalog, kind=entry.spec.kind)
        assert len(findings) >= (7 if entry.spec.kind in ("commands", "benchmarks") else 9)
        found |= {f"{entry.id} {one.name}": one.message for one in findings if not one.passed}
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_written_is_found_by_the_host_and_conforms(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = tmp_path / "project"
    assert main([f"my-{kind}", "--kind", kind, "--out", str(project)]) == 0
    host = _found(project, monkeypatch)
    assert [entry.id for entry in host.entries] == ([] if kind == "observer" else [f"my-{kind}/my-{kind}"])
    assert _faults(host) == {}


def test_several_kinds_give_one_plugin_with_a_file_for_each(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = tmp_path / "project"
    assert main(["my-many", *_options(SEVERAL), "--out", str(project)]) == 0
    host = _found(project, monkeypatch)
    assert [entry.id for entry in host.entries] == ["my-many/my-many", "my-many/my-many-metric", "my-many/my-many-gate"]
    assert _faults(host) == {}
    written = {path.name for path in (project / "burnish_my_many").iterdir()}
    assert {"restorer.py", "metric.py", "gate.py", "observer.py", "plugin.py"} <= written


def test_a_network_comes_with_weights_that_fit_and_a_card_that_says_what_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = tmp_path / "project"
    assert main(["my-net", "--kind", "restorer", "--weights", "--out", str(project)]) == 0
    assert _faults(_found(project, monkeypatch)) == {}
    assert "Not trained" in (project / "burnish_my_net" / "weights" / "first" / "README.md").read_text()
    assert "id: my-net/my-net" in (project / "recipe.yaml").read_text()


def test_a_picture_an_author_and_an_address_stand_where_an_index_shows_them(tmp_path: Path) -> None:
    project = tmp_path / "project"
    told = ["--author", "Ada", "--url", "https://example.org/mine"]
    main(["my-filter", "--kind", "restorer", *told, "--out", str(project)])
    declared = tomllib.loads((project / "pyproject.toml").read_text())["project"]
    assert declared["authors"] == [{"name": "Ada"}] and declared["urls"] == {"Repository": "https://example.org/mine"}
    assert (project / "LICENSE").read_text().startswith("Apache License")
    assert "docs/picture.jpg" in (project / "README.md").read_text() and (project / "docs" / "picture.jpg").is_file()


def test_weights_without_a_restorer_and_quotes_in_a_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--weights is for restorers"):
        main(["my-filter", "--kind", "metric", "--weights", "--out", str(tmp_path / "p")])
    with pytest.raises(UsageError, match=r"--author: .* has quotes"):
        main(["my-filter", "--kind", "metric", "--author", 'Ada "A"', "--out", str(tmp_path / "p")])


@pytest.mark.slow
@pytest.mark.parametrize(
    "kinds",
    [(*KINDS, "--weights"), *(pytest.param((kind,), marks=pytest.mark.long) for kind in KINDS)],
    ids="-".join,
)
def test_the_written_tests_pass_once_it_is_installed_by_pip(kinds: tuple[str, ...], tmp_path: Path) -> None:
    project, site = tmp_path / "project", tmp_path / "site"
    main([f"burnish-my-{kinds[0]}", *_options(kinds), "--out", str(project)])
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*pip, "--target", str(site), str(project)], check=True, capture_output=True)
    path = f"{site}:{':'.join(entry for entry in sys.path if entry)}"
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(project), str(project)],
        env={"PYTHONPATH": path, "PATH": "", "HOME": str(tmp_path)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "passed" in ran.stdout


@pytest.mark.parametrize("kind", KINDS)
def test_every_written_python_file_is_typed_tidy_and_without_leftover_placeholders(kind: str, tmp_path: Path) -> None:
    project = tmp_path / "project"
    main(["my-thing", "--kind", kind, "--out", str(project)])
    for path in project.rglob("*"):
        assert (
            path.is_dir() or path.suffix == ".jpg" or "${" not in path.read_text().replace("${{ matrix", "")
        )  # the workflow's own
    for path in project.rglob("*.py"):
        compile(path.read_text(), str(path), "exec")
        assert all(len(line) <= 120 for line in path.read_text().splitlines())


@pytest.mark.parametrize("name", ["my-x", "my-rather-long-name-of-a-plugin"])
def test_what_is_written_is_formatted_whatever_its_name_is(name: str, tmp_path: Path) -> None:
    for kind in KINDS:
        main([name, "--kind", kind, "--out", str(tmp_path / kind)])
    main([name, *_options((*KINDS, "--weights")), "--out", str(tmp_path / "all")])
    for words in (["check"], ["format", "--check"]):
        ran = subprocess.run(
            [sys.executable, "-m", "ruff", *words, "--no-cache", "--config", "line-length = 120", str(tmp_path)],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert ran.returncode == 0, ran.stdout + ran.stderr


def test_the_names_follow_from_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["burnish-local-mean", "--kind", "restorer"]) == 0
    project = tmp_path / "burnish-local-mean"
    declared = tomllib.loads((project / "pyproject.toml").read_text())["project"]
    assert declared["name"] == "burnish-local-mean"
    assert declared["entry-points"]["burnish"] == {"local_mean": "burnish_local_mean.plugin"}
    assert "class LocalMean:" in (project / "burnish_local_mean" / "local_mean.py").read_text()
    assert "burnish check local-mean/local-mean" in capsys.readouterr().out


def test_nothing_is_ever_overwritten(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("x")
    with pytest.raises(UsageError, match="never overwritten"):
        main(["my-filter", "--kind", "restorer", "--out", str(tmp_path / "mine")])
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["notes.txt"]


def test_a_place_that_cannot_be_written_is_named_with_the_mend(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match=r"file/mine: cannot be written \(.*\); choose another --out"):
        main(["my-filter", "--kind", "restorer", "--out", str(tmp_path / "file" / "mine")])


@pytest.mark.parametrize(
    "name", ["Median", "my_filter", "1st", "a--b", "class", "burnish", "../x", "burnish-", "plugin"]
)
def test_a_name_that_cannot_be_a_module_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        main([name, "--kind", "restorer", "--out", str(tmp_path / "p")])
    assert list(tmp_path.iterdir()) == []
