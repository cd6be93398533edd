from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from burnish.errors import UsageError
from burnish.evaluation import Benchmark, Scorecard, scorecard
from burnish.evaluation.scorecard import MetricScores
from burnish.inference import load_restorer
from burnish.reporting.folder import result_strips, telling_images, whole_folder, write_folder


def test_a_folder_replaces_an_earlier_evaluation_only_when_all_went_well(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with whole_folder(out) as folder:
        (folder / "scorecard.json").write_text("1")
    with pytest.raises(RuntimeError), whole_folder(out) as folder:
        (folder / "scorecard.json").write_text("2")
        raise RuntimeError
    assert (out / "scorecard.json").read_text() == "1"
    with whole_folder(out) as folder:
        (folder / "scorecard.json").write_text("3")
    assert (out / "scorecard.json").read_text() == "3"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_folder_with_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("x")
    with pytest.raises(UsageError, match="contains other files than an evaluation"), whole_folder(tmp_path):
        pass
    with pytest.raises(UsageError, match="contains other files"), whole_folder(tmp_path / "thesis.tex"):
        pass
    assert (tmp_path / "thesis.tex").read_text() == "x"


def test_scorecard_report_and_strips_come_from_one_evaluation(clean: Path, tmp_path: Path) -> None:
    asked = Benchmark(name="a/noise", clean=clean, degrader="gaussian-noise", metrics=("psnr",))
    card = scorecard(load_restorer("identity", device="cpu"), [asked], pictures=tmp_path / "pictures")
    report = write_folder(tmp_path, card)
    assert Scorecard.model_validate_json((tmp_path / "scorecard.json").read_text()) == card
    assert report.read_text(encoding="utf-8").count("<figure>") == 9
    (first, *rest) = result_strips(card.results["a/noise"], tmp_path / "pictures", label="me")
    assert len(rest) == 2
    assert [panel.label for panel in first.panels] == ["degraded", "me", "clean"]
    assert first.panels[1].figures == {"psnr": card.results["a/noise"].scores["metrics/psnr"].per_image[first.image]}


def test_the_images_shown_reach_from_the_worst_to_the_best(make_scores: Callable[..., MetricScores]) -> None:
    scores = make_scores([float(figure) for figure in (5, 3, 9, 1, 7, 2, 8, 0, 6, 4)])
    assert telling_images(scores, 4) == ["7.png", "1.png", "8.png", "2.png"]
    assert telling_images(make_scores([2.0, 1.0]), 4) == ["1.png", "0.png"]


def test_a_folder_that_holds_what_is_read_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "out" / "pictures").mkdir(parents=True)
    (tmp_path / "out" / "scorecard.json").write_text("1")
    (tmp_path / "link").symlink_to(tmp_path / "out" / "pictures")
    reads = [tmp_path / "link"]
    with (
        pytest.raises(UsageError, match="which is an input and would be replaced"),
        whole_folder(tmp_path / "out", reads=reads),
    ):
        pass
    with whole_folder(tmp_path / "other", reads=reads) as folder:
        (folder / "scorecard.json").write_text("2")
