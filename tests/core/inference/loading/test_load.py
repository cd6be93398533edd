"""Facts about loading: what is installed by id, what is bundled with its weights, and what does not fit by name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from burnish.errors import BundleError, ConfigError, PluginError, UnknownIdError, UsageError
from burnish.inference import load_bundle, load_restorer, restore
from burnish.plugins.catalog import Catalog, Entry
from burnish.plugins.declarations import RestorerSpec
from burnish.restorer.bundle import write_bundle
from torch import nn


def _entry(name: str, factory: str, **declared: Any) -> Entry:
    spec = RestorerSpec(name=name, factory=factory, summary="Under test", **declared)
    return Entry(id=f"test/{name}", spec=spec, distribution="burnish-test", version="1.2.3")


_CONV = {
    "in_channels": {"type": "integer", "default": 1},
    "out_channels": {"type": "integer", "default": 1},
    "kernel_size": {"type": "integer", "default": 3},
    "padding": {"type": "integer", "default": 1},
}


@pytest.fixture
def catalog() -> Catalog:
    return Catalog(
        [
            _entry("conv", "torch.nn:Conv2d", config=_CONV, channels=(1,), trainable=True),
            _entry("identity", "burnish.builtin.identity:Identity"),
            _entry("number", "fractions:Fraction", config={"numerator": {"type": "integer", "default": 3}}),
        ]
    )


def _bundle(folder: Path, weights: dict[str, torch.Tensor], **changes: Any) -> Path:
    given: dict[str, Any] = {"restorer": "test/conv", "config": {}, "distribution": "burnish-test", "version": "1.0"}
    write_bundle(folder, weights=weights, **(given | changes))
    return folder


def test_an_installed_restorer_is_made_from_its_defaults_and_the_given_settings(catalog: Catalog) -> None:
    loaded = load_restorer("conv", {"kernel_size": 5, "padding": 2}, catalog=catalog, device="cpu", untrained=True)
    assert (loaded.id, loaded.origin, loaded.distribution, loaded.version) == (
        "test/conv", "installed", "burnish-test", "1.2.3",
    )  # fmt: skip
    assert loaded.config == {"in_channels": 1, "out_channels": 1, "kernel_size": 5, "padding": 2}
    assert loaded.parameters == 26
    assert isinstance(loaded.restorer, nn.Module) and not loaded.restorer.training


def test_a_bundle_restores_as_the_network_that_was_bundled(catalog: Catalog, tmp_path: Path) -> None:
    net = nn.Conv2d(1, 1, 5, padding=2)
    folder = _bundle(tmp_path / "b", net.state_dict(), config={"kernel_size": 5, "padding": 2})
    loaded = load_bundle(folder, catalog=catalog, device="cpu")
    degraded = torch.rand(1, 1, 20, 17)
    with torch.no_grad():
        torch.testing.assert_close(restore(loaded, degraded), net(degraded))
    assert loaded.bundle is not None and loaded.bundle.version == "1.0" and loaded.origin == str(folder)


def test_weights_that_do_not_fit_name_the_first_keys_and_the_mend(catalog: Catalog, tmp_path: Path) -> None:
    weights = {"weight": torch.zeros(1, 1, 5, 5), "extra": torch.zeros(1)}
    with pytest.raises(BundleError) as caught:
        load_bundle(_bundle(tmp_path / "b", weights), catalog=catalog, device="cpu")
    message = str(caught.value)
    for fact in ("1 missing (bias)", "1 unexpected (extra)", "weight: (1, 1, 5, 5) instead of (1, 1, 3, 3)"):
        assert fact in message
    assert "burnish-test 1.0" in message and "\n" not in message


def test_weights_for_what_takes_none_are_refused(catalog: Catalog, tmp_path: Path) -> None:
    folder = _bundle(tmp_path / "b", {"weight": torch.zeros(1)}, restorer="test/identity")
    with pytest.raises(BundleError, match="takes none"):
        load_bundle(folder, catalog=catalog, device="cpu")


def test_a_missing_plugin_names_the_distribution_to_install(tmp_path: Path) -> None:
    folder = _bundle(tmp_path / "b", {"weight": torch.zeros(1)})
    with pytest.raises(BundleError, match=r"test/conv, which no installed plugin .*; install burnish-test .*1\.0"):
        load_bundle(folder, catalog=Catalog([]), device="cpu")


def test_a_config_that_the_installed_version_refuses_names_both_versions(catalog: Catalog, tmp_path: Path) -> None:
    folder = _bundle(tmp_path / "b", {}, config={"dilation": 2})
    with pytest.raises(BundleError, match=r"'dilation'.*burnish-test 1\.0, installed is 1\.2\.3"):
        load_bundle(folder, catalog=catalog, device="cpu")


def test_unknown_ids_and_settings_and_things_that_cannot_be_called_are_errors(catalog: Catalog) -> None:
    with pytest.raises(UnknownIdError, match="identity"):
        load_restorer("identiti", catalog=catalog)
    with pytest.raises(ConfigError, match="kernel_size"):
        load_restorer("conv", {"kernel_sise": 3}, catalog=catalog, untrained=True)
    with pytest.raises(PluginError, match=r"test/number \(burnish-test 1\.2\.3\).*Fraction, which cannot be called"):
        load_restorer("number", catalog=catalog)


@pytest.mark.parametrize("device", ["cuda:99", "toaster"])
def test_a_device_that_is_not_there_is_a_usage_error(catalog: Catalog, device: str) -> None:
    with pytest.raises(UsageError, match=rf"device '{device}'.*use cpu, or auto"):
        load_restorer("identity", catalog=catalog, device=device)
