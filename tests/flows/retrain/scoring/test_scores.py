"""Answers are kept by what they were made of, and a breaking challenger is a fact and no failure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch
from burnish.errors import RegistryError, RestorationError
from burnish.inference import load_restorer
from burnish.recipe.document import Recipe
from burnish.restorer.bundle import write_bundle
from burnish_flows.data.dataset import Pin
from burnish_flows.registry.store import Registry
from burnish_flows.retrain.evaluate import evaluate
from burnish_flows.retrain.scoring import parallel_evaluation
from burnish_flows.retrain.scoring.baselines import score_baselines
from burnish_flows.retrain.scoring.scores import Scored, Way
from burnish_flows.retrain.snapshot import Run

PIN = Pin(root="data", md5="d.dir", files=0, bytes=0)
THREADS = torch.get_num_threads()
NOISE = {"id": "degradations/gaussian-noise", "config": {"sigma": 0.1}}


def _run(root: Path, store: str, **changes: Any) -> Run:
    recipe = Recipe.model_validate(
        {
            "model": "denoise",
            "restorer": {"id": "cnn/dncnn"},
            "degrader": NOISE,
            "training": {"budget": {"steps": 1}},
            "benchmarks": [{"name": "noise", "degrader": NOISE, "metrics": ["metrics/psnr"]}],
            "baselines": [{"id": "burnish/identity"}, {"id": "classical/median"}],
        }
        | changes
    )
    return Run(
        recipe_path=root / "r.yaml", recipe=recipe, project=root, fingerprint="a" * 64, pin=PIN, plugins={},
        tracking_uri=store, quiet=True,
    )  # fmt: skip


def _baselines(run: Run, way: Way = "alone") -> Mapping[str, Scored]:
    return score_baselines(run, way).scored


@pytest.fixture
def run(tmp_path: Path, store: str) -> Run:
    (tmp_path / "data" / "test").mkdir(parents=True)
    pixels = np.random.default_rng(0).integers(0, 256, (24, 31, 3), dtype=np.uint8)
    cv2.imwrite(str(tmp_path / "data" / "test" / "a.png"), cv2.GaussianBlur(pixels, (0, 0), 3))
    return _run(tmp_path, store)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Which restorers were really asked."""
    from burnish import evaluation as module

    names: list[str] = []
    original = module.evaluate

    def counted(loaded: Any, *arguments: Any, **keywords: Any) -> Any:
        names.append(loaded.id)
        return original(loaded, *arguments, **keywords)

    monkeypatch.setattr(module, "evaluate", counted)
    return names


def test_baselines_are_scored_once_and_then_known(run: Run, asked: list[str]) -> None:
    first = _baselines(run)
    again = _baselines(run)
    assert asked == ["burnish/identity", "classical/median"]
    assert first["classical/median"].card.results == again["classical/median"].card.results
    assert first["burnish/identity"].card.results["noise"].scores["metrics/psnr"].mean == pytest.approx(20, abs=0.6)


def test_pictures_are_kept_with_the_answer(run: Run) -> None:
    folder = _baselines(run)["classical/median"].pictures["noise"]
    assert sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*.png")) == [
        "degraded/a.png", "estimate/a.png", "target/a.png",
    ]  # fmt: skip


def test_other_pictures_are_asked_anew(run: Run, asked: list[str]) -> None:
    _baselines(run)
    picture = run.project / "data" / "test" / "a.png"
    cv2.imwrite(str(picture), 255 - cv2.imread(str(picture)))
    _baselines(run)
    assert len(asked) == 4


def test_another_seed_of_the_benchmark_is_another_question(run: Run, asked: list[str], store: str) -> None:
    _baselines(run)
    benchmarks = [{"name": "noise", "degrader": NOISE, "metrics": ["metrics/psnr"], "seed": 1}]
    _baselines(_run(run.project, store, benchmarks=benchmarks))
    assert len(asked) == 4


def test_a_renamed_benchmark_is_the_same_question_under_its_new_name(run: Run, asked: list[str], store: str) -> None:
    _baselines(run)
    benchmarks = [{"name": "renamed", "degrader": NOISE, "metrics": ["metrics/psnr"]}]
    scored = _baselines(_run(run.project, store, benchmarks=benchmarks))
    assert len(asked) == 2
    assert scored["classical/median"].card.results["renamed"].benchmark == "renamed"


