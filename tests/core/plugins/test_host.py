from __future__ import annotations

import dataclasses
import pickle
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest
from burnish.events import PromotionDecided
from burnish.plugins.catalog import Catalog
from burnish.plugins.discovery import Candidate
from burnish.plugins.host import Host, PluginState, installed, namespace

Install = Callable[..., Candidate]

GOOD = """
    from burnish import RestorerSpec, hookimpl

    @hookimpl
    def register_restorers():
        yield RestorerSpec(name="median", factory="x.y:Z", summary="Takes the median", tasks=frozenset({"denoise"}))
"""

HALF_WAY = """
    from burnish import RestorerSpec, hookimpl

    @hookimpl
    def register_restorers():
        yield RestorerSpec(name="first", factory="x.y:Z", summary="Comes before the accident")
        raise RuntimeError("no second one today")
"""

MISSPELT = """
    from burnish import hookimpl

    @hookimpl
    def register_restorer():
        return []
"""

HOOK = "from burnish import hookimpl\n@hookimpl\ndef "

EVENT = PromotionDecided(model="m", version="3", promoted=True, champion="3", reason="better")


def state_of(host: Host, distribution: str) -> PluginState:
    return next(plugin for plugin in host.plugins if plugin.distribution == distribution)


def test_a_good_plugin_is_loaded_and_its_ids_carry_its_namespace(install: Install) -> None:
    host = Host([install("burnish-good", GOOD)])
    assert state_of(host, "burnish-good").state == "loaded"
    assert list(Catalog(host.entries).entries("restorers")) == ["good/median"]


@pytest.mark.parametrize(
    ("code", "requires", "state", "words"),
    [
        ("raise RuntimeError('libfoo is missing')", "burnish", "broken", "RuntimeError: libfoo is missing"),
        ("import sys; sys.exit(3)", "burnish", "broken", "SystemExit"),
        ("def (", "burnish", "broken", "SyntaxError"),
        (MISSPELT, "burnish", "broken", "did you mean register_restorers?"),
        (HALF_WAY, "burnish", "broken", "no second one today"),
        (GOOD, "burnish>=2,<3", "incompatible", "needs burnish >=2,<3, but this is"),
        (GOOD, "burnish ~= 2.0", "incompatible", "needs burnish ~= 2.0"),
        (
            HOOK + "register_restorers():\n    return [42]",
            "burnish",
            "broken",
            "yields int",
        ),
        (
            HOOK + "register_restorers():\n    return 42",
            "burnish",
            "broken",
            "TypeError",
        ),
        (
            HOOK + "register_restorers(wish):\n    return []",
            "burnish",
            "broken",
            "wish",
        ),
        (GOOD.replace('median"', 'Median"'), "burnish", "broken", "'Median' has other than lower case"),
        (GOOD.replace("x.y:Z", "x.y"), "burnish", "broken", "not of the form module:attribute"),
        (GOOD.replace("summary=", "temporal='both', summary="), "burnish", "broken", "unknown word 'both'"),
        (GOOD + GOOD[GOOD.index("        yield") :], "burnish", "broken", "declares bad/median twice"),
    ],
    ids=lambda value: " ".join(str(value).split())[-40:],
)
def test_a_bad_plugin_is_shown_with_its_reason_and_nothing_else_is_affected(
    install: Install, code: str, requires: str, state: str, words: str
) -> None:
    host = Host([install("burnish-bad", code, requires=requires), install("burnish-good", GOOD)])
    bad = state_of(host, "burnish-bad")
    assert (bad.state, bad.declares) == (state, ())
    assert words in bad.reason
    assert "\n" not in bad.reason
    assert state_of(host, "burnish-good").state == "loaded"
    assert list(Catalog(host.entries).entries("restorers")) == ["good/median"]
    assert host.notify("on_promotion_decided", EVENT) == []


def test_an_incompatible_plugin_is_never_imported(install: Install) -> None:
    candidate = install("burnish-future", "raise SystemExit('imported')", requires="burnish>=9")
    assert state_of(Host([candidate]), "burnish-future").state == "incompatible"
    assert "burnish_future.plugin" not in sys.modules


def test_a_requirement_behind_an_extra_does_not_count(install: Install) -> None:
    candidate = install("burnish-good", GOOD, requires='burnish>=9; extra == "future"')
    assert state_of(Host([candidate]), "burnish-good").state == "loaded"


def test_of_two_distributions_that_claim_one_id_the_one_named_burnish_has_the_right(install: Install) -> None:
    host = Host([install("burnish-rival", GOOD), install("rival", GOOD)])
    assert state_of(host, "burnish-rival").state == "loaded"
    loser = state_of(host, "rival")
    assert loser.state == "broken"
    assert "claims rival/median, which burnish-rival:burnish_rival claims too" in loser.reason
    assert Catalog(host.entries).get("restorers", "rival/median").distribution == "burnish-rival"


