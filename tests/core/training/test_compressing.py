"""A recipe's ``compression``: a bundle of 8 bits, calibrated or trained further, that loads like any other."""

from __future__ import annotations

import json
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from burnish.compression.int8 import Int8Conv2d
from burnish.errors import BundleError, ConfigError, TrainingError
from burnish.inference import load_bundle
from burnish.plugins.catalog import Catalog
from burnish.recipe.document import Recipe
from burnish.restorer.bundle import MANIFEST, WEIGHTS, bundle_weights, read_bundle
from burnish.training import TrainingFolders, TrainingOptions, TrainingResult, train
from burnish.training import compressing as compressing_network

from tests.core.training.test_training import dies_at, essence, identical

Make = Callable[..., Recipe]
Run = Callable[..., TrainingResult]


@pytest.fixture
def run(project: Path, catalog: Catalog) -> Run:
    def go(recipe: Recipe, name: str, **more: Any) -> TrainingResult:
        folders = TrainingFolders(project=project, out=project / name, work=project / f"{name}.work")
        return train(recipe, folders, TrainingOptions(quiet=True), catalog=catalog, **more)

    return go


@pytest.fixture
def trained(run: Run, recipe: Make) -> Path:
    """The bundle of a short training of a network with 8 channels."""
    return run(recipe(), "whole").bundle


def compressing(
    recipe: Make, initial: str = "whole", *, compression: dict[str, object] | None = None, **more: Any
) -> Recipe:
    budget = more.pop("budget", {"steps": 0})
    made = recipe(**more).model_dump(mode="json", exclude_unset=True)
    made["training"]["budget"] = budget
    return Recipe.model_validate({**made, "initial": initial, "compression": compression or {"loss": 10}})


def test_a_compressed_bundle_holds_bytes_and_restores_nearly_as_before(
    run: Run, recipe: Make, trained: Path, catalog: Catalog
) -> None:
    result = run(compressing(recipe), "small")
    manifest, weights = read_bundle(result.bundle), bundle_weights(result.bundle)
    assert manifest.compression["method"] == "int8"
    assert (manifest.compression["layers"], manifest.compression["float32_layers"]) == (1, [])
    assert manifest.training["facts"]["initial"] == read_bundle(trained).weights_sha256
    assert weights["body.4.weight"].dtype == torch.int8
    small, whole = (load_bundle(folder, device="cpu", catalog=catalog) for folder in (result.bundle, trained))
    assert isinstance(small.restorer.body[4], Int8Conv2d)  # type: ignore[union-attr, index]
    assert small.weights_mb < whole.weights_mb
    picture = torch.rand(1, 3, 32, 40)
    assert (small(picture) - whole(picture)).abs().max() < 0.03


def test_the_figures_say_what_was_lost(run: Run, recipe: Make, trained: Path) -> None:
    made = read_bundle(run(compressing(recipe), "small").bundle).compression
    assert made["psnr_before"] == pytest.approx(read_bundle(trained).figures["validation"], abs=1e-3)
    assert made["psnr_after"] == pytest.approx(made["psnr_before"], abs=0.2)


def test_compressing_twice_gives_the_same_bytes(run: Run, recipe: Make, trained: Path) -> None:
    one, other = (run(compressing(recipe), name).bundle for name in ("one", "other"))
    assert (one / WEIGHTS).read_bytes() == (other / WEIGHTS).read_bytes()


def test_a_compressed_network_is_trained_further_and_resumes_exactly(
    run: Run, recipe: Make, plugin: types.ModuleType, trained: Path, project: Path
) -> None:
    further = compressing(recipe, budget={"steps": 8}, compression={"loss": 10, "pictures": 4})
    run(further, "undisturbed")
    dies_at(plugin, 5)
    with pytest.raises(TrainingError, match="killed"):
        run(further, "broken")
    dies_at(plugin, -1)
    assert run(further, "broken").resumed_at == 3
    assert identical(essence(project / "undisturbed.work"), essence(project / "broken.work"))
    made = read_bundle(project / "broken")
    assert made.weights_sha256 == read_bundle(project / "undisturbed").weights_sha256
    assert made.compression["layers"] == 1
    assert bundle_weights(project / "broken")["body.4.weight"].dtype == torch.int8


def test_a_training_that_begins_with_a_compressed_bundle_stays_compressed(
    run: Run, recipe: Make, trained: Path, catalog: Catalog
) -> None:
    run(compressing(recipe), "small")
    plain = recipe(budget={"steps": 4}).model_dump(mode="json", exclude_unset=True)
    result = run(Recipe.model_validate({**plain, "initial": "small"}), "further")
    assert read_bundle(result.bundle).compression["method"] == "int8"
    assert load_bundle(result.bundle, device="cpu", catalog=catalog).weights_mb < 0.002


def test_what_is_compressed_already_is_not_compressed_again(run: Run, recipe: Make, trained: Path) -> None:
    run(compressing(recipe), "small")
    with pytest.raises(ConfigError, match="compression: small is compressed already; begin with what it was made of"):
        run(compressing(recipe, "small"), "smaller")


