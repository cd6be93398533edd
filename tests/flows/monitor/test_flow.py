"""The flow is what a deployment finds: parameters that are JSON, short, one look."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import pytest
from burnish_flows.environment import Project
from burnish_flows.monitor import drift_check, flow
from burnish_flows.monitor.drift_check import Watch


def test_the_flow_looks_once_in_the_project_of_the_working_directory(
    home: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[Watch, Project]] = []

    def look(watch: Watch, project: Project) -> dict[str, Any]:
        asked.append((watch, project))
        return {"state": "inside"}

    monkeypatch.setattr(drift_check, "look", look)
    monkeypatch.setattr(flow, "look_task", flow.look_task.fn)
    assert flow.monitor.fn("denoise@champion", "inbox", sample=20, output_quality=False) == {"state": "inside"}
    watch = Watch(model="denoise@champion", folder=Path("inbox"), sample=20, output_quality=False, quiet=True)
    assert asked == [(watch, home)]


def test_the_flow_reads_as_a_sentence() -> None:
    assert len(inspect.getsource(flow.monitor.fn).splitlines()) <= 30
    assert flow.monitor.name == "monitor"
