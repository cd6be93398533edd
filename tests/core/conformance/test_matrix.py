"""Facts about the kit as a whole: every broken plugin is caught by its own check, and every check catches one alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from broken_plugins import ALL, Broken, benchmarks, commands, degraders, formats, gates, learners, metrics, restorers  # noqa: F401
from burnish.conformance import check, checks
from burnish.plugins.catalog import Catalog


@pytest.mark.parametrize("plugin", [pytest.param(one, id=one.name) for one in ALL])
def test_a_broken_plugin_is_caught_by_its_own_check(
    plugin: Broken, declare: Callable[..., Catalog], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # some leave files in the working folder
    findings = check("test/tried", declare(plugin.spec, plugin.implementation, **plugin.declared))
    failed = {finding.name: finding.message for finding in findings if finding.asked and not finding.passed}
    assert set(failed) == {plugin.by, *plugin.also}, failed
    assert failed[plugin.by].strip(), "it says what to mend"


def test_every_check_catches_a_plugin_that_no_other_check_catches(declare: Callable[..., Catalog]) -> None:
    asked = {
        one.name
        for plugin in ALL
        for one in checks("test/tried", catalog=declare(plugin.spec, plugin.implementation, **plugin.declared))
    }
    alone = {plugin.by for plugin in ALL if not plugin.also}
    assert asked - alone == {"is declared without a framework"}  # of installed distributions: see test_declared.py


def test_there_are_more_broken_plugins_than_checks() -> None:
    assert len(ALL) >= 120
    assert len({(plugin.spec, plugin.fault) for plugin in ALL}) == len(ALL), "each fault is told once"
