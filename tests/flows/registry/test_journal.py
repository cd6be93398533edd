"""Two deciders lose nothing; who dies half-way is mended."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from collections.abc import Callable

import pytest
from burnish.errors import RegistryError
from burnish_flows.registry import journal, promotion
from burnish_flows.registry.decision import Decision, GateResult
from burnish_flows.registry.promotion import Findings
from burnish_flows.registry.store import ChampionChangedError, Registry
from damage import Death, Mortal
from mlflow.exceptions import MlflowException

GOOD = GateResult(gate="burnish/gain", passed=True, reason="better", figures={"low": 0.2})

Register = Callable[..., str]


def _promote(registry: Registry, number: str, expected: str) -> Decision:
    return promotion.decide(
        registry, "denoise", number, Findings(judgements=(GOOD,), reason="r", expected=expected), who="w"
    )


def _promote_until(writes: int, registry: Registry, registered: Register, store: str) -> None:
    """Make v1 champion, and v2 by someone who dies after so many writes."""
    _promote(registry, registered(), "")
    registered()
    mortal = Registry(Mortal(registry.client, writes), store)  # type: ignore[arg-type]
    try:
        _promote(mortal, "2", "1")
    except Death:
        pass
    else:
        assert writes == 10, "a promotion has ten writes"


@pytest.mark.parametrize("writes", range(11))
def test_a_promotion_that_dies_at_any_step_is_completed_or_never_began(
    registry: Registry, registered: Register, store: str, writes: int
) -> None:
    _promote_until(writes, registry, registered, store)
    mended = journal.mend(registry, "denoise")
    assert (mended is None) == (writes in (0, 1, 10)), "the first write makes the record's run, the second writes it"
    promoted = writes > 1
    assert registry.champion("denoise") == ("2" if promoted else "1")
    assert registry.aliases("denoise").get("previous") == ("1" if promoted else None)
    assert [d.version for d in registry.history("denoise")] == (["1", "2"] if promoted else ["1"])
    assert registry.pending("denoise") is None
    assert journal.mend(registry, "denoise") is None


@pytest.mark.parametrize("writes", range(1, 11))
def test_a_decider_who_did_not_hear_the_stores_answer_asks_again_and_is_told_the_decision_that_was_made(
    registry: Registry, registered: Register, store: str, writes: int
) -> None:
    _promote_until(writes, registry, registered, store)
    told = _promote(registry, "2", "1")
    assert (told.kind, told.version, told.champion_before) == ("promotion", "2", "1")
    assert [(made.kind, made.version) for made in registry.history("denoise")] == [
        ("promotion", "1"),
        ("promotion", "2"),
    ]
    assert registry.aliases("denoise") == {"champion": "2", "previous": "1"}


def test_a_half_way_promotion_is_mended_by_the_next_decision(
    registry: Registry, registered: Register, store: str
) -> None:
    _promote(registry, registered(), "")
    registered()
    with pytest.raises(Death):
        _promote(Registry(Mortal(registry.client, 2), store), "2", "1")  # type: ignore[arg-type]
    third = registered()
    with pytest.raises(ChampionChangedError, match="the champion is now v2"):
        _promote(registry, third, "1")
    assert registry.aliases("denoise") == {"champion": "2", "previous": "1", "challenger": "3"}


def test_a_half_way_promotion_is_abandoned_when_someone_else_moved_the_champion(
    registry: Registry, registered: Register, store: str
) -> None:
    for _ in range(3):
        registered()
    _promote(registry, "1", "")
    with pytest.raises(Death):
        _promote(Registry(Mortal(registry.client, 2), store), "2", "1")  # type: ignore[arg-type]
    registry.client.set_registered_model_alias("denoise", "champion", "3")
    mended = journal.mend(registry, "denoise")
    assert mended is not None
    assert mended.kind == "abandoned"
    assert registry.champion("denoise") == "3"
    assert registry.pending("denoise") is None
    assert [made.kind for made in registry.history("denoise")] == ["promotion", "outside", "abandoned"]
    assert promotion.rollback(registry, "denoise", reason="r", who="w").champion_after == "1"


def test_a_half_way_promotion_over_a_champion_that_was_deleted_says_so(
    registry: Registry, registered: Register, store: str
) -> None:
    registered(), registered()
    _promote(registry, "1", "")
    with pytest.raises(Death):
        _promote(Registry(Mortal(registry.client, 2), store), "2", "1")  # type: ignore[arg-type]
    registry.client.delete_model_version("denoise", "1")
    mended = journal.mend(registry, "denoise")
    assert mended is not None
    assert mended.reason.startswith("abandoned the promotion of v2: v1, the champion, was deleted in MLflow; it was: ")


def test_a_store_that_fails_while_the_right_to_decide_is_asked_for_is_told_in_one_line(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise MlflowException("the server starts")

    monkeypatch.setattr(journal, "registry_lock", fail)
    for call in (lambda: journal.mend(registry, "denoise"), lambda: journal.deciding(registry, "denoise").__enter__()):
        with pytest.raises(RegistryError, match="MLflow refuses: the server starts"):
            call()


DECIDER = """
    import sys
    from burnish_flows.registry import promotion
    from burnish_flows.registry.decision import GateResult
    from burnish_flows.registry.promotion import Findings
    from burnish_flows.registry.store import ChampionChangedError, Registry

    uri, numbers = sys.argv[1], sys.argv[2:]
    registry = Registry.connected(uri)
    good = GateResult(gate="g", passed=True, reason="better")
    print("ready", flush=True)
    sys.stdin.readline()
    for number in numbers:
        while True:
            expected = registry.champion("denoise")
            try:
                findings = Findings(judgements=(good,), reason="r", expected=expected)
                promotion.decide(registry, "denoise", number, findings, who="w")
                break
            except ChampionChangedError:
                pass
