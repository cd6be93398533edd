"""Facts about ``burnish check``: a table or JSON of findings, and a status that a script can use."""

from __future__ import annotations

import json

import pytest
from burnish.cli.commands.check import main
from burnish.cli.main import main as burnish
from burnish.plugins.catalog import Catalog, Entry
from burnish.plugins.declarations import RestorerSpec


def test_identity_passes_and_the_table_names_every_fact(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["burnish/identity"]) == 0
    printed = capsys.readouterr().out
    assert "restores any size" in printed and "NO" not in printed
    assert "22 of 22 facts hold" in printed


def test_json_holds_every_finding(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["identity", "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["id"] == "burnish/identity" and record["kind"] == "restorers" and record["passed"] is True
    assert all(set(finding) == {"name", "passed", "message", "asked"} for finding in record["findings"])


@pytest.fixture
def faulty(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = RestorerSpec(
        name="faulty", factory="math:sqrt", summary="Ends.", tasks=frozenset({"denoise"}), receptive_field=1
    )
    catalog = Catalog([Entry(id="test/faulty", spec=spec, distribution="burnish-test", version="1.0")])
    monkeypatch.setattr("burnish.plugins.catalog.installed", lambda: catalog)


def test_a_fault_is_told_and_the_status_is_one(faulty: None, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["faulty"]) == 1
    printed = capsys.readouterr().out
    assert "NO" in printed and "the summary ends with a full stop" in printed


@pytest.mark.parametrize(
    ("words", "fact"),
    [(["identiti"], "did you mean burnish/identity"), (["identity", "--set", "a"], "key=value"), ([], "required")],
)
def test_a_call_that_is_off_is_one_line(words: list[str], fact: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert burnish(["check", *words]) in (1, 2)
    printed = capsys.readouterr().err
    assert fact in printed and printed.count("\n") == 1
