"""What a run says in the end."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from burnish.console.next_step import command
from burnish_flows.retrain.tracking.summary import lines

RESULT: dict[str, Any] = {
    "model": "denoise",
    "outcome": "promoted",
    "version": "2",
    "champion": "2",
    "champion_before": "1",
    "reason": "passed 1 of 1 gates",
    "figures": {
        "noise25": {
            "metric": "metrics/psnr", "unit": "dB", "images": 5,
            "means": {"degraded": 20.2, "classical/nlm": 28.1, "champion v1": 29.0, "challenger v2": 30.5},
        }
    },
    "report": "/p/scorecard.html",
    "pictures": ["/p/a.png"],
    "sample": "d/a.png",
}  # fmt: skip


def test_a_promotion_names_figures_pages_and_what_to_try_next() -> None:
    text = "\n".join(lines(RESULT, Path("r.yaml")))
    assert text.startswith("denoise v2 is the new champion\n  because passed 1 of 1 gates")
    assert "  classical/nlm    28.100 dB\n" in text
    assert "Scorecard: /p/scorecard.html\nPictures:  /p/a.png\n" in text
    assert "burnish restore d/a.png restored.png --model denoise@champion" in text
    assert "burnish rollback denoise" in text


def test_a_rejection_names_the_champion_that_stays() -> None:
    rejected = RESULT | {"outcome": "rejected", "champion": "1"}
    text = "\n".join(lines(rejected, Path("r.yaml")))
    assert text.startswith("denoise v2 was not promoted (champion: v1)")
    assert "rollback" not in text


def test_a_first_model_that_fails_offers_no_champion() -> None:
    failed = RESULT | {"outcome": "rejected", "champion": "", "champion_before": "", "figures": {}, "report": ""}
    text = "\n".join(lines(failed, Path("r.yaml")))
    assert "(champion: none)" in text
    assert "@champion" not in text


def test_nothing_changed_says_how_to_train_all_the_same() -> None:
    unchanged = {
        "model": "denoise",
        "outcome": "unchanged",
        "version": "1",
        "champion": "1",
        "reason": "nothing changed",
    }
    said, step = lines(unchanged, Path("a recipe.yaml"))
    assert said == "nothing changed"
    assert step == f"To train anyway: {command('retrain', 'a recipe.yaml', '--force')}"


def test_no_picture_to_try_is_offered_where_a_picture_alone_is_not_enough() -> None:
    assert "restore" not in "\n".join(lines(RESULT | {"sample": ""}, Path("r.yaml")))
