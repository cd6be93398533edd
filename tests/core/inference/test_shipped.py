"""Facts about weights that ship with a plugin: asked for by name, found among the package's files, or told apart."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
import torch
from burnish.bundle import write_bundle
from burnish.catalog import Catalog, Entry
from burnish.declarations import RestorerSpec, check
from burnish.errors import BundleError, PluginError, UnknownIdError
from burnish.inference import load_restorer
from torch import nn

CONFIG = {
    "in_channels": {"type": "integer", "default": 1},
    "out_channels": {"type": "integer", "default": 1},
    "kernel_size": {"type": "integer", "default": 3},
    "padding_mode": {"type": "string", "default": "zeros"},
}


@pytest.fixture
def weights() -> dict[str, torch.Tensor]:
    return {key: torch.randn(value.shape) for key, value in nn.Conv2d(1, 1, 3).state_dict().items()}


@pytest.fixture
def catalog(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, weights: Mapping[str, torch.Tensor]) -> Catalog:
    """A package with a factory and one bundle of weights, as a plugin's wheel would install it."""
    package = tmp_path / "shipping_plugin"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "conv.py").write_text("from torch.nn import Conv2d\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    write_bundle(
        package / "weights" / "small",
        restorer="test/conv",
        config={},
        distribution="burnish-test",
        version="1.0",
        weights=weights,
    )
    spec = RestorerSpec(
        name="conv",
        factory="shipping_plugin.conv:Conv2d",
        summary="Under test",
        config=CONFIG,
        trainable=True,
        weights={"small": "weights/small", "lost": "weights/lost"},
    )
    return Catalog([Entry(id="test/conv", spec=spec, distribution="burnish-test", version="1.0")])


def test_a_name_after_the_colon_asks_for_shipped_weights(catalog: Catalog, weights: Mapping[str, torch.Tensor]) -> None:
    loaded = load_restorer("conv:small", catalog=catalog, device="cpu")
    assert isinstance(loaded.restorer, nn.Module)
    assert all(torch.equal(value, weights[key]) for key, value in loaded.restorer.state_dict().items())
    assert loaded.subject == "test/conv:small"


def test_a_setting_that_leaves_the_weights_alone_can_be_replaced(catalog: Catalog) -> None:
    loaded = load_restorer("conv:small", {"padding_mode": "reflect"}, catalog=catalog, device="cpu")
    assert loaded.config["padding_mode"] == "reflect"


def test_a_setting_that_changes_the_weights_shapes_is_refused(catalog: Catalog) -> None:
    with pytest.raises(BundleError, match="weights do not fit"):
        load_restorer("conv:small", {"kernel_size": 5}, catalog=catalog, device="cpu")


def test_an_unknown_name_lists_what_ships(catalog: Catalog) -> None:
    with pytest.raises(UnknownIdError, match="it ships test/conv:lost, test/conv:small"):
        load_restorer("conv:large", catalog=catalog, device="cpu")


def test_a_declared_folder_that_is_not_there_names_the_distribution(catalog: Catalog) -> None:
    with pytest.raises(PluginError, match="reinstall burnish-test"):
        load_restorer("conv:lost", catalog=catalog, device="cpu")


@pytest.mark.parametrize("shipped", [{"Grey": "weights/grey"}, {"grey": "/weights"}, {"grey": "weights/../../other"}])
def test_names_and_folders_stay_within_the_package(shipped: dict[str, str]) -> None:
    spec = RestorerSpec(name="conv", factory="a:B", summary="Under test", weights=shipped)
    with pytest.raises(PluginError, match="within the package"):
        check(spec, "restorers")
