"""Facts about the kit's questions to every declaration."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from burnish.builtin.identity import Identity
from burnish.conformance.declared import _import_alone
from burnish.plugins.declarations import RestorerSpec
from burnish.plugins.discovery import Candidate

Failures = Callable[..., dict[str, str]]
Install = Callable[..., Candidate]


@pytest.mark.parametrize(
    ("declared", "question", "fact"),
    [
        ({"summary": ""}, "has a summary of one line", "is empty"),
        ({"summary": "Ends."}, "has a summary of one line", "full stop"),
        ({"summary": "a\nb"}, "has a summary of one line", "one line"),
        ({"tasks": frozenset({"denoising"})}, "names known tasks", "'denoise'"),
        ({"tasks": frozenset()}, "names known tasks", "no task"),
        ({"config": {"a": {"type": "integer", "default": 1}}}, "describes its settings", "no description"),
        ({"config": {"a": {"type": "int", "description": "x"}}}, "describes its settings", "schema of the setting 'a'"),
        (
            {"config": {"a": {"type": "integer", "default": "x", "description": "x"}}},
            "describes its settings",
            "default of the setting 'a'",
        ),
        (
            {"config": {"a": {"type": "integer", "description": "x"}}},
            "is made from its settings",
            "must be given 'a'",
        ),
    ],
)
def test_a_declaration_that_is_unsound_is_found(
    failures: Failures, declared: dict[str, Any], question: str, fact: str
) -> None:
    given = {"tasks": frozenset({"denoise"}), "receptive_field": 1} | declared
    assert fact in failures(RestorerSpec, Identity, **given)[question]


def test_a_task_that_no_one_else_has_is_allowed(failures: Failures) -> None:
    assert failures(RestorerSpec, Identity, tasks=frozenset({"colourise"})) == {}


@pytest.mark.parametrize(
    ("line", "fact"),
    [
        ("import numpy", "burnish_test.plugin imports numpy, for which every command"),
        ("import time; time.sleep(0.7)", "to import; every command waits"),
        ("raise RuntimeError('no')", "burnish_test.plugin cannot be imported: RuntimeError: no"),
        ("x = 1", ""),
    ],
)
def test_a_plugin_that_is_slow_or_heavy_at_import_is_found(
    failures: Failures, install: Install, line: str, fact: str
) -> None:
    install("burnish-test", line)
    _import_alone.cache_clear()
    found = failures(RestorerSpec, Identity, tasks=frozenset({"denoise"}), receptive_field=1)
    assert fact in found.get("is declared without a framework", "") and bool(found) == bool(fact)
