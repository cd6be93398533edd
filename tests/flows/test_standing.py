"""How things stand, told from the stores; without servers, too."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from burnish_flows import promotion, standing
from burnish_flows.decision import Judgement
from burnish_flows.environment import Project
from burnish_flows.registry import Registry
from burnish_flows.standing import Deployment, FlowRun, Model, Service, Standing

GOOD = Judgement(gate="g", passed=True, reason="better")


@pytest.fixture
def found(
    registry: Registry, registered: Callable[..., str], store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[], Standing]:
    """Asks anew."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", store)
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    return lambda: standing.take(Project(root=tmp_path))


def test_the_champion_is_told_with_since_when_and_why(
    found: Callable[[], Standing], registry: Registry, registered: Callable[..., str]
) -> None:
    for number, expected, reason in ((registered(), "", "the first"), (registered(), "1", "sharper")):
        promotion.decide(registry, "denoise", number, expected=expected, judgements=[GOOD], reason=reason, who="ann")
    promotion.freeze(registry, "denoise", reason="release week", who="bob")
    (model,) = found().models
    made = registry.history("denoise")[1]
    assert (model.champion, model.why, model.who, model.since) == ("2", "sharper", "ann", made.when)
    assert model.frozen == "release week"
    promotion.rollback(registry, "denoise", reason="halos", who="bob")
    assert (found().models[0].champion, found().models[0].why) == ("1", "halos")


def test_without_servers_the_store_is_told_and_no_lease_is_taken_for_a_model(
    found: Callable[[], Standing], registry: Registry, store: str
) -> None:
    registry.client.create_registered_model("burnish-lease.denoise.registry")
    told = found()
    assert told.services == (Service(name="mlflow", address=store, well=True),)
    assert told.models == ()
    assert "prefect  none" in "\n".join(standing.lines(told))


def test_the_lines_name_what_is_away_what_is_due_and_what_failed() -> None:
    told = Standing(
        services=(Service(name="prefect", address="http://p", well=False),),
        deployments=(
            Deployment(name="retrain/a", schedules=("cron 0 3 * * *",), due="2026-01-02T03:00", paused=False),
        ),
        runs=(FlowRun(name="r.yaml", flow="retrain", state="Failed", began="2026", seconds=2, message="why"),),
        models=(Model(name="a", champion="3", since="2026-01-01T04:00", why="so " * 99, who="ann", open=("v4 held",)),),
    )
    text = "\n".join(standing.lines(told))
    assert "prefect  AWAY" in text
    assert "due 2026-01-02 03:00" in text
    assert "Failed" in text
    assert "why" in text
    assert "a: v3 since 2026-01-01 04:00 by ann" in text
    assert "v4 held" in text
    assert max(map(len, text.splitlines())) < 140, "a reason of any length stays a line"
