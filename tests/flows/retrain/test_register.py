"""A registered version holds bundle, lineage and card, loads from MLflow at any size, and is found again."""

from __future__ import annotations

import errno
import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from burnish.errors import BundleError, RegistryError, UsageError
from burnish.recipe.document import Recipe
from burnish.restorer.bundle import bundle_weights, read_bundle, write_bundle
from burnish_flows.data import sample
from burnish_flows.data.dataset import Pin
from burnish_flows.registry import locate, soundness
from burnish_flows.registry.store import FilesGoneError, Registry, Version
from burnish_flows.retrain import register
from burnish_flows.retrain.snapshot import Run
from mlflow.exceptions import MlflowException

CONFIG = {"depth": 3, "features": 4, "channels": 3}


def _run(tmp_path: Path, store: str) -> Run:
    path = tmp_path / "recipe.yaml"
    path.write_text("model: denoise\n")
    recipe = Recipe.model_validate(
        {
            "model": "denoise",
            "description": "Removes noise.",
            "restorer": {"id": "cnn/dncnn", "config": CONFIG},
            "degrader": {"id": "degradations/gaussian-noise", "config": {"sigma": 0.1}},
            "training": {"budget": {"steps": 1}, "seed": 7},
        }
    )
    pin = Pin(root="data", md5=sample.MD5, files=3, bytes=9, git_revision="g", committed=True, recorded_md5=sample.MD5)
    return Run(
        recipe_path=path, recipe=recipe, project=tmp_path, fingerprint="a" * 64, pin=pin, code_revision="c" * 40,
        plugins={"burnish": "0.1.0", "burnish-cnn": "0.1.0"}, tracking_uri=store,
    )  # fmt: skip


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    from burnish.plugins.catalog import installed
    from burnish.plugins.configuration import complete

    catalog = installed()
    entry = catalog.get("restorers", "cnn/dncnn")
    torch.manual_seed(0)
    network = catalog.create("restorers", "cnn/dncnn", CONFIG)
    folder = tmp_path / "bundle"
    write_bundle(
        folder, restorer=entry.id, config=complete(entry.spec, CONFIG), weights=network.state_dict(),
        distribution=entry.distribution, version=entry.version, training={"steps": 1, "seconds": 2.0},
    )  # fmt: skip
    return folder


@pytest.fixture
def made(tmp_path: Path, store: str, registry: Registry, bundle: Path) -> Version:
    registry.client.create_experiment("burnish/denoise", artifact_location=(tmp_path / "artifacts").as_uri())
    return register.register(_run(tmp_path, store), registry, bundle=bundle, scorecard=None, baselines={})


def test_a_version_carries_its_lineage_as_tags_and_its_card_as_description(registry: Registry, made: Version) -> None:
    tags = registry.version("denoise", "challenger").tags
    assert {k: tags[k] for k in ("data_md5", "data_rev", "git_commit", "seed", "fingerprint", "validation_status")} == {
        "data_md5": sample.MD5, "data_rev": "g", "git_commit": "c" * 40, "seed": "7", "fingerprint": "a" * 64,
        "validation_status": "pending",
    }  # fmt: skip
    assert tags["plugins"] == "burnish==0.1.0, burnish-cnn==0.1.0"
    card = registry.client.get_model_version("denoise", made.number).description
    assert card.startswith("# denoise: cnn/dncnn")
    assert "Removes noise." in card
    assert sample.MD5 in card


def test_weights_that_no_training_made_may_become_champion_if_a_recipe_begins_with_them(
    tmp_path: Path, store: str, registry: Registry, bundle: Path
) -> None:
    manifest, weights = read_bundle(bundle), bundle_weights(bundle)
    write_bundle(
        bundle, restorer=manifest.restorer, config=manifest.config, weights=weights, version=manifest.version,
        distribution=manifest.distribution,
        training={"steps": 0, "best_step": 0, "seconds": 0.0, "facts": {"initial": manifest.weights_sha256}},
    )  # fmt: skip
    registry.client.create_experiment("burnish/denoise", artifact_location=(tmp_path / "artifacts").as_uri())
    version = register.register(_run(tmp_path, store), registry, bundle=bundle, scorecard=None, baselines={})
    assert soundness.fault(registry, registry.version("denoise", version.number)) == ""


def test_the_run_keeps_recipe_lineage_and_card_and_no_pickle(registry: Registry, made: Version, tmp_path: Path) -> None:
    names = {entry.path for entry in registry.client.list_artifacts(made.run_id)}
    assert {"recipe.yaml", "lineage.json", "data.json", "card.md"} <= names
    assert registry.client.get_run(made.run_id).data.params["training.seed"] == "7"
    files = [path.name for path in (tmp_path / "artifacts").rglob("*") if path.is_file()]
    assert "weights.safetensors" in files
    assert not [name for name in files if name.endswith((".pkl", ".pickle", ".pt", ".pth"))]


def test_the_bundle_comes_back_bit_for_bit_and_a_damaged_copy_is_fetched_anew(
    made: Version, store: str, tmp_path: Path, bundle: Path
) -> None:
    folder = locate.fetch_bundle(made, store, tmp_path / "cache")
    assert (folder / "weights.safetensors").read_bytes() == (bundle / "weights.safetensors").read_bytes()
    (folder / "weights.safetensors").write_bytes(b"damaged")
    again = locate.fetch_bundle(made, store, tmp_path / "cache")
    assert (again / "weights.safetensors").read_bytes() == (bundle / "weights.safetensors").read_bytes()


