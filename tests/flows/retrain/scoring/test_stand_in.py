"""Where the champion is gone the best version that is left is offered, and a challenger must beat it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from burnish.cli.main import main
from burnish.errors import RegistryError
from burnish.evaluation.scorecard import BenchmarkResult, Cost, MetricScores, Scorecard
from burnish.recipe.document import Recipe
from burnish_flows.data.dataset import Pin
from burnish_flows.registry import promotion
from burnish_flows.registry.decision import Decision, GateResult
from burnish_flows.registry.promotion import Findings
from burnish_flows.registry.store import FilesGoneError, Registry
from burnish_flows.retrain import decide, snapshot
from burnish_flows.retrain.scoring import stand_in
from burnish_flows.retrain.scoring.scores import Scored, Scores
from burnish_flows.retrain.snapshot import Run
from burnish_flows.retrain.stage import Registered, Retraining
from burnish_flows.runners import Runner

PIN = Pin(root="data", md5="d.dir", files=0, bytes=0)
GOOD = GateResult(gate="burnish/gain", passed=True, reason="better")
BAD = GateResult(gate="burnish/gain", passed=False, reason="worse")
INPUT = 20.0

Register = Callable[..., str]


def _card(psnr: float) -> Scorecard:
    """Three pictures around that mean, whose input has ``INPUT``."""
    scores = [
        MetricScores(
            version=1, protocol={}, unit="dB", mean=mean, per_image={f"{i}.png": mean + i - 1 for i in range(3)}
        )
        for mean in (psnr, INPUT)
    ]
    result = BenchmarkResult(
        benchmark="noise", digest="d", degrader="x/y", data_hash="h", scores={"metrics/psnr": scores[0]},
        degraded={"metrics/psnr": scores[1]}, seconds_per_megapixel=1.0, device="cpu", precision="fp32",
    )  # fmt: skip
    return Scorecard(subject="s", restorer="x/y", results={"noise": result}, cost=Cost(seconds_per_megapixel=1.0))


def _scored(psnr: float) -> Scored:
    return Scored(card=_card(psnr), pictures={})


@pytest.fixture
def run(tmp_path: Path, store: str) -> Run:
    recipe = {"model": "denoise", "restorer": {"id": "x"}, "degrader": {"id": "y"}, "gates": [{"id": "burnish/gain"}],
              "training": {"budget": {"steps": 1}}}  # fmt: skip
    return Run(
        recipe_path=tmp_path / "r.yaml", recipe=Recipe.model_validate(recipe), project=tmp_path, fingerprint="a" * 64,
        pin=PIN, plugins={}, tracking_uri=store,
    )  # fmt: skip


@pytest.fixture
def scored(run: Run, registry: Registry, tmp_path: Path) -> Callable[..., str]:
    """Registers a version whose kept scorecard has that figure; returns its number."""
    client = registry.client
    experiment = client.create_experiment("burnish/denoise", artifact_location=(tmp_path / "artifacts").as_uri())
    known = {"data_md5": "d.dir", "recipe_digest": "r", "plugins": "p==1", "licence": "Apache-2.0"}

    def register(psnr: float, fingerprint: str = "f" * 64) -> str:
        made = client.create_run(experiment).info.run_id
        client.log_text(made, _card(psnr).model_dump_json(), "scorecard.json")
        tags = {**known, "fingerprint": fingerprint}
        return registry.create_version("denoise", source="f:///n", run_id=made, model_id="", tags=tags, card="").number

    return register


@pytest.fixture
def figures(monkeypatch: pytest.MonkeyPatch) -> Callable[[Mapping[str, float]], None]:
    """What each version makes of the present data."""

    def give(means: Mapping[str, float]) -> None:
        monkeypatch.setattr(stand_in, "score_version", lambda run, registry, number: _scored(means[number]))

    return give


def _decide(registry: Registry, number: str, expected: str, judgement: GateResult = GOOD) -> Decision:
    return promotion.decide(
        registry, "denoise", number, Findings(judgements=(judgement,), reason="r", expected=expected), who="w"
    )


def _judged(run: Run, registry: Registry, number: str, psnr: float) -> Decision:
    """What the flow does from the challenger's scores on."""
    scores = stand_in.compared(run, registry, Scores(challenger=_scored(psnr)), number)
    retraining = Retraining(run=run, registry=registry, runner=Runner(kind="threads", workers=1))
    return decide.decide(retraining, Registered(version=registry.version("denoise", number), scores=scores)).decision


def test_a_worse_challenger_is_not_promoted_because_the_champion_was_deleted(
    run: Run, registry: Registry, scored: Callable[..., str], figures: Callable[..., None]
) -> None:
    _decide(registry, scored(31.0), "")
    _decide(registry, scored(30.0), "1", BAD)
    registry.client.delete_model_version("denoise", "1")
    figures({"2": 30.0, "3": 24.0})
    made = _judged(run, registry, scored(24.0), 24.0)
    assert (made.kind, made.compared_with, made.champion_after) == ("rejection", "2", "")
    assert made.reason.startswith("there is no champion, so v2 took its place; burnish/gain: noise")
    figures({"2": 30.0, "3": 24.0})
    better = _judged(run, registry, scored(32.0), 32.0)
    assert (better.kind, better.compared_with, better.champion_after) == ("promotion", "2", "4")


