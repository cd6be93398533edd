"""A first version must beat its baselines: the recipe's, else the best installed restorers that need no training."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import pytest
import skimage.data
from burnish.errors import RestorationError
from burnish.evaluation import trial as trials
from burnish.recipe.document import Recipe
from burnish_flows.data.dataset import Pin
from burnish_flows.registry.store import Registry
from burnish_flows.retrain.evaluate import evaluate
from burnish_flows.retrain.scoring import baselines, judging
from burnish_flows.retrain.scoring.baselines import choices, score_baselines, selected
from burnish_flows.retrain.snapshot import Run
from burnish_flows.retrain.tracking.card import model_card
from burnish_flows.retrain.train import train

NOISE = {"id": "degradations/gaussian-noise", "config": {"sigma": 25 / 255}}
GAIN = {"id": "burnish/gain", "config": {"margin": 0.05}}
METHODS = ["bilateral", "bm3d", "guided-filter", "median", "nlm", "total-variation"]


@pytest.fixture
def make(tmp_path: Path, store: str) -> Callable[..., Run]:
    """A run of a small recipe on details of three photographs."""
    for split, names in {"train": ["coffee"], "test": ["astronaut", "chelsea", "camera"]}.items():
        (tmp_path / "data" / split).mkdir(parents=True)
        for name in names:
            picture = getattr(skimage.data, name)()
            detail = picture[120:216, 200:296] if split == "test" else picture[:256, :256]
            detail = detail[..., ::-1] if detail.ndim == 3 else detail
            cv2.imwrite(str(tmp_path / "data" / split / f"{name}.png"), detail)

    def run(**changes: Any) -> Run:
        recipe = {
            "model": "denoise",
            "restorer": {"id": "cnn/dncnn", "config": {"depth": 4, "features": 12}},
            "degrader": NOISE,
            "data": {"validation": ""},
            "training": {
                "budget": {"steps": 60}, "patch": 32, "batch": 4, "precision": "fp32", "cores": 1,
                "learning_rate": 0.001, "ema": 0.9,
            },
            "benchmarks": [{"name": "noise", "degrader": NOISE, "metrics": ["metrics/psnr"]}],
            "gates": [GAIN],
        }  # fmt: skip
        return Run(
            recipe_path=tmp_path / "r.yaml", recipe=Recipe.model_validate(recipe | changes), project=tmp_path,
            fingerprint="a" * 64, pin=Pin(root="data", md5="d.dir", files=0, bytes=0), plugins={},
            tracking_uri=store, quiet=True,
        )  # fmt: skip

    return run


@pytest.fixture
def tried(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The restorers that are really tried, in that order."""
    names: list[str] = []
    original = trials.trial

    def counted(loaded: Any, *arguments: Any, **keywords: Any) -> trials.Trial:
        names.append(loaded.id)
        return original(loaded, *arguments, **keywords)

    monkeypatch.setattr(trials, "trial", counted)
    yield names


def test_a_network_of_60_steps_is_no_champion_beside_the_bilateral_filter(
    make: Callable[..., Run], registry: Registry
) -> None:
    run = make(baselines=[{"id": "classical/bilateral"}])
    scores = evaluate(run, registry, train(run).bundle)
    assert scores.challenger is not None
    result = scores.challenger.card.results["noise"]
    network, noisy = result.scores["metrics/psnr"].mean, result.degraded["metrics/psnr"].mean
    bilateral = scores.baselines["classical/bilateral"].card.results["noise"].scores["metrics/psnr"].mean
    assert noisy + 1 < network < bilateral - 1, "better than its input, and worse than the filter"
    (said,) = judging.judge(run.recipe, scores)
    assert not said.passed
    assert said.reason.startswith("noise (metrics/psnr): -")
    assert "against the baseline classical/bilateral (there is no champion yet); the lower end is not" in said.reason
    assert "\n" not in said.reason
    alone = replace(scores, baselines={})
    assert judging.judge(run.recipe, alone)[0].passed, "the rule before: it only had to beat its input"


