"""Facts about weights that ship with a plugin: asked for by name, found among the package's files, or told apart."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import torch
from burnish.errors import ConfigError, PluginError, UnknownIdError, UsageError
from burnish.inference import load_restorer
from burnish.inference.loading.shipped import shipped_bundle
from burnish.inference.loading.weights import refuse_misfit
from burnish.plugins.catalog import Catalog, Entry, installed
from burnish.plugins.declarations import RestorerSpec
from burnish.plugins.guard.declared import take
from burnish.restorer.bundle import read_bundle, write_bundle
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
    with pytest.raises(
        ConfigError,
        match="test/conv:small: its weights have kernel_size 3 and do not match kernel_size 5; remove kernel_size",
    ):
        load_restorer("conv:small", {"kernel_size": 5}, catalog=catalog, device="cpu")


def test_a_setting_of_the_weights_own_value_changes_nothing(catalog: Catalog) -> None:
    assert load_restorer("conv:small", {"kernel_size": 3}, catalog=catalog, device="cpu").config["kernel_size"] == 3


def test_without_weights_it_is_refused_unless_fresh_ones_are_meant(catalog: Catalog) -> None:
    with pytest.raises(UsageError, match=r"test/conv must be trained first.* use test/conv:lost or test/conv:small"):
        load_restorer("conv", catalog=catalog, device="cpu")
    assert load_restorer("conv", catalog=catalog, device="cpu", untrained=True).untrained


SHIPPED = [
    (entry, weights, key)
    for entry in installed().entries("restorers").values()
    for weights in sorted(getattr(entry.spec, "weights", ()))
    for key in entry.spec.config
]
FREE = {"transfer", "reach", "train_size", "steps", "boundary", "noise", "seed", "recurrent", "local_motion"} | {
    "adversarial_weight", "content_weight", "pretraining", "critic_features", "mistake",
}  # fmt: skip
"""Settings of shipped networks that their weights leave open: of use alone, or of training alone."""


@pytest.mark.parametrize(("entry", "weights", "key"), SHIPPED, ids=[f"{e.id}:{w} {k}" for e, w, k in SHIPPED])
def test_no_shipped_weights_take_another_value_than_they_were_trained_with(
    entry: Entry, weights: str, key: str
) -> None:
    bundle = read_bundle(shipped_bundle(entry, weights))
    schema = dict(entry.spec.config[key])
    own = bundle.config.get(key, schema["default"])
    other = next(value for value in _candidates(own, schema) if _fits(value, schema) and value != own)
    if key in FREE:
        refuse_misfit(entry, bundle, {key: other}, catalog=installed(), origin="weights")
        return
    with pytest.raises(
        ConfigError, match=rf"^weights: its weights have {key} .* and do not match {key} .*; remove {key}"
    ):
        refuse_misfit(entry, bundle, {key: other}, catalog=installed(), origin="weights")


def _candidates(own: Any, schema: Mapping[str, Any]) -> list[Any]:
    if isinstance(own, list):
        return [[*own[:-1], own[-1] + 1]]
    if "enum" in schema or isinstance(own, bool):
        return list(schema.get("enum", (True, False)))
    return [own + 1, own + 2, own - 1, own / 2 + 0.125]


def _fits(value: Any, schema: dict[str, Any]) -> bool:
    return bool(jsonschema.Draft202012Validator(schema).is_valid(value))


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
        take(spec, "restorers")