def test_nothing_is_written_where_every_layer_loses_too_much(
    run: Run, recipe: Make, trained: Path, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compressing_network, "release", lambda network, floats, *_: list(floats))
    with pytest.raises(ConfigError, match=r"loses more than 0\.01 dB with any layer in 8 bits; allow more"):
        run(compressing(recipe, compression={"loss": 0.01, "pictures": 4}), "small")
    assert not (project / "small").exists()


def test_a_pruned_network_has_fewer_channels_learns_further_resumes_and_can_get_8_bits(
    run: Run, recipe: Make, plugin: types.ModuleType, project: Path, catalog: Catalog
) -> None:
    pytest.importorskip("torch_pruning", reason="the extra burnish[compress] is not installed")
    wide = recipe(restorer="tiny/net").model_dump(mode="json", exclude_unset=True)
    wide["restorer"]["config"] = {"features": 16}
    run(Recipe.model_validate(wide), "whole")
    further = compressing(recipe, budget={"steps": 8}, compression={"method": "prune", "keep": 0.5, "pictures": 4})
    run(further, "undisturbed")
    dies_at(plugin, 5)
    with pytest.raises(TrainingError, match="killed"):
        run(further, "broken")
    dies_at(plugin, -1)
    assert run(further, "broken").resumed_at == 3
    made = read_bundle(project / "broken")
    assert made.weights_sha256 == read_bundle(project / "undisturbed").weights_sha256
    assert made.config["features"] == 16
    assert made.compression["multiplications_kept"] <= 0.5
    loaded = load_bundle(project / "broken", device="cpu", catalog=catalog)
    assert loaded.restorer.body[0].weight.shape == (8, 3, 3, 3)  # type: ignore[union-attr, index]
    assert loaded.restorer.body[0].out_channels == 8  # type: ignore[union-attr, index]
    run(compressing(recipe, "broken"), "both")
    both = load_bundle(project / "both", device="cpu", catalog=catalog)
    assert both.bundle is not None
    assert both.bundle.compression["before"]["method"] == "prune"
    picture = torch.rand(1, 3, 24, 32)
    assert (both(picture) - loaded(picture)).abs().max() < 0.03


def test_channels_that_the_networks_code_fixes_are_refused(
    run: Run, recipe: Make, plugin: types.ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("torch_pruning", reason="the extra burnish[compress] is not installed")
    wide = recipe().model_dump(mode="json", exclude_unset=True)
    wide["restorer"]["config"] = {"features": 16}
    run(Recipe.model_validate(wide), "whole")

    class Fixed(plugin.TinyNet):  # type: ignore[misc, name-defined]
        def forward(self, degraded: torch.Tensor) -> torch.Tensor:
            made: torch.Tensor = super().forward(degraded)
            return made + self.body[0](degraded).view(len(degraded), 16, *degraded.shape[-2:])[:, :3]

    monkeypatch.setattr(plugin, "TinyNet", Fixed)
    pruning = compressing(recipe, budget={"steps": 2}, compression={"method": "prune", "keep": 0.5})
    with pytest.raises(ConfigError, match=r"net cannot be pruned: no number of channels leaves 0\.5"):
        run(pruning, "small")


def test_there_must_be_weights_to_compress(recipe: Make) -> None:
    with pytest.raises(ValueError, match="compression: is of weights that a recipe begins with; give initial"):
        Recipe.model_validate({**recipe().model_dump(mode="json", exclude_unset=True), "compression": {}})


def test_a_failure_while_it_is_compressed_names_the_restorer(
    run: Run, recipe: Make, plugin: types.ModuleType, trained: Path
) -> None:
    dies_at(plugin, 1)
    with pytest.raises(TrainingError, match="tiny/net with tiny/noise failed while it was compressed: MemoryError"):
        run(compressing(recipe), "small")


def test_recipes_without_compression_keep_their_digest(recipe: Make) -> None:
    plain = recipe().model_dump(mode="json", exclude_unset=True)
    assert Recipe.model_validate({**plain, "compression": None, "engine": ""}).digest() == recipe().digest()
    assert Recipe.model_validate({**plain, "engine": "openvino"}).digest() != recipe().digest()


def test_bundles_that_are_not_compressed_can_be_read_by_earlier_versions(trained: Path) -> None:
    assert "compression" not in json.loads((trained / MANIFEST).read_bytes())


def test_a_method_of_a_later_version_is_told(run: Run, recipe: Make, trained: Path, catalog: Catalog) -> None:
    folder = run(compressing(recipe), "small").bundle
    manifest = json.loads((folder / MANIFEST).read_bytes())
    manifest["compression"]["method"] = "int3"
    (folder / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(BundleError, match="compressed by 'int3', which this version of burnish does not know"):
        load_bundle(folder, device="cpu", catalog=catalog)
