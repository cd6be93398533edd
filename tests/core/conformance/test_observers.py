"""Facts about the kit's checks of observers: a sound plugin passes, each fault is found by its own check."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from burnish.conformance import check
from burnish.conformance.sample_events import HOOKS, sample
from burnish.plugins.discovery import Candidate

Install = Callable[..., Candidate]

_PLUGIN = """
from burnish import hookimpl

@hookimpl
def on_promotion_decided(event):
    {body}
"""


@pytest.mark.parametrize("hook", HOOKS)
def test_every_hook_has_a_sample_event(hook: str) -> None:
    assert sample(hook).as_json()["model"] == "an example"


@pytest.mark.parametrize(
    ("body", "caught"),
    [
        ("print(event.version, event.promoted)", ""),
        ("event.version = '2'", "takes every event that it observes"),
        ("event.challenger", "takes every event that it observes"),
        ("__import__('random').seed(0)", "leaves global randomness untouched"),
        ("__import__('os').chdir('/')", "leaves the settings of the process as they are"),
        ("raise ConnectionError('no network')", ""),
    ],
)
def test_a_fault_of_an_observer_is_found_by_its_own_check(install: Install, body: str, caught: str) -> None:
    install("burnish-watching", _PLUGIN.format(body=body))
    failed = [finding.name for finding in check("burnish-watching") if finding.asked and not finding.passed]
    assert failed == ([caught] if caught else [])