def test_of_two_entries_of_one_distribution_that_claim_one_id_neither_has_the_right(
    install: Install, site: Path
) -> None:
    one = install("burnish-twin", GOOD)
    (site / "burnish_twin" / "other.py").write_text(textwrap.dedent(GOOD))
    two = dataclasses.replace(one, entry="other", module="burnish_twin.other")
    host = Host([one, two])
    assert {plugin.state for plugin in host.plugins} == {"broken"}
    assert all("claims twin/median" in plugin.reason for plugin in host.plugins)


def test_the_same_name_in_two_namespaces_is_no_conflict_and_the_short_name_lists_both(install: Install) -> None:
    from burnish.errors import UnknownIdError

    host = Host([install("burnish-a", GOOD), install("burnish-b", GOOD)])
    assert [plugin.state for plugin in host.plugins] == ["loaded", "loaded"]
    with pytest.raises(UnknownIdError, match="a/median, b/median"):
        Catalog(host.entries).get("restorers", "median")


def test_the_order_of_discovery_changes_nothing(install: Install) -> None:
    found = [install("burnish-a", GOOD), install("burnish-b", HALF_WAY), install("burnish-c", GOOD)]
    forward, backward = Host(found), Host(found[::-1])
    assert sorted(forward.plugins, key=str) == sorted(backward.plugins, key=str)
    assert Catalog(forward.entries).entries("restorers") == Catalog(backward.entries).entries("restorers")


@pytest.mark.parametrize("name", ["burnish-good", "good", "burnish_good", "burnish-good:burnish_good"])
def test_a_plugin_is_blocked_by_any_of_its_names(install: Install, name: str) -> None:
    host = Host([install("burnish-good", "raise SystemExit")], block=[name])
    assert state_of(host, "burnish-good").state == "blocked"
    assert host.objections() == []


def test_what_is_not_allowed_is_blocked_when_some_are_allowed(install: Install) -> None:
    host = Host([install("burnish-a", GOOD), install("burnish-b", GOOD)], allow=["a"])
    assert [plugin.state for plugin in host.plugins] == ["loaded", "blocked"]


@pytest.mark.parametrize(
    ("variable", "states"),
    [("BURNISH_BLOCK", ("blocked", "loaded")), ("BURNISH_ALLOW", ("loaded", "blocked"))],
)
def test_the_environment_names_the_plugins_that_are_blocked_or_allowed(
    install: Install, monkeypatch: pytest.MonkeyPatch, variable: str, states: tuple[str, str]
) -> None:
    install("burnish-one", GOOD)
    install("burnish-two", GOOD)
    monkeypatch.setenv(variable, " burnish-one ,, no-such-plugin")
    host = installed.__wrapped__()
    found = state_of(host, "burnish-one"), state_of(host, "burnish-two")
    assert tuple(plugin.state for plugin in found) == states
    assert next(plugin.reason for plugin in found if plugin.state == "blocked").endswith(variable)


def test_what_a_plugin_prints_at_import_goes_to_standard_error(
    install: Install, capsys: pytest.CaptureFixture[str]
) -> None:
    Host([install("burnish-chatty", "print('hello from me')")])
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "hello from me" in captured.err


@pytest.mark.parametrize("kind", ["OSError", "SystemExit"])
def test_an_observer_that_raises_is_reported_and_the_others_are_told(
    install: Install, caplog: pytest.LogCaptureFixture, kind: str
) -> None:
    raising = HOOK + f"on_promotion_decided(event):\n    raise {kind}('the pager is down')"
    hearing = "heard = []\n" + HOOK + "on_promotion_decided(event):\n    heard.append(event)\n    return 1"
    host = Host([install("burnish-raising", raising), install("burnish-hearing", hearing)])
    failures = host.notify("on_promotion_decided", EVENT)
    assert [(failure.plugin, failure.error) for failure in failures] == [
        ("burnish-raising:burnish_raising", f"{kind}: the pager is down")
    ]
    assert sys.modules["burnish_hearing.plugin"].heard == [EVENT]
    assert "the pager is down" in caplog.text


def test_a_broken_plugin_hears_nothing(install: Install) -> None:
    code = (
        HALF_WAY
        + "\n    heard = []\n    @hookimpl\n    def on_promotion_decided(event):\n        heard.append(event)\n"
    )
    host = Host([install("burnish-bad", code)])
    assert host.notify("on_promotion_decided", EVENT) == []
    assert sys.modules["burnish_bad.plugin"].heard == []


def test_events_survive_pickling_and_json() -> None:
    import json

    assert pickle.loads(pickle.dumps(EVENT)) == EVENT  # noqa: S301
    assert json.loads(json.dumps(EVENT.as_json()))["reason"] == "better"


def test_the_namespace_is_the_distribution_without_burnish() -> None:
    assert [namespace(name) for name in ("burnish-cnn", "acme-blur", "burnish")] == ["cnn", "acme-blur", "burnish"]
