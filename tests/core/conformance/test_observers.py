"""Facts about the kit's checks of observers: a sound plugin passes, each fault is found by its own check."""

from __future__ import annotations

from pathlib import Path

import pytest
from burnish.conformance import check
from burnish.conformance.sample_events import HOOKS, sample

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
def test_a_fault_of_an_observer_is_found_by_its_own_check(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str, caught: str
) -> None:
    module = f"burnish_watching_{abs(hash(body))}"
    (tmp_path / f"{module}.py").write_text(_PLUGIN.format(body=body))
    record = tmp_path / "burnish_watching-1.0.dist-info"
    record.mkdir()
    (record / "METADATA").write_text("Metadata-Version: 2.1\nName: burnish-watching\nVersion: 1.0\n")
    (record / "entry_points.txt").write_text(f"[burnish]\nwatching = {module}\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    failed = [finding.name for finding in check("burnish-watching") if finding.asked and not finding.passed]
    assert failed == ([caught] if caught else [])
