"""A retraining calibrates intervals: they are judged, drawn, registered, given to consumers, followed by monitor."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from test_drift import scenes
from workshop import GATES, Project

pytestmark = [pytest.mark.slow, pytest.mark.system]

UNCERTAINTY = "uncertainty: {confidence: 0.0}\nbenchmarks:"
GATE = "{id: burnish/coverage, config: {coverage: 0.8, tolerance: 0.15}}"
FIRST = "{id: burnish/gain, config: {margin: -20, margin_over_input: -20}}"


def the_champion_keeps_its_promise_and_the_report_shows_it(project: Project) -> None:
    result = project.retrain(project.recipe("r.yaml", 30, gates=(FIRST, GATE), **{"benchmarks:": UNCERTAINTY}))
    assert (result["outcome"], result["champion"]) == ("promoted", "1")
    assert result["seconds"]["calibrate"] > 0
    page = Path(result["report"])
    text = page.read_text()
    assert "<h2>Intervals</h2>" in text
    assert "What the worst picture rests on" in text
    assert page.with_name("explanation.html").is_file()
    assert list((page.parent / "intervals").glob("*.png"))
    (judged,) = [one for one in project.history()[-1]["judgements"] if one["gate"] == "burnish/coverage"]
    assert judged["passed"]
    (noted,) = [one for one in project.history()[-1]["judgements"] if one["gate"] == "burnish/trust"]
    assert noted["figures"]["noise25 coverage"]["measured"] == pytest.approx(0.9, abs=0.15)


def a_consumer_gets_the_intervals_of_the_champion(project: Project) -> None:
    picture = next((project.root / "pictures" / "test").glob("*.png"))
    project.burnish("restore", str(picture), "out.png", "--model", "tiny@champion", "--coverage", "0.8")
    low, high = (cv2.imread(str(project.root / f"out-{end}.png")).astype(int) for end in ("low", "high"))
    assert (low <= high).all()
    assert (high - low).mean() > 4


def other_intervals_are_a_new_version_of_the_same_weights(project: Project) -> None:
    words = {"benchmarks:": UNCERTAINTY.replace("}", ", width: constant}")}
    result = project.retrain(project.recipe("constant.yaml", 30, gates=(*GATES, GATE), **words))
    assert (result["outcome"], result["version"], result["champion"]) == ("rejected", "2", "1")
    assert result["training"]["taken_from"] == "1"
    assert "+0.000 dB" in result["reason"]


def pictures_of_another_kind_are_found_by_the_width_of_their_intervals(project: Project) -> None:
    inbox = project.root / "inbox"
    inbox.mkdir()
    draw = np.random.default_rng(1)
    for index, scene in zip(range(12), scenes(), strict=False):
        noisy = scene[:, :, ::-1] + 255 * 0.3 * draw.normal(size=scene.shape)
        cv2.imwrite(str(inbox / f"{index}.png"), np.clip(noisy, 0, 255).round().astype(np.uint8))
    found = json.loads(project.burnish("monitor", "tiny@champion", "inbox", "--json"))
    width = found["measures"]["interval_width"]
    assert width["state"] == "outside"
    assert width["median"] > width["highest"]


@pytest.mark.long
def test_intervals_from_the_recipe_to_the_consumer(project: Project) -> None:
    supply = scenes()
    folder = project.root / "pictures" / "calibration"
    folder.mkdir()
    for number in range(24):
        cv2.imwrite(str(folder / f"{number}.png"), next(supply)[:, :, ::-1])
    for number in range(8):
        cv2.imwrite(str(project.root / "pictures" / "train" / f"more-{number}.png"), next(supply)[:, :, ::-1])
    project.burnish("data", "add", "pictures")
    the_champion_keeps_its_promise_and_the_report_shows_it(project)
    a_consumer_gets_the_intervals_of_the_champion(project)
    other_intervals_are_a_new_version_of_the_same_weights(project)
    pictures_of_another_kind_are_found_by_the_width_of_their_intervals(project)
