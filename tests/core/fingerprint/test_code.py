"""A result is made of who is named, of what computes it, and of libraries that can move a number; of nothing else."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import burnish
import pytest
from burnish import DegraderSpec, RestorerSpec
from burnish.fingerprint.code import JUDGING, LEFT_OUT, RESTORING, SCORING, TRAINING, code, differences, involved
from burnish.fingerprint.source import module_file
from burnish.plugins.catalog import Catalog, Entry


@pytest.fixture
def catalog(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Catalog:
    """Plugins whose packages lie in ``tmp_path`` and raise when they are imported."""
    monkeypatch.syspath_prepend(str(tmp_path))
    for name in ("part_net", "part_noise"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise RuntimeError('must not be imported')\n")
    settings = {"solver": {"type": "string", "default": "net/net"}}
    specs: list[tuple[str, Any]] = [
        ("net/net", RestorerSpec(name="net", factory="part_net.code:x", summary="s")),
        ("net/asks", RestorerSpec(name="asks", factory="part_net.code:x", summary="s", config=settings)),
        ("net/outer", RestorerSpec(name="outer", factory="part_net.code:x", summary="s")),
        ("net/may", RestorerSpec(name="may", factory="part_net.code:x", summary="s", asks=("net/net:w", "far/gone"))),
        ("noise/noise", DegraderSpec(name="noise", factory="part_noise.code:x", summary="s")),
        ("noise/two", DegraderSpec(name="two", factory="part_noise.code:x", summary="s")),
    ]
    return Catalog(
        Entry(id=name, spec=spec, distribution=f"burnish-{name.split('/')[0]}", version="1.0") for name, spec in specs
    )


def _names(entries: list[Entry]) -> list[str]:
    return [entry.id for entry in entries]


def test_what_settings_and_defaults_name_is_involved_too(catalog: Catalog) -> None:
    steps = {"steps": [{"id": "noise/noise", "config": {"sigma": 1}}]}
    assert _names(involved([("degraders", "noise/two", steps)], catalog)) == ["noise/noise", "noise/two"]
    assert _names(involved([("restorers", "asks", {})], catalog)) == ["net/asks", "net/net"]
    assert _names(involved([("restorers", "net", {})], catalog)) == ["net/net"]


def test_what_a_restorer_may_ask_by_itself_is_involved_where_it_is_installed(catalog: Catalog) -> None:
    assert _names(involved([("restorers", "may", {})], catalog)) == ["net/may", "net/net"]


def test_of_all_that_is_named_everyone_counts_once(catalog: Catalog) -> None:
    asks, noise = ("restorers", "asks", {}), ("degraders", "noise", {})
    assert _names(involved([asks, noise, asks], catalog)) == ["net/asks", "net/net", "noise/noise"]


def test_what_stands_twice_with_different_settings_brings_along_what_either_names(catalog: Catalog) -> None:
    told, left = {"id": "net/asks", "config": {"solver": "net/outer"}}, {"id": "net/asks"}
    for order in ([told, left], [left, told]):
        named = [("restorers", "outer", {"restorer": one}) for one in order]
        assert _names(involved(named, catalog)) == ["net/asks", "net/net", "net/outer"]


@pytest.fixture
def network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The package of ``net/net``: a network, a helper, a data file that it names, and shipped weights."""
    monkeypatch.syspath_prepend(str(tmp_path))
    files = {
        "own_net/__init__.py": "",
        "own_net/code.py": "from own_net import helper\nimport cv2\nDATA = 'table.npz'\nx = 1\n",
        "own_net/helper.py": "y = 1\n",
        "own_net/plugin.py": "import own_net.code\n",
        "own_net/other.py": "z = 1\n",
        "own_net/models/table.npz": "1",
        "own_net/models/notes.npz": "1",
        "own_net/weights/small/bundle.json": "{}",
        "own_net/weights/else/bundle.json": "{}",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def _entry(**facts: Any) -> Entry:
    said = {"factory": "own_net.code:x", "summary": "s", "weights": {"small": "weights/small"}, **facts}
    spec = RestorerSpec(name="net", **said)
    return Entry(id="net/net", spec=spec, distribution="burnish-net", version="1.0")


@pytest.mark.parametrize(
    ("file", "counts"),
    [
        ("own_net/code.py", True),
        ("own_net/helper.py", True),
        ("own_net/models/table.npz", True),
        ("own_net/weights/small/bundle.json", True),
        ("own_net/weights/else/bundle.json", False),
        ("own_net/models/notes.npz", False),
        ("own_net/plugin.py", False),
        ("own_net/other.py", False),
        ("own_net/README.md", False),
    ],
)
def test_of_a_package_counts_what_the_implementation_imports_and_names(network: Path, file: str, counts: bool) -> None:
    first = code([_entry()], []).digest()
    path = network / file
    path.write_text((path.read_text() if path.exists() else "") + "\nnew = 2\n")
    assert (code([_entry()], []).digest() != first) == counts
    assert "own_net" not in sys.modules


@pytest.mark.parametrize(
    ("facts", "counts"),
    [
        ({"config": {"depth": {"default": 3}}}, True),
        ({"light": "linear"}, True),
        ({"factory": "own_net.code:y"}, True),
        ({"learner": "own_net.other:z"}, True),
        ({"summary": "in other words"}, False),
        ({"reference": "doi"}, False),
        ({"config": {"depth": {"default": 2, "description": "in other words", "maximum": 9}}}, False),
    ],
)
def test_of_a_declaration_count_defaults_and_facts_and_no_words(
    network: Path, facts: dict[str, Any], counts: bool
) -> None:
    first = code([_entry(config={"depth": {"default": 2}})], []).digest()
    now = code([_entry(**{"config": {"depth": {"default": 2}}, **facts})], []).digest()
    assert (now != first) == counts


@pytest.mark.parametrize("library", ["numpy", "torch", "opencv-python-headless"])
def test_another_version_of_a_library_that_computes_changes_the_digest_and_is_named(
    network: Path, monkeypatch: pytest.MonkeyPatch, library: str
) -> None:
    before = code([_entry()], SCORING)
    known = before.libraries[library]
    monkeypatch.setattr("burnish.fingerprint.code.version", lambda name: "99.0" if name == library else version(name))
    after = code([_entry()], SCORING)
    assert after.digest() != before.digest()
    assert differences(before.as_json(), after.as_json()) == [f"{library} {known} → 99.0"]


def test_libraries_that_print_or_check_do_not_count() -> None:
    found = code([], {*TRAINING, *RESTORING, *SCORING, *JUDGING}).libraries
    assert not {"rich", "pluggy", "pydantic", "PyYAML", "Jinja2", "MarkupSafe"} & found.keys()


def test_differences_name_modules_and_are_not_too_many() -> None:
    before = {"modules": {f"m{i}": f"{i}" for i in range(9)}, "libraries": {"numpy": "1"}}
    after = {"modules": {**before["modules"], "m3": "x"}, "libraries": {"numpy": "1"}}
    assert differences(before, after) == ["m3"]
    moved = {"modules": {("room.m3" if name == "m3" else name): value for name, value in before["modules"].items()}}
    assert differences(before, {**after, **moved}) == []
    anew = {"modules": {name: "y" + value for name, value in before["modules"].items()}}
    assert differences(before, anew, most=4) == ["numpy 1 → not used", "m0", "m1", "7 more"]


def test_what_is_left_out_is_there() -> None:
    assert [name for name in LEFT_OUT if module_file(name) is None] == []


HOST = """
import json, sys
from pathlib import Path
from burnish.plugins.catalog import installed
from burnish.fingerprint.code import JUDGING, SCORING, TRAINING, code, involved
named = [
    (kind, name, {})
    for kind, name in {
        "restorers": "cnn/dncnn", "degraders": "degradations/gaussian-noise", "metrics": "metrics/psnr"
    }.items()
]
digest = lambda: code(involved(named, installed()), {*TRAINING, *SCORING, *JUDGING}).digest()
first, told = digest(), {}
for name, texts in json.loads(sys.argv[1]).items():
    before = {path: path.read_text() for path in Path(sys.argv[2]).rglob("*.py" if name == "everywhere" else name)}
    for path, text in before.items():
        path.write_text(text + texts)
    told[name] = digest() != first
    for path, text in before.items():
        path.write_text(text)
print(json.dumps(told))
"""


def test_of_the_host_counts_what_computes_and_no_report_no_progress_and_no_command(tmp_path: Path) -> None:
    """On a copy of the host, whose files are changed one after the other."""
    shutil.copytree(Path(burnish.__file__).parent, tmp_path / "burnish", ignore=shutil.ignore_patterns("__pycache__"))
    code = "\n_ADDED = 1\n"
    silent = (
        "console/progress",
        "console/output",
        "cli/main",
        "reporting/report",
        "reporting/figures",
        "console/templating",
        "cli/commands/restore",
        "errors",
    )
    loud = (
        "training/optim/losses", "training/callbacks/averaging", "inference/tiling/tiles", "io/tensors",
        "evaluation/statistics/bootstrap", "plugins/configuration", "builtin/gates", "io/formats/tiff_reading",
    )  # fmt: skip
    edits = {"everywhere": "\n# A comment.\n", **{f"{name}.py": code for name in (*silent, *loud)}}
    done = subprocess.run(
        [sys.executable, "-c", HOST, json.dumps(edits), str(tmp_path)],
        env={**os.environ, "PYTHONPATH": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(done.stdout) == {
        "everywhere": False,
        **{f"{name}.py": False for name in silent},
        **{f"{name}.py": True for name in loud},
    }
