"""A version has its profile from registration or on demand; without recipe or data it says what is missing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from burnish.drift import Profile
from burnish.errors import DataError, RegistryError
from burnish.io import Picture, write_picture
from burnish.recipe.document import Recipe
from burnish_flows.data import dataset
from burnish_flows.environment import Project
from burnish_flows.monitor import profiles
from burnish_flows.registry.store import Registry, Version

RECIPE = """
model: denoise
restorer: {id: cnn/dncnn, config: {depth: 3, features: 4, channels: 3}}
degrader: {id: degradations/gaussian-noise, config: {sigma: 0.1}}
training: {budget: {steps: 1}}
"""


@pytest.fixture
def bare(registry: Registry, tmp_path: Path) -> Callable[..., Version]:
    """Registers a version without profile."""

    def register(md5: str = "m.dir", recipe: str = RECIPE) -> Version:
        experiment = registry.client.create_experiment("bare", artifact_location=(tmp_path / "artifacts").as_uri())
        run = registry.client.create_run(experiment).info.run_id
        if recipe:
            registry.client.log_text(run, recipe, "recipe.yaml")
        tags = {"data_md5": md5}
        return registry.create_version("denoise", source="s", run_id=run, model_id="", tags=tags, card="c")

    return register


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch, profile: Profile) -> list[Path]:
    """The projects for which a profile was made; the making itself is tested elsewhere."""
    asked: list[Path] = []

    def make(recipe: Recipe, project: Path, bundle: Path, *, quiet: bool = True) -> Profile:
        asked.append(project)
        return profile

    monkeypatch.setattr(profiles, "make", make)
    monkeypatch.setattr(profiles, "fetch_bundle", lambda version, uri, cache: cache)
    return asked


def pinned(monkeypatch: pytest.MonkeyPatch, md5: str) -> None:
    pin = dataset.Pin(root="data", md5=md5, files=1, bytes=1)
    monkeypatch.setattr(dataset, "pin", lambda project, root, **more: pin)


def test_a_registered_profile_is_fetched_once(
    registry: Registry, register: Callable[[], Version], home: Project, profile: Profile
) -> None:
    version = register()
    assert profiles.profile_of(registry, version, home) == profile
    kept = home.cache / "profiles" / version.run_id / "profile.json"
    kept.write_text(kept.read_text().replace('"pictures":10', '"pictures":11'))
    assert profiles.profile_of(registry, version, home).pictures == 11


def test_without_one_it_is_made_of_recipe_and_data_and_kept_with_the_version(
    registry: Registry, bare: Callable[..., Version], home: Project, profile: Profile, made: list[Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    version = bare()
    pinned(monkeypatch, "m.dir")
    assert profiles.profile_of(registry, version, home) == profile
    assert profiles.profile_of(registry, version, home) == profile
    assert made == [home.root]
    assert "profile.json" in {entry.path for entry in registry.client.list_artifacts(version.run_id)}


def test_other_data_missing_data_and_a_missing_recipe_are_said(
    registry: Registry, bare: Callable[..., Version], home: Project, made: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    version = bare()
    with pytest.raises(
        DataError, match=r"denoise v1: has no profile, and its data are not available .*; bring the dataset m"
    ):
        profiles.profile_of(registry, version, home)
    pinned(monkeypatch, "other.dir")
    with pytest.raises(DataError, match=r"the data here are different \(other\.dir\); bring the dataset m\.dir to"):
        profiles.profile_of(registry, version, home)
    assert made == []


def test_a_profile_that_someone_damaged_is_said_with_what_to_delete(
    registry: Registry, bare: Callable[..., Version], home: Project, profile: Profile
) -> None:
    version = bare()
    registry.client.log_text(version.run_id, "{}", "profile.json")
    for _ in range(2):
        with pytest.raises(RegistryError, match=f"denoise v1: its profile.json is not a profile; .* {version.run_id}"):
            profiles.profile_of(registry, version, home)
    registry.client.log_text(version.run_id, profile.model_dump_json(), "profile.json")
    assert profiles.profile_of(registry, version, home) == profile


def test_a_version_that_burnish_did_not_register_is_said(
    registry: Registry, bare: Callable[..., Version], registered: Callable[..., str], home: Project
) -> None:
    with pytest.raises(RegistryError, match=r"recipe\.yaml of run .* is not available"):
        profiles.profile_of(registry, bare(recipe=""), home)
    number = registered("other")
    with pytest.raises(RegistryError, match="has no run; it was not registered by burnish retrain"):
        profiles.profile_of(registry, registry.version("other", number), home)


def test_what_goes_wrong_at_registration_ends_no_retraining(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: Any, **more: Any) -> Profile:
        raise MemoryError("no room")

    monkeypatch.setattr(profiles, "make", fail)
    recipe = Recipe.model_validate({"model": "denoise", "restorer": {"id": "cnn/dncnn"},
                                    "degrader": {"id": "degradations/jpeg"},
                                    "training": {"budget": {"steps": 1}}})  # fmt: skip
    assert profiles.attempt(recipe, tmp_path, tmp_path) is None
    assert (
        "denoise: the profile of its training data could not be measured (no room); burnish monitor tries again"
        in caplog.text
    )


def test_a_real_bundle_is_profiled(tmp_path: Path) -> None:
    import torch
    from burnish.plugins.catalog import installed
    from burnish.plugins.configuration import complete
    from burnish.restorer.bundle import write_bundle

    (tmp_path / "data" / "train").mkdir(parents=True)
    draw = np.random.default_rng(0)
    for number in range(3):
        pixels = draw.integers(0, 255, (100, 100, 3), dtype=np.uint8)
        write_picture(tmp_path / "data" / "train" / f"{number}.png", Picture(pixels=pixels))
    catalog = installed()
    config = {"depth": 3, "features": 4, "channels": 3}
    entry = catalog.get("restorers", "cnn/dncnn")
    torch.manual_seed(0)
    write_bundle(
        tmp_path / "bundle", restorer=entry.id, config=complete(entry.spec, config),
        weights=catalog.create("restorers", entry.id, config).state_dict(), distribution=entry.distribution,
        version=entry.version, training={},
    )  # fmt: skip
    recipe = Recipe.model_validate({"model": "denoise", "restorer": {"id": "cnn/dncnn", "config": config},
                                    "degrader": {"id": "degradations/gaussian-noise"},
                                    "training": {"budget": {"steps": 1}}})  # fmt: skip
    made = profiles.attempt(recipe, tmp_path, tmp_path / "bundle")
    assert made is not None
    assert (made.pictures, made.measures["output_quality"].count) == (3, 3)
