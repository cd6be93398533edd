"""A version holds its network as ONNX too, if the recipe asks for it; if that is refused, it is registered without."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from burnish.errors import ConfigError
from burnish.recipe.document import Recipe
from burnish.restorer.bundle import write_bundle
from burnish_flows.data import sample
from burnish_flows.data.dataset import Pin
from burnish_flows.registry import locate
from burnish_flows.registry.store import Registry, Version
from burnish_flows.retrain import register, snapshot
from burnish_flows.retrain.snapshot import Run

PIN = Pin(root="data", md5=sample.MD5, files=3, bytes=9, committed=True, recorded_md5=sample.MD5)
WRITTEN = {"id": "cnn/dncnn", "config": {"depth": 3, "features": 4, "channels": 3}}
SOLVING = {"id": "super-resolution/burst-sr", "config": {"width": 4, "blocks": 1, "hidden": 2}}


def a_run(folder: Path, store: str, restorer: dict[str, Any], flavours: list[str]) -> Run:
    recipe = {
        "model": "denoise",
        "restorer": restorer,
        "degrader": {"id": "degradations/burst"},
        "training": {"budget": {"steps": 1}},
        "flavours": flavours,
    }
    path = folder / "recipe.yaml"
    path.write_text("model: denoise\nflavours: [onnx]\n")
    return Run(
        recipe_path=path, recipe=Recipe.model_validate(recipe), project=folder, fingerprint="a" * 64,
        pin=PIN, plugins={}, tracking_uri=store,
    )  # fmt: skip


def a_version(folder: Path, store: str, restorer: dict[str, Any], flavours: list[str]) -> Version:
    """Of a network with random weights, as champion."""
    from burnish.plugins.catalog import installed
    from burnish.plugins.configuration import complete

    catalog = installed()
    entry = catalog.get("restorers", restorer["id"])
    torch.manual_seed(0)
    write_bundle(
        folder / "bundle", restorer=entry.id, config=complete(entry.spec, restorer["config"]),
        weights=catalog.create("restorers", entry.id, restorer["config"]).state_dict(),
        distribution=entry.distribution, version=entry.version, training={"steps": 1, "seconds": 2.0},
    )  # fmt: skip
    registry = Registry.connected(store)
    registry.client.create_experiment("burnish/denoise", artifact_location=(folder / "artifacts").as_uri())
    run = a_run(folder, store, restorer, flavours)
    made = register.register(run, registry, bundle=folder / "bundle", scorecard=None, baselines={})
    registry.client.set_registered_model_alias("denoise", "champion", made.number)
    return made


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, _empty_store: Path) -> Path:
    """A folder whose store has one version with both flavours, made once for all tests."""
    pytest.importorskip("onnxscript", reason="the extra burnish[onnx] is not installed")
    folder = tmp_path_factory.mktemp("flavours")
    shutil.copyfile(_empty_store, folder / "mlflow.db")
    a_version(folder, f"sqlite:///{folder / 'mlflow.db'}", WRITTEN, ["onnx"])
    return folder


@pytest.fixture
def both(place: Path) -> Version:
    import mlflow

    store = f"sqlite:///{place / 'mlflow.db'}"
    mlflow.set_tracking_uri(store)
    return Registry.connected(store).version("denoise", "champion")


def test_a_version_with_the_flavour_onnx_restores_in_onnx_runtime_as_burnish_does(both: Version, place: Path) -> None:
    import mlflow.onnx
    import onnxruntime
    from burnish.inference import load_bundle, restore

    assert mlflow.models.get_model_info(both.uri).flavors.keys() == {"python_function", "onnx"}
    network = mlflow.onnx.load_model("models:/denoise@champion")
    session = onnxruntime.InferenceSession(network.SerializeToString(), providers=["CPUExecutionProvider"])
    degraded = np.random.default_rng(0).random((2, 3, 33, 47), dtype=np.float32)
    (estimate,) = session.run(None, {"picture": degraded})
    expected = restore(load_bundle(place / "bundle"), torch.from_numpy(degraded)).numpy()
    assert np.abs(estimate - expected).max() < 1e-5


def test_a_version_describes_its_onnx_file_as_mlflow_describes_its_own(both: Version, tmp_path: Path) -> None:
    import mlflow.onnx
    from mlflow.models import Model

    mlflow.onnx.save_model(mlflow.onnx.load_model(both.uri), tmp_path / "own", pip_requirements=[])
    own = Model.load(tmp_path / "own").flavors["onnx"]
    assert Model.load(both.uri).flavors["onnx"] == {**own, "data": "artifacts/model.onnx"}


def test_a_version_with_the_flavour_onnx_is_served_and_fetched_as_one_without(both: Version, place: Path) -> None:
    import mlflow
    from burnish.inference import load_bundle, restore

    degraded = np.random.default_rng(0).random((1, 3, 17, 23), dtype=np.float32)
    expected = restore(load_bundle(place / "bundle"), torch.from_numpy(degraded)).clamp(0, 1).numpy()
    assert np.array_equal(mlflow.pyfunc.load_model(both.uri).predict(degraded), expected)
    folder = locate.fetch_bundle(both, f"sqlite:///{place / 'mlflow.db'}", place / "cache")
    assert (folder / "weights.safetensors").is_file()


def test_a_version_with_the_flavour_onnx_says_how_well_it_agrees_and_holds_one_file_and_no_pickle(
    both: Version, place: Path
) -> None:
    words = both.tags["onnx"].split()
    assert words[:2] == ["agrees", "to"] and int(words[2]) >= 60 and words[3:] == ["dB"]
    (card,) = (place / "artifacts").rglob("card.md")
    assert f"Flavour onnx (`mlflow.onnx.load_model`): {both.tags['onnx']}.\n" in card.read_text()
    names = [path.name for path in (place / "artifacts").rglob("*") if path.is_file()]
    assert len([name for name in names if name.endswith(".onnx")]) == 1
    assert not [name for name in names if name.endswith((".pkl", ".pickle", ".pt", ".pth"))]


def test_a_version_whose_export_is_refused_is_registered_without_the_flavour(
    tmp_path: Path, store: str, caplog: pytest.LogCaptureFixture
) -> None:
    import mlflow

    pytest.importorskip("onnxscript", reason="the extra burnish[onnx] is not installed")
    made = a_version(tmp_path, store, SOLVING, ["onnx"])
    verdict = made.tags["onnx"]
    assert verdict.startswith("refused: it solves equations (aten")
    assert verdict.endswith("for which ONNX has no operator")
    assert "denoise: the version is registered without the flavour onnx: it solves equations" in caplog.text
    (card,) = (tmp_path / "artifacts").rglob("card.md")
    assert f"Flavour onnx (`mlflow.onnx.load_model`): {verdict}.\n" in card.read_text()
    assert mlflow.models.get_model_info(made.uri).flavors.keys() == {"python_function"}


def test_the_reason_of_a_refusal_tells_no_place_on_this_machine(
    tmp_path: Path, store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from burnish.errors import UsageError

    def refuse(loaded: Any, *_: object) -> None:
        raise UsageError(f"{loaded.subject} draws random numbers")

    monkeypatch.setattr("burnish.exporting.export.export", refuse)
    assert a_version(tmp_path, store, WRITTEN, ["onnx"]).tags["onnx"] == "refused: draws random numbers"


def test_a_recipe_that_asks_for_no_flavour_exports_nothing(
    tmp_path: Path, store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise AssertionError("it was exported")

    monkeypatch.setattr("burnish.exporting.export.export", fail)
    made = a_version(tmp_path, store, WRITTEN, [])
    assert "onnx" not in made.tags
    (card,) = (tmp_path / "artifacts").rglob("card.md")
    assert "onnx" not in card.read_text()


def test_a_missing_library_is_told_before_the_training(
    tmp_path: Path, store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "onnxscript", None)
    with pytest.raises(ConfigError, match=r"2:11: flavours: onnxscript is not installed; pip install 'burnish"):
        snapshot.check(a_run(tmp_path, store, WRITTEN, ["onnx"]))
