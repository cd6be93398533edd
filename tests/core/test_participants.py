"""Whose code takes part: what is named and what its settings name; their files, and no others, make the digest."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from burnish import DegraderSpec, RestorerSpec
from burnish.catalog import Catalog, Entry
from burnish.participants import code_digest, involved


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


@pytest.mark.parametrize(
    ("file", "counts"),
    [
        ("part_net/__init__.py", True),
        ("part_net/deep/new.py", True),
        ("part_net/weights/small/bundle.json", True),
        ("part_net/README.md", False),
        ("part_noise/__init__.py", False),
    ],
)
def test_python_files_and_descriptions_of_weights_of_who_takes_part_make_the_digest(
    catalog: Catalog, tmp_path: Path, file: str, counts: bool
) -> None:
    entries = involved([("restorers", "net", {})], catalog)
    first = code_digest(entries)
    (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / file).write_text("x = 2\n")
    assert (code_digest(entries) != first) == counts
    assert "part_net" not in sys.modules


def test_of_a_plugin_that_is_one_module_its_file_alone_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "part_single.py").write_text("x = 1\n")
    spec = RestorerSpec(name="net", factory="part_single:x", summary="s")
    entries = [Entry(id="single/net", spec=spec, distribution="burnish-single", version="1.0")]
    first = code_digest(entries)
    (tmp_path / "neighbour.py").write_text("x = 2\n")
    assert code_digest(entries) == first, "what lies beside it in site-packages does not count"
    (tmp_path / "part_single.py").write_text("x = 2\n")
    assert code_digest(entries) != first
