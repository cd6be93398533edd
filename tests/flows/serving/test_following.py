"""What is served follows its alias; trouble on the way leaves the present version where it is."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from burnish import inference
from burnish.errors import RegistryError, RestorationError, UsageError
from burnish.inference import Restorer, load_restorer
from burnish.inference.eager import Eager
from burnish.restorer.bundle import write_bundle
from burnish.restorer.options import RestoreOptions
from burnish_flows.registry.store import Registry
from burnish_flows.serving import following as module
from burnish_flows.serving.following import Following
from workshop import until

Register = Callable[..., str]


def _write(folder: Path, restorer: str, config: dict[str, object]) -> None:
    """A bundle of an untrained network."""
    loaded = load_restorer(restorer, config, untrained=True)
    assert isinstance(loaded.restorer, torch.nn.Module)
    write_bundle(
        folder, restorer=loaded.id, config=config, weights=loaded.restorer.state_dict(),
        distribution=loaded.distribution, version=loaded.version,
    )  # fmt: skip


@pytest.fixture
def followed(
    registry: Registry, registered: Register, store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Following:
    """Two versions whose bundles lie in a folder; the first is champion."""

    def fetch(version: module.Version, uri: str, cache: Path) -> Path:
        folder = tmp_path / f"v{version.number}"
        if not folder.exists():
            raise RegistryError(f"v{version.number} cannot be fetched")
        return folder

    monkeypatch.setattr(module, "fetch_bundle", fetch)
    for number in (registered(), registered()):
        _write(tmp_path / f"v{number}", "cnn/dncnn", {"depth": 2, "features": 4, "channels": 3})
    registry.client.set_registered_model_alias("denoise", "champion", "1")
    made = Following("denoise@champion", store, tmp_path / "cache", every=0.05, options=RestoreOptions(engine="eager"))
    made.look()
    return made


def test_it_takes_the_version_that_the_alias_points_at(followed: Following, registry: Registry) -> None:
    assert followed.current.name == "denoise:1"
    assert not followed.look(), "nothing has changed"
    before = followed.current
    registry.client.set_registered_model_alias("denoise", "champion", "2")
    assert followed.look()
    assert (followed.current.name, before.name) == ("denoise:2", "denoise:1"), "who holds the old one keeps it"


def test_a_version_that_cannot_be_loaded_leaves_the_present_one(
    followed: Following, registry: Registry, tmp_path: Path
) -> None:
    (tmp_path / "v2" / "weights.safetensors").write_bytes(b"damaged")
    registry.client.set_registered_model_alias("denoise", "champion", "2")
    with pytest.raises(Exception, match="v2"):
        followed.look()
    assert followed.current.name == "denoise:1"


def test_a_version_that_needs_what_no_request_can_give_is_refused_and_the_present_one_stays(
    followed: Following, registry: Registry, tmp_path: Path
) -> None:
    shutil.rmtree(tmp_path / "v2")
    _write(tmp_path / "v2", "deconvolution/deep-wiener", {"features": 2, "width": 4, "blocks": 0})
    registry.client.set_registered_model_alias("denoise", "champion", "2")
    with pytest.raises(UsageError, match="denoise v2 needs kernel, which requests cannot give"):
        followed.look()
    assert followed.current.name == "denoise:1"


def test_trouble_is_told_and_ends_when_it_is_over(followed: Following, registry: Registry, tmp_path: Path) -> None:
    (tmp_path / "v2").rename(tmp_path / "away")
    registry.client.set_registered_model_alias("denoise", "champion", "2")
    followed._thread.start()
    try:
        until(lambda: "cannot be fetched" in followed.trouble)
        assert followed.current.name == "denoise:1"
        (tmp_path / "away").rename(tmp_path / "v2")
        until(lambda: followed.current.name == "denoise:2" and not followed.trouble)
    finally:
        followed.stop()


def test_the_engines_race_beside_the_first_version_and_before_every_other(
    followed: Following, registry: Registry, store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen, go = [], threading.Event()

    def prepare(loaded: Restorer, options: RestoreOptions) -> Eager:
        seen.append(racing.current.name if racing._current else "none")
        assert go.wait(30)
        return Eager("bf16")

    monkeypatch.setattr(inference, "prepare_engine", prepare)
    racing = Following("denoise@champion", store, tmp_path / "cache", every=0.05)
    racing.start()
    try:
        until(lambda: seen == ["denoise:1"])
        assert racing.current.engine == "", "it serves while they race"
        go.set()
        until(lambda: racing.current.engine == "eager bf16")
        registry.client.set_registered_model_alias("denoise", "champion", "2")
        until(lambda: racing.current.name == "denoise:2")
        assert racing.current.engine == "eager bf16"
        assert seen == ["denoise:1", "denoise:1"], "the first one serves while they race over the second"
    finally:
        racing.stop()


def test_a_named_engine_that_cannot_compute_the_model_is_told_before_the_start(
    followed: Following, store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(loaded: Restorer, options: RestoreOptions) -> Eager:
        raise RestorationError(f"{loaded.label} cannot use the engine {options.engine}")

    monkeypatch.setattr(inference, "prepare_engine", refuse)
    named = Following("denoise@champion", store, tmp_path / "cache", options=RestoreOptions(engine="openvino"))
    with pytest.raises(RestorationError, match="cannot use the engine openvino"):
        named.start()


def test_an_unknown_model_is_refused_at_the_start(store: str, registry: Registry, tmp_path: Path) -> None:
    with pytest.raises(RegistryError, match="nobody: has no 'champion'"):
        Following("nobody@champion", store, tmp_path).start()
    with pytest.raises(UsageError, match="is not a model"):
        Following("/etc/passwd", store, tmp_path)