def test_other_weights_are_asked_anew_and_the_same_weights_are_not(
    run: Run, registry: Registry, asked: list[str], tmp_path: Path
) -> None:
    network = load_restorer("cnn/dncnn", {"depth": 2, "features": 2, "channels": 3}, untrained=True)
    weights = network.restorer.state_dict()  # type: ignore[attr-defined]
    for name, factor in (("one", 1.0), ("copy", 1.0), ("other", 0.5)):
        scaled = {key: value * factor if value.is_floating_point() else value for key, value in weights.items()}
        write_bundle(
            tmp_path / name, restorer=network.id, config=network.config, weights=scaled,
            distribution=network.distribution, version=network.version,
        )  # fmt: skip
        evaluate(run, registry, tmp_path / name)
    assert asked.count("cnn/dncnn") == 2


def test_answers_made_side_by_side_have_the_same_scores_and_are_timed_alone(run: Run, asked: list[str]) -> None:
    alone = _baselines(run)["classical/median"]
    parallel_evaluation.answer.fn(
        run.model_dump(mode="json", exclude_unset=True), {"id": "median", "config": {}}, "noise", THREADS
    )
    assert asked == ["burnish/identity", "classical/median", "classical/median"]
    timed = _baselines(run, "timed")["classical/median"]
    assert timed.card.results["noise"].scores == alone.card.results["noise"].scores
    assert timed.card.results["noise"].timings.keys() == {"a.png"}
    assert asked.count("classical/median") == 3, "one alone, one beside, one of its first pictures for the time"
    assert _baselines(run)["classical/median"].card.results == alone.card.results, "kept apart"
    estimate = Path("estimate", "a.png")
    assert (timed.pictures["noise"] / estimate).read_bytes() == (alone.pictures["noise"] / estimate).read_bytes()


def test_challenger_champion_and_baselines_are_asked_side_by_side_as_plain_values(
    run: Run, registry: Registry, tmp_path: Path
) -> None:
    assert list(parallel_evaluation.subjects(run, registry, tmp_path)) == [
        {"bundle": str(tmp_path)},
        {"id": "burnish/identity", "config": {}},
        {"id": "classical/median", "config": {}},
    ]


def test_a_champion_whose_files_are_gone_is_told_with_its_mend_side_by_side_too(
    run: Run, registry: Registry, registered: Callable[..., str], tmp_path: Path
) -> None:
    number = registered()
    registry.client.set_registered_model_alias("denoise", "champion", number)
    with pytest.raises(RegistryError, match=r"it is champion: .*burnish rollback denoise"):
        list(parallel_evaluation.subjects(run, registry, tmp_path))


def test_a_challenger_that_makes_no_picture_is_a_fact_and_no_failure(
    run: Run, registry: Registry, tmp_path: Path
) -> None:
    network = load_restorer("cnn/dncnn", {"depth": 2, "features": 2, "channels": 3}, untrained=True)
    weights = network.restorer.state_dict()  # type: ignore[attr-defined]
    ruined = {k: torch.full_like(v, float("nan")) if v.is_floating_point() else v for k, v in weights.items()}
    write_bundle(
        tmp_path / "ruined", restorer=network.id, config=network.config, weights=ruined,
        distribution=network.distribution, version=network.version,
    )  # fmt: skip
    scores = evaluate(run, registry, tmp_path / "ruined")
    assert scores.challenger is None
    assert "cnn/dncnn" in scores.failure
    assert scores.baselines.keys() == {"burnish/identity", "classical/median"}


def test_an_answer_that_breaks_off_leaves_nothing_behind(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    from burnish import evaluation as module

    def breaks(*arguments: Any, pictures: Path, **keywords: Any) -> None:
        pictures.mkdir(parents=True)
        raise RestorationError("broke")

    monkeypatch.setattr(module, "evaluate", breaks)
    with pytest.raises(RestorationError, match="broke"):
        _baselines(run)
    assert list((run.home.cache / "scores").iterdir()) == []
