"""Records of decisions read back as they were written, and tell how far back a rollback can go."""

from __future__ import annotations

from burnish_flows.registry.decision import Decision, GateResult
from burnish_flows.registry.decision_history import champions_before


def _decision(kind: str, before: str, after: str) -> Decision:
    return Decision(kind=kind, version=after, champion_before=before, champion_after=after, reason="r")  # type: ignore[arg-type]


def test_a_promotion_can_be_gone_back_on_and_a_rollback_uses_it_up() -> None:
    history = [_decision("promotion", "", "1"), _decision("promotion", "1", "2"), _decision("rejection", "2", "2")]
    assert champions_before(history) == ["1"]
    history.append(_decision("promotion", "2", "4"))
    assert champions_before(history) == ["1", "2"]
    history.append(_decision("rollback", "4", "2"))
    assert champions_before(history) == ["1"]


def test_a_record_reads_back_as_it_was_written() -> None:
    decision = _decision("promotion", "1", "2")
    assert Decision.model_validate_json(decision.model_dump_json()) == decision


def test_no_part_of_a_record_keeps_a_password() -> None:
    reason = "see https://bob:hunter2222@host/x"
    said = GateResult(gate="flows/person", passed=True, reason=reason, figures={"at": reason, "gain": 0.25})
    made = Decision(kind="promotion", version="1", reason=reason, who=reason, judgements=(said,))
    assert "hunter2222" not in made.model_dump_json()
    assert made.judgements[0].figures["gain"] == 0.25
