"""Every decision outlives what it is about: versions, tags, runs, the registered model, its name."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from burnish_flows.registry import journal, promotion
from burnish_flows.registry.decision import Decision, GateResult
from burnish_flows.registry.decision_store import EXPERIMENT
from burnish_flows.registry.old_tags import HISTORY, PENDING
from burnish_flows.registry.promotion import Findings
from burnish_flows.registry.store import Registry
from mlflow.exceptions import MlflowException

GOOD = GateResult(gate="burnish/gain", passed=True, reason="better", figures={"low": 0.2})

Register = Callable[..., str]


def _promote(registry: Registry, number: str, expected: str, model: str = "denoise") -> Decision:
    return promotion.decide(
        registry, model, number, Findings(judgements=(GOOD,), reason="r", expected=expected), who="ann"
    )


def _told(registry: Registry, model: str = "denoise") -> list[tuple[str, str]]:
    return [(made.kind, made.version) for made in registry.history(model)]


def test_deleted_versions_leave_their_decisions(registry: Registry, registered: Register) -> None:
    for expected in ("", "1", "2"):
        _promote(registry, registered(), expected)
    before = registry.history("denoise")
    for number in ("1", "2", "3"):
        registry.client.delete_model_version("denoise", number)
    assert registry.history("denoise") == before


def test_a_deleted_model_leaves_its_decisions_and_a_new_one_of_its_name_does_not_take_them_for_its_own(
    registry: Registry, registered: Register
) -> None:
    _promote(registry, registered(), "")
    promotion.veto(registry, "denoise", registered(), reason="stolen", who="ann")
    registry.client.delete_registered_model("denoise")
    assert _told(registry) == [("promotion", "1"), ("veto", "2")]
    registered()
    registered()
    now = registry.stand("denoise")
    assert [version.status for version in now.versions.values()] == ["pending", "pending"]
    assert (now.champion, now.lost) == ("", False)
    _promote(registry, "2", "")
    assert _told(registry) == [("promotion", "1"), ("veto", "2"), ("outside", ""), ("promotion", "2")]
    assert "deleted and created again" in registry.history("denoise")[2].reason
    assert promotion.predecessors(registry.stand("denoise")) == []


def test_a_renamed_model_keeps_its_decisions_and_leaves_them_under_the_old_name_too(
    registry: Registry, registered: Register
) -> None:
    for expected in ("", "1"):
        _promote(registry, registered(), expected)
    registry.client.rename_registered_model("denoise", "clean")
    assert _told(registry, "clean") == _told(registry) == [("promotion", "1"), ("promotion", "2")]
    assert promotion.rollback(registry, "clean", reason="halos", who="ann").champion_after == "1"
    registered("denoise")
    assert registry.stand("denoise").trail.present == [], "another model of the old name begins anew"
    assert [made.kind for made in registry.stand("clean").trail.present] == ["promotion", "promotion", "rollback"]


def test_a_record_can_neither_be_changed_nor_removed_by_way_of_mlflow(registry: Registry, registered: Register) -> None:
    _promote(registry, registered(), "")
    client = registry.client
    experiment = client.get_experiment_by_name(EXPERIMENT).experiment_id
    (run,) = client.search_runs([experiment])
    with pytest.raises(MlflowException):
        client.log_param(run.info.run_id, "record.00", "{}")
    client.set_tag(run.info.run_id, "burnish.about", "nobody")
    client.delete_run(run.info.run_id)
    assert _told(registry) == [("promotion", "1")]
    client.rename_experiment(experiment, "old stuff")
    client.delete_experiment(experiment)
    assert _told(Registry(client, registry.uri)) == [("promotion", "1")]
    _promote(registry, registered(), "1")
    assert _told(registry) == [("promotion", "1"), ("promotion", "2")]


def test_a_decision_with_more_figures_than_a_tag_of_a_registered_model_holds_is_kept_whole(
    registry: Registry, registered: Register
) -> None:
    figures = {
        f"benchmark {i} metrics/psnr": {"mean": i / 7, "low": float("inf"), "name": "Ω" * 40} for i in range(300)
    }
    long = GateResult(gate="burnish/no-regression", passed=True, reason="σ" * 3000, figures=figures)
    number = registered()
    made = promotion.decide(registry, "denoise", number, Findings(judgements=(long,), reason="r", expected=""), who="w")
    assert len(made.model_dump_json()) > 20_000
    (kept,) = registry.history("denoise")
    assert kept == Decision.model_validate_json(made.model_dump_json())


def test_a_host_whose_clock_is_behind_writes_its_decision_after_those_before_it(
    registry: Registry, registered: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    _promote(registry, registered(), "")
    early = Decision(
        kind="freeze",
        version="",
        champion_before="1",
        champion_after="1",
        reason="r",
        when="2001-01-01T00:00:00.000000+00:00",
    )
    with journal.deciding(registry, "denoise") as (_, carry_out):
        made = carry_out(early)
    assert registry.history("denoise")[-1] == made
    assert made.when > registry.history("denoise")[0].when


def _as_burnish_did_at_first(registry: Registry, registered: Register) -> list[Decision]:
    """v1, then v2 promoted, v3 rejected, frozen: all in tags."""
    for _ in range(3):
        registered()
    facts = [
        ("promotion", "1", "", "1"),
        ("promotion", "2", "1", "2"),
        ("rejection", "3", "2", "2"),
        ("freeze", "", "2", "2"),
    ]
    made = [
        Decision(kind=kind, version=number, champion_before=before, champion_after=after, reason=f"why {kind}")  # type: ignore[arg-type]
        for kind, number, before, after in facts
    ]
    for decision in made:
        key, text = (
            f"{HISTORY}{decision.id[:8]}",
            decision.model_dump_json(exclude={"model", "registered", "compared_with"}),
        )
        if decision.version:
            registry.client.set_model_version_tag("denoise", decision.version, key, text)
        else:
            registry.client.set_registered_model_tag("denoise", key, text)
    registry.client.set_registered_model_alias("denoise", "champion", "2")
    registry.client.set_registered_model_alias("denoise", "previous", "1")
    return made


def test_a_registry_of_an_older_burnish_keeps_its_history_and_what_follows_from_it(
    registry: Registry, registered: Register
) -> None:
    made = _as_burnish_did_at_first(registry, registered)
    now = registry.stand("denoise")
    assert [decision.id for decision in now.trail.decisions] == [decision.id for decision in made]
    assert [version.status for version in now.versions.values()] == ["approved", "approved", "rejected"]
    assert (now.trail.frozen is not None, promotion.predecessors(now), now.lost) == (True, ["1"], False)
    promotion.rollback(registry, "denoise", reason="halos", who="ann")
    for number in ("2", "3"):
        registry.client.delete_model_version("denoise", number)
    kept = registry.history("denoise")
    assert [decision.id for decision in kept[:4]] == [decision.id for decision in made], "taken over, once each"
    assert (kept[4].kind, len(kept), registry.stand("denoise").half_way) == ("rollback", 5, False)


def test_what_an_older_burnish_left_half_way_is_completed(registry: Registry, registered: Register) -> None:
    _as_burnish_did_at_first(registry, registered)
    half = Decision(
        kind="promotion", version="3", champion_before="2", champion_after="3", previous_after="2", reason="r"
    )
    registry.client.set_registered_model_tag("denoise", PENDING, half.model_dump_json())
    mended = journal.mend(registry, "denoise")
    assert mended is not None
    assert (mended.id, registry.champion("denoise"), registry.pending("denoise")) == (half.id, "3", None)
    assert PENDING not in registry.client.get_registered_model("denoise").tags


def test_garbage_in_old_tags_is_named_and_stops_nothing(registry: Registry, registered: Register) -> None:
    number = registered()
    registry.client.set_registered_model_tag("denoise", PENDING, "{")
    registry.client.set_model_version_tag("denoise", number, f"{HISTORY}x", "garbage")
    registry.client.set_model_version_tag("denoise", number, "validation_status", "garbage")
    assert registry.stand("denoise").trail.unreadable == (f"tag {HISTORY}x of v1",)
    assert registry.version("denoise", number).status == "pending"
    _promote(registry, number, "")
    abandoned, made = registry.history("denoise")
    assert (abandoned.kind, made.kind) == ("abandoned", "promotion")
    assert abandoned.reason == f"tag {PENDING} contains no decision and was removed"
