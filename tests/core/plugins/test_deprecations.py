"""Facts about what plugins should no longer use: it works, its author is told, and the manual has it in a table."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pluggy
import pytest
from burnish.cli.commands import doctor, plugins
from burnish.plugins import deprecations, hookspecs
from burnish.plugins.deprecations import Deprecation
from burnish.plugins.discovery import Candidate
from burnish.plugins.host import Host

HOOK = Deprecation(name="on_training_ended", since="0.2", until="1.0", instead="implement on_bundle_written")
FIELD = Deprecation(name="RestorerSpec.reference", since="0.3", until="1.0", instead="set papers")
USES = """
    from burnish import RestorerSpec, hookimpl

    @hookimpl
    def register_restorers():
        yield RestorerSpec(name="a", factory="a:b", summary="s", reference="arXiv:1")
        yield RestorerSpec(name="b", factory="a:b", summary="s", reference="arXiv:1")
        yield RestorerSpec(name="c", factory="a:b", summary="s")

    @hookimpl
    def on_training_ended(event):
        pass
"""
TOLD = (
    "uses on_training_ended, which is deprecated since 0.2 and goes with 1.0; implement on_bundle_written",
    "uses RestorerSpec.reference, which is deprecated since 0.3 and goes with 1.0; set papers",
)


@pytest.fixture
def host(install: Callable[..., Candidate], monkeypatch: pytest.MonkeyPatch) -> Host:
    """With a plugin that uses a hook and a field that are deprecated for this test."""
    monkeypatch.setattr(deprecations, "DEPRECATIONS", (HOOK, FIELD))
    return Host([install("burnish-old", USES)])


def test_a_plugin_that_uses_what_is_deprecated_works_and_is_told_of_each_once(host: Host) -> None:
    (state,) = host.plugins
    assert (state.state, state.deprecated) == ("loaded", TOLD)
    assert [entry.id for entry in host.entries] == ["old/a", "old/b", "old/c"]


def test_plugins_and_doctor_name_it_with_what_to_do_instead(
    host: Host, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(plugins, "installed", lambda: host)
    monkeypatch.setattr(doctor, "installed", lambda: host)
    assert plugins.main([]) == 0
    assert TOLD[0] in " ".join(capsys.readouterr().out.split())
    doctor.main([])
    assert f"note plugin burnish-old: {TOLD[1]}; update it, or tell its author" in capsys.readouterr().out


def test_an_author_s_own_tests_show_pluggy_s_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deprecations, "DEPRECATIONS", (HOOK,))

    def on_training_ended(event: object) -> None:
        """As the host specifies it."""

    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(SimpleNamespace(on_training_ended=hookspecs._hookspec(on_training_ended)))
    plugin = SimpleNamespace(on_training_ended=hookspecs.hookimpl(lambda event: None))
    with pytest.warns(DeprecationWarning, match="deprecated since 0.2 and goes with 1.0; implement on_bundle_written"):
        manager.register(plugin)


def test_what_is_not_deprecated_is_said_nothing_of(install: Callable[..., Candidate]) -> None:
    assert Host([install("burnish-old", USES)]).plugins[0].deprecated == ()


def test_the_table_of_the_manual_has_all_of_them() -> None:
    page = (Path(__file__).parents[3] / "docs" / "compatibility.md").read_text(encoding="utf-8")
    rows = re.findall(
        r"^\| (.+?) \| (.*?) ?\| (.*?) ?\| (.*?) ?\|$", page.partition("## What is deprecated")[2], re.MULTILINE
    )
    told = [(f"`{one.name}`", one.since, one.until, one.instead) for one in deprecations.DEPRECATIONS]
    assert rows[1:] == (told or [("none", "", "", "")])
    assert all(re.fullmatch(r"[1-9]\d*\.0", one.until) for one in deprecations.DEPRECATIONS), (
        "only a major version removes"
    )
