"""Facts about the kit's questions to every declaration."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from burnish.builtin.identity import Identity
from burnish.plugins.declarations import RestorerSpec

Failures = Callable[..., dict[str, str]]


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
        ({"config": {"a": {"type": "integer", "description": "x"}}}, "describes its settings", "must be given 'a'"),
    ],
)
def test_a_declaration_that_is_unsound_is_found(
    failures: Failures, declared: dict[str, Any], question: str, fact: str
) -> None:
    given = {"tasks": frozenset({"denoise"}), "receptive_field": 1} | declared
    assert fact in failures(RestorerSpec, Identity, **given)[question]


def test_a_task_that_no_one_else_has_is_allowed(failures: Failures) -> None:
    assert failures(RestorerSpec, Identity, tasks=frozenset({"colourise"})) == {}