"""


def _start(code: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code), *arguments],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=dict(os.environ),
    )  # fmt: skip


@pytest.mark.slow
def test_deciders_in_several_processes_at_once_lose_no_update(
    registry: Registry, registered: Register, store: str
) -> None:
    numbers = [registered() for _ in range(18)]
    deciders = [_start(DECIDER, store, *numbers[i::3]) for i in range(3)]
    for decider in deciders:
        assert decider.stdout is not None
        assert decider.stdout.readline() == "ready\n"
    for decider in deciders:
        assert decider.stdin is not None
        decider.stdin.write("go\n")
        decider.stdin.flush()
    assert [decider.wait(1800) for decider in deciders] == [0, 0, 0]
    history = registry.history("denoise")
    assert sorted(int(d.version) for d in history) == sorted(map(int, numbers))
    assert [d.champion_before for d in history] == ["", *(d.champion_after for d in history[:-1])]
    assert registry.aliases("denoise")["champion"] == history[-1].version
    assert registry.aliases("denoise")["previous"] == history[-2].version


KILLED = """
    import os, sys
    from burnish_flows.registry import promotion
    from burnish_flows.registry.decision import GateResult
    from burnish_flows.registry.promotion import Findings
    from burnish_flows.registry.store import Registry

    registry = Registry.connected(sys.argv[1])
    client, point = registry.client, registry.client.set_registered_model_alias

    def die(model, alias, number):
        if alias == "champion":
            os.kill(os.getpid(), 9)
        point(model, alias, number)

    client.set_registered_model_alias = die
    good = GateResult(gate="g", passed=True, reason="better")
    promotion.decide(registry, "denoise", "2", Findings(judgements=(good,), reason="r", expected="1"), who="w")
"""


@pytest.mark.slow
def test_a_promotion_killed_for_good_between_two_aliases_is_mended(
    registry: Registry, registered: Register, store: str
) -> None:
    _promote(registry, registered(), "")
    registered()
    killed = _start(KILLED, store)
    assert killed.wait(1800) == -9
    assert registry.aliases("denoise") == {"champion": "1", "previous": "1", "challenger": "2"}
    assert registry.pending("denoise") is not None
    journal.mend(registry, "denoise")
    assert registry.aliases("denoise") == {"champion": "2", "previous": "1"}
    assert [d.version for d in registry.history("denoise")] == ["1", "2"]