def test_where_none_is_named_the_best_two_without_training_are_scored_and_it_is_told_why(
    make: Callable[..., Run], registry: Registry, tried: list[str]
) -> None:
    run = make()
    bundle = train(run).bundle
    scores = evaluate(run, registry, bundle)
    assert tried == [f"classical/{name}" for name in METHODS], "the image is denoised by all of them"
    means = {id: one.card.results["noise"].scores["metrics/psnr"].mean for id, one in scores.baselines.items()}
    assert list(means) == ["classical/bm3d", "classical/nlm"]
    assert scores.challenger is not None
    note = scores.challenger.card.lineage["baselines"]["note"]
    assert note.startswith(
        "the recipe names no baselines; 6 installed restorers without training fit; chosen: classical/bm3d ("
    )
    assert note.endswith("by metrics/psnr on details of noise")
    from burnish.restorer.bundle import read_bundle

    cards = {label: one.card for label, one in scores.baselines.items()}
    card = model_card(run, read_bundle(bundle), scores.challenger.card, cards)
    assert f"Baselines: {note}." in card
    assert "Warning: a baseline beats it on noise: classical/bm3d" in card
    (said,) = judging.judge(run.recipe, scores)
    assert not said.passed and "against the baseline classical/bm3d" in said.reason
    assert choices(run) == [one.choice for one in selected(run).fit[:2]]
    assert len(tried) == len(METHODS), "what was chosen is kept"


def test_for_super_resolution_it_is_the_bicubic_enlargement_by_the_same_factor(
    make: Callable[..., Run], tried: list[str]
) -> None:
    smaller = {"id": "degradations/bicubic", "config": {"scale": 4}}
    run = make(
        restorer={"id": "super-resolution/espcn", "config": {"scale": 4}},
        degrader=smaller,
        benchmarks=[{"name": "x4", "degrader": smaller, "metrics": ["metrics/psnr-y"], "colour": "y"}],
    )
    assert [(one.id, one.config) for one in choices(run)] == [("classical/bicubic", {"scale": 4})]
    assert "1 installed restorer without training fits; chosen: classical/bicubic (" in selected(run).sentence()
    assert tried == ["classical/bicubic"]


def test_a_method_that_would_take_hours_is_left_out_by_name(
    make: Callable[..., Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(loaded: Any, *_: Any) -> trials.Trial:
        seconds = 7200.0 if loaded.id == "classical/bm3d" else 1.0
        best = {"classical/bm3d": 31.0, "classical/nlm": 29.0, "classical/median": 28.0}
        mean = best.get(loaded.id, 20.0)
        return trials.Trial(metric="metrics/psnr", unit="dB", higher_is_better=True, mean=mean, seconds=seconds)

    monkeypatch.setattr(trials, "trial", slow)
    run = make()
    assert [one.id for one in choices(run)] == ["classical/nlm", "classical/median"]
    assert (
        "classical/bm3d is left out: it would take about 120 minutes; name it under baselines"
        in selected(run).sentence()
    )


def test_a_chosen_one_that_fails_is_left_out_and_a_named_one_fails_the_run(
    make: Callable[..., Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    run, original = make(), baselines.score
    first, second, third = (one.id for one in selected(run).fit[:3])

    def fails(run: Run, loaded: Any, **keywords: Any) -> Any:
        if loaded.id == first:
            raise RestorationError("out of memory")
        return original(run, loaded, **keywords)

    monkeypatch.setattr(baselines, "score", fails)
    made = score_baselines(run)
    assert list(made.scored) == [second, third]
    assert made.selection is not None
    assert f"{first} is left out: out of memory" in made.selection.sentence()
    with pytest.raises(RestorationError, match="out of memory"):
        score_baselines(make(baselines=[{"id": first}]))


def test_the_benchmark_and_metric_that_a_gate_names_choose(make: Callable[..., Run]) -> None:
    metrics = ["metrics/psnr", "metrics/ssim"]
    weak = {"id": NOISE["id"], "config": {"sigma": 0.02}}
    benchmarks = [{"name": name, "degrader": one, "metrics": metrics} for name, one in (("a", NOISE), ("b", weak))]
    run = make(benchmarks=benchmarks, gates=[{"id": "burnish/gain", "config": {"benchmark": "b", "metric": "ssim"}}])
    selection = selected(run)
    assert (selection.benchmark, selection.metric, selection.unit) == ("b", "metrics/ssim", "")


def test_without_benchmarks_nothing_is_chosen(make: Callable[..., Run]) -> None:
    assert choices(make(benchmarks=[], gates=[])) == []
    assert score_baselines(make(benchmarks=[], gates=[])).scored == {}
