"""The report explains the place with the largest error of the worst picture; a restorer without gradient has none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from burnish.inference import load_bundle, load_restorer
from burnish.recipe.document import Recipe
from burnish_flows.data.dataset import Pin
from burnish_flows.retrain import worst_picture
from burnish_flows.retrain.scoring.scores import Scored, score
from burnish_flows.retrain.snapshot import Run
from burnish_flows.retrain.train import train
from burnish_flows.retrain.worst_picture import PAGE, explained, worst_of

NOISE = {"id": "degradations/gaussian-noise", "config": {"sigma": 0.1}}


def _run(project: Path, **benchmark: Any) -> Run:
    recipe = Recipe.model_validate(
        {
            "model": "denoise",
            "restorer": {"id": "cnn/dncnn", "config": {"depth": 3, "features": 8}},
            "degrader": NOISE,
            "data": {"validation": ""},
            "training": {"budget": {"steps": 2}, "patch": 16, "batch": 2, "precision": "fp32", "cores": 1},
            "benchmarks": [{"name": "test", "degrader": NOISE, "metrics": ["metrics/psnr"], **benchmark}],
        }
    )
    return Run(
        recipe_path=project / "r.yaml", recipe=recipe, project=project, fingerprint="b" * 64,
        pin=Pin(root="data", md5="x", files=0, bytes=0), plugins={}, tracking_uri="sqlite://", quiet=True,
    )  # fmt: skip


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A flat picture, and one whose lower right corner is fine texture, which a smoothing network gets wrong."""
    place = tmp_path_factory.mktemp("worst")
    for split in ("train", "test"):
        (place / "data" / split).mkdir(parents=True)
        flat = np.full((64, 80, 3), 120, np.uint8)
        fine = flat.copy()
        fine[40:56, 56:72] = 255 * (np.indices((16, 16)).sum(axis=0) % 2)[:, :, None]
        cv2.imwrite(str(place / "data" / split / "flat.png"), flat)
        cv2.imwrite(str(place / "data" / split / "fine.png"), fine)
    return place


@pytest.fixture(scope="module")
def bundle(project: Path) -> Path:
    return train(_run(project)).bundle


def _scored(project: Path, bundle: Path) -> Scored:
    return score(_run(project), load_bundle(bundle), subject="denoise challenger")


def test_the_worst_picture_has_the_lowest_score(project: Path, bundle: Path) -> None:
    result = _scored(project, bundle).card.results["test"]
    scores = next(iter(result.scores.values())).per_image
    assert worst_of(result) == min(scores, key=lambda image: scores[image])


def test_its_place_with_the_largest_error_is_explained_with_a_page_beside(
    project: Path, bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scored = _scored(project, bundle)
    result = scored.card.results["test"]
    estimate = scored.pictures["test"] / "estimate" / "fine.png"
    target = cv2.imread(str(scored.pictures["test"] / "target" / "fine.png"))
    wrong = target.copy()
    wrong[40:56, 56:72] = 255 - wrong[40:56, 56:72]
    cv2.imwrite(str(estimate), wrong)
    assert worst_picture._place(scored, result, "fine.png") == pytest.approx((64, 48), abs=1)
    made = explained(_run(project), scored, bundle, tmp_path)
    assert made is not None
    assert (made.page, len(made.pictures)) == (PAGE, 3)
    assert "diffusion index" in made.words
    assert (tmp_path / PAGE).is_file()


def test_nothing_is_explained_that_is_slow_or_has_no_gradient(
    project: Path, bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scored = _scored(project, bundle)
    result = scored.card.results["test"]
    assert not worst_picture._affordable(load_restorer("classical/median"), result)
    slow = result.model_copy(update={"seconds_per_megapixel": 1e5})
    assert not worst_picture._affordable(load_bundle(bundle), slow)


def test_a_failure_is_told_in_the_log_and_ends_no_report(
    project: Path, bundle: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    scored = _scored(project, bundle)
    assert explained(_run(project), scored, project / "gone", tmp_path) is None
    assert "its worst picture could not be explained" in caplog.text
