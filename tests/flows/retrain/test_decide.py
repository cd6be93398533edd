"""Gates decide; a challenger that cannot be evaluated, a failing gate and a champion that changed meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from burnish.evaluation.scorecard import BenchmarkResult, Cost, MetricScores, Scorecard
from burnish.recipe.document import Recipe
from burnish_flows.cli import history
from burnish_flows.data import git
from burnish_flows.data.dataset import Pin
from burnish_flows.registry import promotion
from burnish_flows.registry.decision import WARNING, GateResult
from burnish_flows.registry.promotion import Findings
from burnish_flows.registry.store import ChampionChangedError, Registry, Version
from burnish_flows.retrain import decide
from burnish_flows.retrain.scoring import judging
from burnish_flows.retrain.scoring.scores import Scored, Scores, best
from burnish_flows.retrain.snapshot import Run
from burnish_flows.retrain.stage import Decided, Registered, Retraining
from burnish_flows.runners import Runner


def _card(subject: str, *figures: float) -> Scorecard:
    scores = MetricScores(
        version=1, protocol={}, unit="dB", per_image={f"{i}.png": value for i, value in enumerate(figures)},
        mean=sum(figures) / len(figures),
    )  # fmt: skip
    noisy = scores.model_copy(update={"mean": 20.0, "per_image": dict.fromkeys(scores.per_image, 20.0)})
    result = BenchmarkResult(
        benchmark="noise", digest="d", degrader="x/y", data_hash="h", scores={"metrics/psnr": scores},
        degraded={"metrics/psnr": noisy},
        seconds_per_megapixel=1.0, device="cpu", precision="fp32",
    )  # fmt: skip
    return Scorecard(subject=subject, restorer="x/y", results={"noise": result}, cost=Cost(seconds_per_megapixel=1.0))


def _scored(subject: str, *figures: float) -> Scored:
    return Scored(card=_card(subject, *figures), pictures={})


def _recipe(*gates: dict[str, Any]) -> Recipe:
    return Recipe.model_validate(
        {
            "model": "denoise",
            "restorer": {"id": "x"},
            "degrader": {"id": "y"},
            "training": {"budget": {"steps": 1}},
            "gates": list(gates),
        }
    )


PIN = Pin(root="data", md5="d.dir", files=0, bytes=0)
GAIN = {"id": "burnish/gain"}


def test_the_gates_are_asked_by_id_and_their_figures_kept() -> None:
    scores = Scores(challenger=_scored("new", 31, 32, 33), champion=_scored("old", 30, 31, 32), champion_version="1")
    (judgement,) = judging.judge(_recipe(GAIN), scores)
    assert judgement.passed
    assert judgement.figures["ci_low"] == pytest.approx(1.0)
    assert judging.reason([judgement]).startswith("passed 1 of 1 gates; burnish/gain: ")


def test_a_worse_challenger_fails_with_the_reason_of_every_failing_gate() -> None:
    scores = Scores(challenger=_scored("new", 29, 29, 29), champion=_scored("old", 30, 31, 32), champion_version="1")
    judgements = judging.judge(_recipe(GAIN, {"id": "burnish/no-regression"}), scores)
    assert [judgement.passed for judgement in judgements] == [False, False]
    assert "burnish/gain: " in judging.reason(judgements)
    assert "; burnish/no-regression: " in judging.reason(judgements)


def test_a_gate_that_nobody_declares_has_not_been_passed() -> None:
    (judgement,) = judging.judge(_recipe({"id": "no/such-gate"}), Scores(challenger=_scored("new", 30, 31)))
    assert not judgement.passed
    assert "no/such-gate" in judgement.reason


def test_a_challenger_that_could_not_be_evaluated_is_rejected_without_asking_a_gate() -> None:
    (judgement,) = judging.judge(_recipe(GAIN), Scores(challenger=None, failure="made NaN"))
    assert (judgement.passed, judgement.reason) == (False, "it cannot be evaluated: made NaN")


def test_without_gates_only_a_first_model_is_promoted() -> None:
    first, second = (
        Scores(challenger=_scored("n", 1.0)),
        Scores(challenger=_scored("n", 2.0), champion=_scored("o", 1.0)),
    )
    assert judging.judge(_recipe(), first)[0].passed
    assert not judging.judge(_recipe(), second)[0].passed


def test_the_best_baseline_leads_on_the_first_metric() -> None:
    assert best({"a": _scored("a", 20.0), "b": _scored("b", 25.0), "c": _scored("c", 24.0)}, "noise") == "b"
    assert best({}, "noise") == ""


@pytest.fixture
def run(tmp_path: Path, store: str) -> Run:
    return Run(
        recipe_path=tmp_path / "r.yaml", recipe=_recipe(GAIN), project=tmp_path, fingerprint="a" * 64, pin=PIN,
        plugins={}, tracking_uri=store,
    )  # fmt: skip


def _decided(run: Run, registry: Registry, version: Version, scores: Scores) -> Decided:
    retraining = Retraining(run=run, registry=registry, runner=Runner(kind="threads", workers=1))
    return decide.decide(retraining, Registered(version=version, scores=scores))


def test_a_champion_that_changed_meanwhile_is_compared_with_anew(
    run: Run, registry: Registry, registered: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    good = GateResult(gate="g", passed=True, reason="r")
    promotion.decide(registry, "denoise", registered(), Findings(judgements=(good,), reason="r", expected=""), who="w")
    challenger = registry.version("denoise", registered())
    asked = []

    def rescore(run: Run, registry: Registry, number: str) -> Scored:
        asked.append(number)
        return _scored("the other one's champion", 35, 35, 35)

    monkeypatch.setattr(decide, "score_version", rescore)
    stale = Scores(challenger=_scored("new", 31, 32, 33), champion=None, champion_version="")
    made = _decided(run, registry, challenger, stale)
    assert asked == ["1"]
    assert (made.decision.kind, made.decision.champion_after, made.scores.champion_version) == ("rejection", "1", "1")


def test_a_champion_that_changes_for_ever_is_an_error(
    run: Run, registry: Registry, registered: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    version = registry.version("denoise", registered())

    def always(*arguments: object, **keywords: object) -> None:
        raise ChampionChangedError("again")

    monkeypatch.setattr(promotion, "decide", always)
    monkeypatch.setattr(decide, "score_version", lambda run, registry, number: None)
    with pytest.raises(ChampionChangedError):
        _decided(run, registry, version, Scores(challenger=_scored("new", 31, 32)))


def test_a_champion_that_a_baseline_beats_is_recorded_with_a_warning_that_decides_nothing(
    run: Run, registry: Registry, registered: Callable[..., str]
) -> None:
    version = registry.version("denoise", registered())
    scores = Scores(challenger=_scored("new", 31, 32, 33), baselines={"nlm": _scored("classical/nlm", 34, 35, 36)})
    ungated = run.model_copy(update={"recipe": run.recipe.model_copy(update={"gates": ()})})
    decision = _decided(ungated, registry, version, scores).decision
    assert decision.promoted
    warned = decision.judgements[-1]
    assert (warned.gate, warned.passed, warned.figures["baseline"]) == (WARNING, True, "classical/nlm")
    assert "classical/nlm has 35.000 dB, it has 32.000 dB" in warned.reason and "by 3.000 dB" in warned.reason
    assert "passed 1 of 1 gates" in decision.reason
    kept = registry.history("denoise")[-1]
    assert any(line.startswith("    WARNING burnish/baselines: a baseline beats it") for line in history._lines(kept))


def test_a_first_model_that_a_baseline_beats_is_rejected_and_one_that_beats_it_is_promoted(
    run: Run, registry: Registry, registered: Callable[..., str]
) -> None:
    baselines = {"classical/bilateral": _scored("classical/bilateral", 28, 28.1, 28.2)}
    weak = Scores(challenger=_scored("new", 23.6, 23.7, 23.8), baselines=baselines)
    made = _decided(run, registry, registry.version("denoise", registered()), weak).decision
    assert (made.kind, made.champion_after) == ("rejection", "")
    assert "against the baseline classical/bilateral (there is no champion yet)" in made.reason
    strong = Scores(challenger=_scored("new", 29, 29.2, 29.1), baselines=baselines)
    promoted = _decided(run, registry, registry.version("denoise", registered()), strong).decision
    assert (promoted.kind, promoted.champion_after, promoted.beaten) == ("promotion", "2", {"2": ""})


def test_a_champion_that_stays_and_that_a_baseline_beats_is_recorded_by_name(
    run: Run, registry: Registry, registered: Callable[..., str]
) -> None:
    good = GateResult(gate="g", passed=True, reason="r")
    promotion.decide(registry, "denoise", registered(), Findings(judgements=(good,), reason="r", expected=""), who="w")
    scores = Scores(
        challenger=_scored("new", 29, 29, 29), champion=_scored("denoise v1", 30, 31, 32), champion_version="1",
        baselines={"nlm": _scored("classical/nlm", 34, 35, 36)},
    )  # fmt: skip
    made = _decided(run, registry, registry.version("denoise", registered()), scores).decision
    warned = [said.reason for said in made.judgements if said.gate == WARNING]
    assert [text.partition(" on ")[0] for text in warned] == ["a baseline beats it", "a baseline beats the champion v1"]
    assert "classical/nlm has 35.000 dB, the champion v1 has 31.000 dB" in warned[1]
    assert made.kind == "rejection" and made.beaten.keys() == {"1", "2"}
    assert made.beaten["1"].startswith("a baseline beats it on noise: classical/nlm has 35.000 dB, it has 31.000 dB")


def test_against_a_champion_a_challenger_that_no_baseline_lets_pass_is_promoted_all_the_same(
    run: Run, registry: Registry, registered: Callable[..., str]
) -> None:
    good = GateResult(gate="g", passed=True, reason="r")
    promotion.decide(registry, "denoise", registered(), Findings(judgements=(good,), reason="r", expected=""), who="w")
    scores = Scores(
        challenger=_scored("new", 31, 32, 33), champion=_scored("old", 30, 31, 32), champion_version="1",
        baselines={"nlm": _scored("classical/nlm", 34, 35, 36)},
    )  # fmt: skip
    made = _decided(run, registry, registry.version("denoise", registered()), scores).decision
    assert made.kind == "promotion"
    assert [said.reason.partition(" on ")[0] for said in made.judgements if said.gate == WARNING] == [
        "a baseline beats it"
    ]


def test_someone_is_named_even_without_git(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(git, "user", lambda root: "")
    monkeypatch.setattr(git.getpass, "getuser", lambda: "somebody")
    assert git.who(run.project) == "somebody"