def test_weights_taken_from_another_version_come_back_from_the_new_one_too(
    made: Version, registry: Registry, store: str, tmp_path: Path, bundle: Path
) -> None:
    taken = locate.fetch_bundle(made, store, tmp_path / "cache")
    again = register.register(_run(tmp_path, store), registry, bundle=taken, scorecard=None, baselines={})
    folder = locate.fetch_bundle(again, store, tmp_path / "cache")
    assert folder != taken
    assert (folder / "weights.safetensors").read_bytes() == (bundle / "weights.safetensors").read_bytes()


def test_damage_in_the_store_itself_is_an_error(made: Version, store: str, tmp_path: Path) -> None:
    (weights,) = (tmp_path / "artifacts").rglob("weights.safetensors")
    weights.write_bytes(b"damaged")
    with pytest.raises(BundleError, match=r"weights\.safetensors: is damaged"):
        locate.fetch_bundle(made, store, tmp_path / "cache")


def test_a_store_that_lost_the_bundle_is_an_error(made: Version, store: str, tmp_path: Path) -> None:
    import shutil

    shutil.rmtree(tmp_path / "artifacts")
    with pytest.raises(FilesGoneError, match="its bundle cannot be fetched"):
        locate.fetch_bundle(made, store, tmp_path / "cache")


@pytest.mark.parametrize(
    "error", [OSError(errno.ENOSPC, "No space left on device"), MlflowException("503: try again later")]
)
def test_a_store_that_fails_for_a_while_has_lost_nothing(
    made: Version, store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(**_: object) -> None:
        raise error

    monkeypatch.setattr("mlflow.artifacts.download_artifacts", fail)
    with pytest.raises(RegistryError, match="its bundle cannot be fetched") as failed:
        locate.fetch_bundle(made, store, tmp_path / "cache")
    assert not isinstance(failed.value, FilesGoneError)


@pytest.mark.parametrize("reference", ["denoise@challenger", "denoise:1", "denoise/1", "denoise:v1"])
def test_a_model_is_located_by_alias_or_version(
    made: Version, store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reference: str
) -> None:
    (tmp_path / "pyproject.toml").touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", store)
    assert (locate.locate_bundle(reference) / "bundle.json").is_file()


@pytest.mark.parametrize(
    "reference", ["denoise", "denoise@", "@champion", "Denoise@champion", "denoise:latest", "../x@y"]
)
def test_what_is_no_reference_is_refused(reference: str) -> None:
    with pytest.raises(UsageError, match="is not a model; give NAME@ALIAS"):
        locate.locate_bundle(reference)


def test_the_logged_model_restores_odd_sizes_exactly_as_the_bundle_does(
    made: Version, store: str, bundle: Path
) -> None:
    import mlflow
    from burnish.inference import load_bundle, restore

    mlflow.set_tracking_uri(store)
    model = mlflow.pyfunc.load_model(made.uri)
    degraded = np.random.default_rng(0).random((2, 3, 33, 47), dtype=np.float32)
    expected = restore(load_bundle(bundle), torch.from_numpy(degraded)).clamp(0, 1).numpy()
    assert np.array_equal(model.predict(degraded), expected)


def test_the_logged_model_refuses_what_is_no_float_picture(made: Version, store: str) -> None:
    import mlflow

    mlflow.set_tracking_uri(store)
    model = mlflow.pyfunc.load_model(made.uri)
    for wrong in (np.zeros((1, 4, 8, 8), np.float32), np.zeros((1, 3, 8, 8), np.uint8)):
        with pytest.raises(Exception, match=r"(?i)schema"):
            model.predict(wrong)


@pytest.mark.slow
def test_mlflow_serves_the_registered_model_over_http(made: Version, store: str, tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "mlflow", "models", "serve", "-m", made.uri, "-p", str(port), "-h", "127.0.0.1",
               "--env-manager", "local"]  # fmt: skip
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"  # MLflow calls uvicorn by name
    environment = {
        **os.environ,
        "PATH": path,
        "MLFLOW_TRACKING_URI": store,
        "MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "false",
    }
    with (tmp_path / "serve.log").open("wb") as log:
        server = subprocess.Popen(command, env=environment, stdout=log, stderr=log, cwd=tmp_path)
    try:
        picture = np.full((1, 3, 5, 7), 0.5, np.float32)
        answer = _ask(
            f"http://127.0.0.1:{port}/invocations", {"inputs": picture.tolist()}, server, tmp_path / "serve.log"
        )
        assert np.asarray(answer["predictions"]).shape == (1, 3, 5, 7)
    finally:
        server.terminate()
        server.wait(1800)


def _ask(url: str, body: dict[str, Any], server: subprocess.Popen[bytes], log: Path) -> dict[str, Any]:
    request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
    end = time.monotonic() + 1800
    while True:
        assert server.poll() is None, log.read_text()
        try:
            with urllib.request.urlopen(request, timeout=1800) as answer:
                said: dict[str, Any] = json.load(answer)
                return said
        except urllib.error.HTTPError as error:
            raise AssertionError(error.read()) from error
        except OSError:
            assert time.monotonic() < end, "mlflow models serve does not answer"
            time.sleep(0.3)
