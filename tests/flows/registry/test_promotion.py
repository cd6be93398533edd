"""Aliases move by recorded decisions only, from the champion that was expected."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from burnish.errors import RegistryError
from burnish_flows.registry import promotion
from burnish_flows.registry.decision import Decision, GateResult
from burnish_flows.registry.promotion import Findings
from burnish_flows.registry.store import ChampionChangedError, Registry

GOOD = GateResult(gate="burnish/gain", passed=True, reason="better", figures={"low": 0.2, "high": float("inf")})
BAD = GateResult(gate="burnish/gain", passed=False, reason="worse", figures={"low": -0.1})

Register = Callable[..., str]


def _promote(registry: Registry, number: str, expected: str, judgement: GateResult = GOOD) -> Decision:
    return promotion.decide(
        registry, "denoise", number, Findings(judgements=(judgement,), reason="r", expected=expected), who="w"
    )


def test_the_first_promotion_makes_a_champion_without_a_previous(registry: Registry, registered: Register) -> None:
    _promote(registry, registered(), "")
    assert registry.aliases("denoise") == {"champion": "1"}
    assert registry.version("denoise", "champion").status == "approved"
    assert registry.pending("denoise") is None


def test_a_promotion_keeps_the_old_champion_as_previous(registry: Registry, registered: Register) -> None:
    _promote(registry, registered(), "")
    _promote(registry, registered(), "1")
    assert registry.aliases("denoise") == {"champion": "2", "previous": "1"}
    assert registry.version("denoise", "2").tags["promoted_from"] == "1"


def test_a_rejection_changes_no_alias_but_is_recorded_with_its_figures(
    registry: Registry, registered: Register
) -> None:
    _promote(registry, registered(), "")
    _promote(registry, registered(), "1", BAD)
    assert registry.aliases("denoise") == {"champion": "1", "challenger": "2"}
    assert registry.version("denoise", "2").status == "rejected"
    last = registry.history("denoise")[-1]
    assert (last.kind, last.champion_after, last.judgements) == ("rejection", "1", (BAD,))


def test_one_failing_gate_among_passing_ones_rejects(registry: Registry, registered: Register) -> None:
    decision = promotion.decide(
        registry, "denoise", registered(), Findings(judgements=(GOOD, BAD), reason="r"), who="w"
    )
    assert not decision.promoted
    assert registry.champion("denoise") == ""


def test_an_infinite_figure_is_kept_as_a_word(registry: Registry, registered: Register) -> None:
    _promote(registry, registered(), "")
    assert registry.history("denoise")[0].judgements[0].figures == {"low": 0.2, "high": "Infinity"}


def test_a_decision_against_another_champion_than_expected_changes_nothing(
    registry: Registry, registered: Register
) -> None:
    _promote(registry, registered(), "")
    _promote(registry, registered(), "1")
    third = registered()
    with pytest.raises(ChampionChangedError, match="the champion is now v2, but v3 was compared with v1"):
        _promote(registry, third, "1")
    assert registry.champion("denoise") == "2"
    assert len(registry.history("denoise")) == 2


def test_rollbacks_go_back_champion_by_champion_and_then_refuse(registry: Registry, registered: Register) -> None:
    for expected in ("", "1", "2"):
        _promote(registry, registered(), expected)
    assert promotion.rollback(registry, "denoise", reason="r", who="w").champion_after == "2"
    assert registry.aliases("denoise") == {"champion": "2", "previous": "1"}
    promotion.rollback(registry, "denoise", reason="r", who="w")
    assert registry.aliases("denoise") == {"champion": "1"}
    with pytest.raises(RegistryError, match="v1 is the first champion"):
        promotion.rollback(registry, "denoise", reason="r", who="w")
    assert [d.kind for d in registry.history("denoise")] == ["promotion"] * 3 + ["rollback"] * 2
    assert registry.version("denoise", "3").status == "rejected"


def test_after_a_rollback_a_promotion_and_a_rollback_lead_to_the_same_champion(
    registry: Registry, registered: Register
) -> None:
    for expected in ("", "1"):
        _promote(registry, registered(), expected)
    promotion.rollback(registry, "denoise", reason="r", who="w")
    _promote(registry, registered(), "1")
    assert registry.aliases("denoise")["previous"] == "1"
    assert promotion.rollback(registry, "denoise", reason="r", who="w").champion_after == "1"


def test_rollback_without_a_model_says_so(registry: Registry) -> None:
    with pytest.raises(RegistryError, match="denoise: has no champion"):
        promotion.rollback(registry, "denoise", reason="r", who="w")


def test_a_store_that_does_not_answer_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    with pytest.raises(RegistryError, match=r"http://127\.0\.0\.1:9: MLflow does not answer"):
        Registry.connected("http://127.0.0.1:9")


HOUR = timedelta(hours=1)


def _ask(registry: Registry, number: str, expected: str = "") -> Decision:
    return promotion.decide(
        registry,
        "denoise",
        number,
        Findings(judgements=(GOOD,), reason="r", expected=expected),
        who="flow",
        approval=HOUR,
    )


def test_a_version_that_passed_awaits_approval_and_becomes_champion_when_it_is_given(
    registry: Registry, registered: Register
) -> None:
    asked = _ask(registry, registered())
    assert (asked.kind, registry.champion("denoise"), registry.version("denoise", "1").status) == (
        "awaiting",
        "",
        "awaiting",
    )
    given = promotion.answer(registry, "denoise", "1", granted=True, reason="looks right", who="ann")
    assert (given.kind, given.who, registry.champion("denoise")) == ("promotion", "ann", "1")
    assert [judgement.gate for judgement in given.judgements] == ["burnish/gain", "flows/approval"]


def test_a_version_that_failed_a_gate_is_rejected_without_asking_anyone(
    registry: Registry, registered: Register
) -> None:
    decision = promotion.decide(
        registry, "denoise", registered(), Findings(judgements=(BAD,), reason="worse"), who="w", approval=HOUR
    )
    assert decision.kind == "rejection"


def test_a_refusal_rejects_and_is_kept_with_its_reason(registry: Registry, registered: Register) -> None:
    _ask(registry, registered())
    promotion.answer(registry, "denoise", "1", granted=False, reason="halos", who="ann")
    last = registry.history("denoise")[-1]
    assert (last.kind, last.judgements[-1].reason, registry.champion("denoise")) == ("rejection", "ann: halos", "")


def test_an_answer_after_the_time_has_run_out_is_refused(registry: Registry, registered: Register) -> None:
    number = registered()
    promotion.decide(
        registry, "denoise", number, Findings(judgements=(GOOD,), reason="r"), who="w", approval=timedelta(seconds=-1)
    )
    with pytest.raises(RegistryError, match="burnish promote denoise:1"):
        promotion.answer(registry, "denoise", number, granted=True, reason="late", who="ann")


def test_an_answer_about_another_champion_than_it_was_compared_with_is_refused(
    registry: Registry, registered: Register
) -> None:
    _ask(registry, registered())
    _promote(registry, registered(), "")
    with pytest.raises(ChampionChangedError, match="the champion is now v2"):
        promotion.answer(registry, "denoise", "1", granted=True, reason="ok", who="ann")


def test_only_what_awaits_an_answer_can_be_answered(registry: Registry, registered: Register) -> None:
    registered()
    with pytest.raises(RegistryError, match="v1 is pending and does not wait for approval"):
        promotion.answer(registry, "denoise", "1", granted=True, reason="ok", who="ann")


def test_while_frozen_a_version_that_passed_is_held_and_promoted_after_the_thaw(
    registry: Registry, registered: Register
) -> None:
    _promote(registry, registered(), "")
    promotion.freeze(registry, "denoise", reason="release week", who="ann")
    held = _promote(registry, registered(), "1")
    assert (held.kind, registry.champion("denoise")) == ("held", "1")
    assert "release week" in held.reason
    with pytest.raises(RegistryError, match=r"frozen since .* by ann: release week; end it with: burnish thaw denoise"):
        promotion.promote(registry, "denoise", "2", reason="now", who="bob")
    promotion.thaw(registry, "denoise", reason="released", who="ann")
    assert _promote(registry, "2", "1").kind == "promotion"
    assert [d.kind for d in registry.history("denoise")] == ["promotion", "freeze", "held", "thaw", "promotion"]


def test_a_rollback_is_possible_while_frozen(registry: Registry, registered: Register) -> None:
    for expected in ("", "1"):
        _promote(registry, registered(), expected)
    promotion.freeze(registry, "denoise", reason="r", who="w")
    assert promotion.rollback(registry, "denoise", reason="halos", who="w").champion_after == "1"


def test_freezing_twice_or_thawing_what_is_not_frozen_says_so(registry: Registry, registered: Register) -> None:
    registered()
    with pytest.raises(RegistryError, match="is not frozen"):
        promotion.thaw(registry, "denoise", reason="r", who="w")
    promotion.freeze(registry, "denoise", reason="audit", who="ann")
    with pytest.raises(RegistryError, match=r"is frozen since .* by ann: audit"):
        promotion.freeze(registry, "denoise", reason="r", who="w")


def test_a_vetoed_version_is_never_promoted_by_gates_by_hand_or_by_rollback(
    registry: Registry, registered: Register
) -> None:
    for expected in ("", "1"):
        _promote(registry, registered(), expected)
    promotion.veto(registry, "denoise", "1", reason="trained on stolen data", who="ann")
    with pytest.raises(RegistryError, match="v1 was vetoed"):
        promotion.rollback(registry, "denoise", reason="r", who="w")
    with pytest.raises(RegistryError, match="v1 cannot be promoted: it was vetoed"):
        promotion.promote(registry, "denoise", "1", reason="r", who="w")
    assert _promote(registry, "1", "2").kind == "rejection"


def test_the_champion_cannot_be_vetoed_before_it_is_rolled_back(registry: Registry, registered: Register) -> None:
    _promote(registry, registered(), "")
    with pytest.raises(RegistryError, match="v1 is champion; run first: burnish rollback denoise"):
        promotion.veto(registry, "denoise", "1", reason="r", who="w")


def test_an_older_version_is_promoted_by_a_persons_word(registry: Registry, registered: Register) -> None:
    for expected in ("", "1", "2"):
        _promote(registry, registered(), expected)
    decision = promotion.promote(registry, "denoise", "1", reason="3 has halos", who="ann")
    assert registry.aliases("denoise") == {"champion": "1", "previous": "3"}
    assert decision.judgements[0].reason == "ann: 3 has halos"
    with pytest.raises(RegistryError, match="v1 is already champion"):
        promotion.promote(registry, "denoise", "1", reason="r", who="w")


def _three(registry: Registry, registered: Register) -> None:
    for expected in ("", "1", "2"):
        _promote(registry, registered(), expected)


def test_an_old_champion_that_was_deleted_is_passed_over_by_rollbacks(registry: Registry, registered: Register) -> None:
    _three(registry, registered)
    registry.client.delete_model_version("denoise", "1")
    assert promotion.rollback(registry, "denoise", reason="r", who="w").champion_after == "2"
    with pytest.raises(
        RegistryError, match=r"no earlier champion is left \(v1 was deleted\).*burnish promote denoise:V"
    ):
        promotion.rollback(registry, "denoise", reason="r", who="w")
    assert _promote(registry, registered(), "2").kind == "promotion", "and nothing is wedged"
    assert promotion.rollback(registry, "denoise", reason="r", who="w").champion_after == "2"


def test_the_one_before_is_deleted_and_the_one_before_that_comes_back(registry: Registry, registered: Register) -> None:
    _three(registry, registered)
    registry.client.delete_model_version("denoise", "2")
    made = promotion.rollback(registry, "denoise", reason="r", who="w")
    assert (made.champion_before, made.champion_after, made.previous_after) == ("3", "1", "")


def test_after_the_champion_was_deleted_the_one_before_comes_back_and_the_deletion_is_in_the_history(
    registry: Registry, registered: Register
) -> None:
    _three(registry, registered)
    registry.client.delete_model_version("denoise", "3")
    assert registry.stand("denoise").lost
    made = promotion.rollback(registry, "denoise", reason="gone", who="w")
    assert (made.champion_before, made.champion_after) == ("", "2")
    noticed = registry.history("denoise")[-2]
    assert (noticed.kind, noticed.champion_before, noticed.champion_after) == ("outside", "3", "")
    assert noticed.reason == "v3, the champion, was deleted in MLflow"
    assert registry.aliases("denoise") == {"champion": "2", "previous": "1"}


def test_an_alias_that_was_moved_by_hand_is_the_champion_and_in_the_history(
    registry: Registry, registered: Register
) -> None:
    _three(registry, registered)
    registry.client.set_registered_model_alias("denoise", "champion", "1")
    promotion.freeze(registry, "denoise", reason="r", who="w")
    noticed = registry.history("denoise")[-2]
    assert noticed.reason == "the alias champion was set to v1 in MLflow; it was v3"
    assert promotion.rollback(registry, "denoise", reason="r", who="w").champion_after == "3"


def test_a_version_that_was_made_champion_by_hand_is_not_judged_against_itself(
    registry: Registry, registered: Register
) -> None:
    _promote(registry, registered(), "")
    registered()
    registry.client.set_registered_model_alias("denoise", "champion", "2")
    made = _promote(registry, "2", "2", BAD)
    assert (made.kind, made.champion_after) == ("outside", "2")
    assert registry.version("denoise", "2").status == "pending", "nobody has rejected it"


def test_the_alias_previous_that_was_set_by_hand_makes_no_champion(registry: Registry, registered: Register) -> None:
    _promote(registry, registered(), "")
    registered()
    registry.client.set_registered_model_alias("denoise", "previous", "2")
    with pytest.raises(RegistryError, match="v1 is the first champion"):
        promotion.rollback(registry, "denoise", reason="r", who="w")


def test_a_rejection_by_one_that_is_gone_does_not_count_and_one_by_a_person_does(
    registry: Registry, registered: Register
) -> None:
    _promote(registry, registered(), "")
    _promote(registry, registered(), "1", BAD)
    _ask(registry, registered(), "1")
    promotion.answer(registry, "denoise", "3", granted=False, reason="halos", who="ann")
    trail = registry.stand("denoise").trail
    made = [trail.last(number) for number in ("2", "3")]
    assert [one is not None and trail.stands(one, {"1", "2", "3"}) for one in made] == [True, True]
    assert [one is not None and trail.stands(one, {"2", "3"}) for one in made] == [False, True]
    registry.client.delete_model_version("denoise", "1")
    assert _promote(registry, "2", "").kind == "promotion"
    assert _promote(registry, "3", "2").kind == "rejection"


@pytest.mark.parametrize("way", ["gates", "person"])
def test_a_version_of_fresh_weights_never_becomes_champion(registry: Registry, registered: Register, way: str) -> None:
    number = registered(fault="it was never trained: its weights are the initial weights of step 0")
    if way == "gates":
        assert _promote(registry, number, "").reason.startswith("flows/trained: it was never trained")
    else:
        with pytest.raises(RegistryError, match="v1 cannot be promoted: it was never trained"):
            promotion.promote(registry, "denoise", number, reason="r", who="w")
    assert registry.champion("denoise") == ""


@pytest.mark.parametrize(
    ("tag", "word"), [("data_md5", "data"), ("recipe_digest", "recipe"), ("plugins", "plugins"), ("licence", "licence")]
)
def test_a_version_whose_origin_is_not_known_is_not_promoted(
    registry: Registry, registered: Register, tag: str, word: str
) -> None:
    number = registered(**{tag: ""})
    assert _promote(registry, number, "").reason == f"flows/provenance: unknown: {word}"
    with pytest.raises(RegistryError, match=f"cannot be promoted: unknown: {word}"):
        promotion.promote(registry, "denoise", number, reason="r", who="w")
