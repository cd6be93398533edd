"""Running a leaderboard: real answers beside quoted ones, kept for the next time, whoever fails."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from burnish.cli.commands.leaderboard import main
from burnish.evaluation import evaluate
from burnish.io import Picture, write_picture
from burnish.plugins.catalog import Catalog, Entry, installed
from burnish.plugins.declarations import BenchmarkSpec, RestorerSpec
from burnish.reporting.leaderboard import Board, run

pytest.importorskip("burnish_metrics")
pytest.importorskip("burnish_degradations")

SPEC = BenchmarkSpec(
    name="noise",
    summary="Noise",
    degrader="degradations/gaussian-noise",
    degrader_config={"sigma": 0.1},
    metrics=("metrics/psnr",),
    images="SetX",
    published={"Paper": {"metrics/psnr": 40.0}},
)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data" / "test" / "SetX"
    folder.mkdir(parents=True)
    for index in range(2):
        pixels = np.random.default_rng(index).integers(0, 256, (24, 28, 3), dtype=np.uint8)
        write_picture(folder / f"{index}.png", Picture(pixels=pixels))
    return tmp_path / "data"


@pytest.fixture
def catalog() -> Catalog:
    known = installed()
    kept = [known.get("restorers", "burnish/identity"), known.get("degraders", SPEC.degrader)]
    broken = RestorerSpec(name="broken", factory="fractions:Fraction", summary="t", tasks=frozenset({"denoise"}))
    extra = [
        Entry(id="test/broken", spec=broken, distribution="burnish-test", version="1"),
        Entry(id="test/noise", spec=SPEC, distribution="burnish-test", version="1"),
        known.get("metrics", "metrics/psnr"),
    ]
    return Catalog([*kept, *extra])


@pytest.fixture
def evaluated(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The restorers that were really run, in turn."""
    ids: list[str] = []

    def counted(loaded: Any, *rest: Any, **more: Any) -> Any:
        ids.append(loaded.id)
        return evaluate(loaded, *rest, **more)

    monkeypatch.setattr("burnish.reporting.leaderboard.running.evaluate", counted)
    return ids


def asked(catalog: Catalog, data: Path, out: Path) -> Board:
    (board,) = run([catalog.get("benchmarks", "noise")], data=data, out=out, catalog=catalog, quiet=True)
    return board


def test_run_and_quoted_rows_stand_beside_each_other_and_a_failure_says_why(
    catalog: Catalog, data: Path, tmp_path: Path
) -> None:
    board = asked(catalog, data, tmp_path / "out")
    rows = {(row.source, row.name): row for row in board.rows}
    assert set(rows) == {("quoted", "Paper"), ("run", "input"), ("run", "burnish/identity"), ("failed", "test/broken")}
    identity = rows["run", "burnish/identity"]
    assert identity.figures["metrics/psnr"] == rows["run", "input"].figures["metrics/psnr"]
    assert 19 < identity.figures["metrics/psnr"] < 21
    assert (identity.images, identity.device, identity.parameters) == (2, "cpu", 0)
    assert "cannot be called" in rows["failed", "test/broken"].reason


def test_an_answer_is_kept_until_the_pictures_change(
    catalog: Catalog, data: Path, tmp_path: Path, evaluated: list[str]
) -> None:
    first = asked(catalog, data, tmp_path / "out")
    evaluated.clear()
    assert asked(catalog, data, tmp_path / "out").rows == first.rows
    assert evaluated == []
    write_picture(data / "test" / "SetX" / "0.png", Picture(pixels=np.zeros((24, 28, 3), np.uint8)))
    asked(catalog, data, tmp_path / "out")
    assert evaluated == ["burnish/identity"]


def test_an_answer_is_kept_until_the_restorers_code_changes(
    catalog: Catalog, data: Path, tmp_path: Path, evaluated: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    code = tmp_path / "edited_while_developed.py"
    code.write_text("def same(): return lambda degraded: degraded\n")
    spec = RestorerSpec(
        name="edited", factory="edited_while_developed:same", summary="t", tasks=frozenset({"denoise"}),
        deterministic=True,
    )  # fmt: skip
    kinds = ("restorers", "degraders", "metrics", "benchmarks")
    known = [entry for kind in kinds for entry in catalog.entries(kind).values() if entry.id != "test/broken"]
    catalog = Catalog([*known, Entry(id="test/edited", spec=spec, distribution="burnish-test", version="1")])
    for _ in range(2):
        asked(catalog, data, tmp_path / "out")
    assert evaluated == ["burnish/identity", "test/edited"]
    code.write_text("def same(): return lambda degraded: degraded * 1.0\n")
    asked(catalog, data, tmp_path / "out")
    assert evaluated == ["burnish/identity", "test/edited", "test/edited"], "its version is the same, its code is not"


def test_the_command_writes_the_page_and_the_record(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (data / "test" / "SetX").rename(data / "Set5")
    words = ["--data", str(data), "--benchmarks", "set5-x2", "--restorers", "bicubic", "--out", str(tmp_path / "out")]
    pytest.importorskip("burnish_classical")
    assert main(words) == 0
    page = (tmp_path / "out" / "leaderboard.md").read_text()
    assert capsys.readouterr().out == page
    assert "`classical/bicubic`" in page
    assert "| VDSR | 37.53" in page
    record = json.loads((tmp_path / "out" / "leaderboard.json").read_text())
    sources = {row["name"]: row["source"] for row in record["metrics/set5-x2"]}
    assert (sources["classical/bicubic"], sources["VDSR"]) == ("run", "quoted")
