"""``burnish up`` keeps its services whatever a look at the data meets."""

from __future__ import annotations

from pathlib import Path

import pytest
from burnish_flows.environment import Project
from burnish_flows.services import up as module
from burnish_flows.services.up import Up
from burnish_flows.services.watching import DataWatcher
from burnish_flows.up_state import Running

RUNNING = Running(pid=1, since="", prefect="http://p/api", mlflow="http://m")


def test_a_look_at_the_data_that_fails_is_said_and_the_next_one_follows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = iter([PermissionError(13, "Permission denied", "secret/a.dvc"), KeyboardInterrupt()])

    def look(_: DataWatcher) -> list[str]:
        raise next(looks)

    monkeypatch.setattr(module, "LOOK", 0)
    monkeypatch.setattr(DataWatcher, "look", look)
    said: list[str] = []
    with pytest.raises(KeyboardInterrupt):
        Up(Project(root=tmp_path), said.append).keep(RUNNING, DataWatcher(tmp_path, every=0))
    assert said == ["data     cannot be checked: [Errno 13] Permission denied: 'secret/a.dvc'"]
