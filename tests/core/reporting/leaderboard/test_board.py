"""A board: best first in the metric's direction, quoted told from run, failures named."""

from __future__ import annotations

from burnish.plugins.declarations import BenchmarkSpec
from burnish.reporting.leaderboard import Board, Row, markdown

SPEC = BenchmarkSpec(name="b", summary="A question", degrader="d", metrics=("m/gain", "m/cost"), images="Set9")
ROWS = [
    Row(name="input", source="run", figures={"m/gain": 20.0, "m/cost": 3.0}, images=5, device="cpu"),
    Row(
        name="p/one",
        source="run",
        figures={"m/gain": 30.0, "m/cost": 1.0},
        images=5,
        seconds_per_megapixel=0.1234,
        peak_memory_mb=12.4,
        parameters=1234567,
        device="cpu",
    ),
    Row(name="Paper", source="quoted", figures={"m/gain": 31.0}),
    Row(name="p/broken", source="failed", reason="it fell over"),
    Row(name="input", source="run", figures={"m/gain": 20.0, "m/cost": 3.0}, images=5, device="cpu"),
]
BOARD = Board(benchmark="x/b", spec=SPEC, rows=ROWS)


def test_rows_are_ranked_by_the_leading_metric_and_each_name_comes_once() -> None:
    assert [row.name for row in BOARD.ranked(falling=[])] == ["Paper", "p/one", "input", "p/broken"]
    assert [row.name for row in BOARD.ranked(falling=["m/gain"])] == ["input", "p/one", "Paper", "p/broken"]


def test_the_page_tells_what_was_run_from_what_is_quoted() -> None:
    page = markdown([BOARD], units={"m/gain": "dB", "m/cost": ""}, falling=["m/cost"])
    assert "A question. Set9, 5 images, cpu." in page
    assert "| restorer | gain dB | cost ↓ | s/MP | MiB | parameters |  |" in page
    assert "| Paper | 31.00 |  |  |  |  | *quoted* |" in page
    assert "| `p/one` | 30.00 | 1.0000 | 0.123 | 12 | 1 234 567 |  |" in page
    assert "- p/broken failed: it fell over" in page


def test_a_set_that_is_not_there_leaves_the_quoted_rows() -> None:
    absent = Board(benchmark="x/b", spec=SPEC, rows=ROWS[2:3], there=False)
    page = markdown([absent], units={"m/gain": "dB", "m/cost": ""}, falling=[])
    assert "Set9: not available, nothing was run." in page
    assert "| Paper | 31.00" in page
