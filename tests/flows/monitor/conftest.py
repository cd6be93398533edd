"""A registered model with a profile, a folder in which pictures arrive, and nobody listening."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from burnish.drift import Profile
from burnish.drift.profile import distributions
from burnish.io import Picture, write_picture
from burnish_flows import events
from burnish_flows.environment import Project
from burnish_flows.registry.store import Registry, Version

Arrive = Callable[..., None]
Register = Callable[[], Version]


@pytest.fixture
def home(tmp_path: Path, store: str, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project whose store is the test's."""
    (tmp_path / "pyproject.toml").touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", store)
    return Project(root=tmp_path)


@pytest.fixture
def profile() -> Profile:
    """Trained on bright pictures without noise; nothing is restored."""
    figures = [{"noise": 0.001 * x, "brightness": 0.4 + 0.02 * x, "resolution": 0.0025} for x in range(10)]
    return Profile(pictures=10, degrader="degradations/gaussian-noise", seed=0, measures=distributions(figures))


@pytest.fixture
def register(registry: Registry, tmp_path: Path, profile: Profile) -> Register:
    """Registers the next version of ``denoise``, champion, with that profile."""

    def once() -> Version:
        found = registry.client.get_experiment_by_name("burnish/denoise")
        experiment = found.experiment_id if found else registry.client.create_experiment(
            "burnish/denoise", artifact_location=(tmp_path / "artifacts").as_uri()
        )  # fmt: skip
        run = registry.client.create_run(experiment).info.run_id
        registry.client.log_text(run, profile.model_dump_json(), "profile.json")
        made = registry.create_version(
            "denoise", source="file:///nowhere", run_id=run, model_id="", tags={"data_md5": "d.dir"}, card="# card"
        )
        registry.client.set_registered_model_alias("denoise", "champion", made.number)
        return made

    found = registry.client.get_experiment_by_name("burnish/denoise/monitor")
    if found is None:
        registry.client.create_experiment("burnish/denoise/monitor", artifact_location=(tmp_path / "looks").as_uri())
    return once


@pytest.fixture
def arrive(tmp_path: Path) -> Arrive:
    """Puts pictures of 50×50 into the folder ``inbox``."""
    count = 0

    def put(number: int, *, brightness: float = 0.5) -> None:
        nonlocal count
        folder = tmp_path / "inbox"
        folder.mkdir(exist_ok=True)
        for _ in range(number):
            pixels = np.full((50, 50, 3), round(brightness * 255), np.uint8)
            pixels[:, :25] += np.uint8(3)
            write_picture(folder / f"{count:04d}.png", Picture(pixels=pixels))
            count += 1

    return put


@pytest.fixture
def emitted(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The payloads of the events that a server took."""
    taken: list[dict[str, Any]] = []

    def emit(name: str, *, model: str, payload: Mapping[str, Any]) -> bool:
        taken.append(json.loads(json.dumps({"event": name, "model": model, **payload})))
        return True

    monkeypatch.setattr(events, "emit", emit)
    return taken