def test_a_version_that_a_baseline_beats_does_not_stand_in(
    run: Run, registry: Registry, scored: Callable[..., str], figures: Callable[..., None]
) -> None:
    _decide(registry, scored(31.0), "")
    _decide(registry, scored(30.0), "1", BAD)
    registry.client.delete_model_version("denoise", "1")
    figures({"2": 30.0})
    alone = Scores(challenger=_scored(32.0))
    assert stand_in.compared(run, registry, alone, "").stand_in == "2"
    beaten = Scores(challenger=_scored(32.0), baselines={"nlm": _scored(30.5)})
    assert stand_in.compared(run, registry, beaten, "").stand_in == ""


def test_only_what_could_be_champion_itself_stands_in(
    run: Run, registry: Registry, scored: Callable[..., str], figures: Callable[..., None]
) -> None:
    for psnr, expected in ((31.0, ""), (33.0, "1"), (34.0, "2"), (35.0, "3")):
        _decide(registry, scored(psnr), expected)
    promotion.rollback(registry, "denoise", reason="halos", who="ann")
    _decide(registry, scored(19.0), "3", BAD)
    promotion.veto(registry, "denoise", "2", reason="stolen", who="ann")
    registry.client.delete_model_version("denoise", "3")
    now = registry.stand("denoise")
    found = [version.number for version in stand_in.candidates(registry, now, run.home.cache)]
    assert found == ["1", "5"], "not v2, which was vetoed, nor v4, which somebody rolled back"
    registry.client.delete_model_version("denoise", "1")
    figures({"5": 19.0})
    made = _judged(run, registry, scored(25.0), 25.0)
    assert (made.kind, made.compared_with) == ("promotion", ""), "v5 is worse than its input, and stands in for nobody"


def test_a_version_that_lost_against_one_that_is_gone_is_decided_upon_anew_without_training(
    run: Run, registry: Registry, scored: Callable[..., str], figures: Callable[..., None]
) -> None:
    _decide(registry, scored(31.0), "")
    _decide(registry, scored(30.0, run.fingerprint), "1", BAD)
    assert snapshot.decided(run, registry.stand("denoise")) is not None
    registry.client.delete_model_version("denoise", "1")
    now = registry.stand("denoise")
    again = snapshot.undecided(run, now)
    assert snapshot.decided(run, now) is None
    assert again is not None
    assert _judged(run, registry, again.number, 30.0).champion_after == "2"


def test_status_and_history_are_errors_that_offer_the_best_version_that_is_left(
    run: Run, registry: Registry, scored: Callable[..., str], tmp_path: Path, store: str,
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    for psnr, expected in ((31.0, ""), (29.0, "1"), (33.0, "2")):
        _decide(registry, scored(psnr), expected)
    registry.client.delete_model_version("denoise", "3")
    (tmp_path / "pyproject.toml").touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", store)
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    fact = "(v3 was champion, but no longer exists); the best remaining version: burnish promote denoise:1"
    assert main(["status"]) == 1
    assert f"denoise: NO CHAMPION {fact}" in capsys.readouterr().out
    assert main(["status", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["models"][0]["trouble"].endswith("burnish promote denoise:1")
    assert main(["history", "denoise"]) == 1
    told = capsys.readouterr()
    assert "promotion of v3" in told.out, "whose decision is there, though it is not"
    assert told.err == f"burnish: denoise: has no champion {fact}\n"
    assert main(["promote", "denoise:1"]) == 0
    assert main(["status"]) == 0
    assert main(["history", "denoise"]) == 0
    assert "v3, the champion, was deleted in MLflow" in capsys.readouterr().out


def test_a_model_that_never_had_a_champion_is_no_trouble(
    run: Run, registry: Registry, scored: Callable[..., str]
) -> None:
    _decide(registry, scored(19.0), "", BAD)
    assert stand_in.without_champion(registry, registry.stand("denoise"), run.home.cache) == ""


def test_a_store_that_fails_promotes_nobody(
    run: Run, registry: Registry, scored: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    _decide(registry, scored(31.0), "")
    _decide(registry, scored(30.0), "1", BAD)
    registry.client.delete_model_version("denoise", "1")

    def fail(*_: object) -> Scored:
        raise kind("the files of v2")

    monkeypatch.setattr(stand_in, "score_version", fail)
    kind: type[Exception] = RegistryError
    with pytest.raises(RegistryError, match="the files of v2"):
        stand_in.compared(run, registry, Scores(challenger=_scored(24.0)), scored(24.0))
    kind = FilesGoneError
    assert stand_in.compared(run, registry, Scores(challenger=_scored(24.0)), "3").stand_in == ""


def test_what_no_gate_was_asked_about_is_not_offered(
    registry: Registry, scored: Callable[..., str], tmp_path: Path
) -> None:
    _decide(registry, scored(31.0), "")
    _decide(registry, scored(30.0), "1", BAD)
    scored(35.0)
    registry.client.delete_model_version("denoise", "1")
    assert stand_in.offer(registry, registry.stand("denoise"), tmp_path) == "burnish promote denoise:2"
