"""Facts about bundles: what is written is read, and nothing that is damaged or foreign passes."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from burnish.errors import BundleError
from burnish.restorer.bundle import Bundle, bundle_weights, read_bundle, write_bundle
from safetensors import safe_open


def _write(folder: Path, **changes: Any) -> Bundle:
    given: dict[str, Any] = {
        "restorer": "cnn/dncnn",
        "config": {"depth": 3, "channels": 1},
        "weights": {"layer.weight": torch.arange(6.0).reshape(2, 3), "layer.count": torch.tensor(7)},
        "distribution": "burnish-cnn",
        "version": "0.1.0",
        "training": {"steps": 10},
        "figures": {"psnr": 31.5},
        "lineage": {"data": "abc"},
    }
    return write_bundle(folder, **(given | changes))


def test_a_bundle_is_read_as_it_was_written(tmp_path: Path) -> None:
    written = _write(tmp_path / "b")
    assert read_bundle(tmp_path / "b") == written
    assert (written.restorer, written.config, written.figures) == (
        "cnn/dncnn",
        {"depth": 3, "channels": 1},
        {"psnr": 31.5},
    )
    weights = bundle_weights(tmp_path / "b")
    assert torch.equal(weights["layer.weight"], torch.arange(6.0).reshape(2, 3))
    assert weights["layer.count"].dtype == torch.int64


def test_a_bundle_holds_two_files_and_safetensors_alone_can_open_its_weights(tmp_path: Path) -> None:
    _write(tmp_path / "b")
    assert _names(tmp_path / "b") == ["bundle.json", "weights.safetensors"]
    with safe_open(tmp_path / "b" / "weights.safetensors", framework="pt") as file:
        assert sorted(file.keys()) == ["layer.count", "layer.weight"]


def test_tied_and_strided_weights_can_be_stored(tmp_path: Path) -> None:
    shared = torch.randn(4, 4)
    _write(tmp_path / "b", weights={"a": shared, "b": shared, "c": shared.t(), "d": shared[::2]})
    weights = bundle_weights(tmp_path / "b")
    assert torch.equal(weights["b"], shared) and torch.equal(weights["c"], shared.t())
    assert torch.equal(weights["d"], shared[::2])


def test_infinite_figures_survive(tmp_path: Path) -> None:
    _write(tmp_path / "b", figures={"psnr": float("inf")})
    assert float(read_bundle(tmp_path / "b").figures["psnr"]) == float("inf")


def test_equal_weights_give_equal_bytes(tmp_path: Path) -> None:
    assert _write(tmp_path / "a").weights_sha256 == _write(tmp_path / "b").weights_sha256


def test_writing_replaces_an_older_bundle_and_leaves_nothing_else(tmp_path: Path) -> None:
    _write(tmp_path / "b")
    _write(tmp_path / "b", weights={"x": torch.ones(1)})
    assert list(bundle_weights(tmp_path / "b")) == ["x"]
    assert _names(tmp_path) == ["b"]


def test_a_write_that_fails_leaves_the_older_bundle_untouched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written = _write(tmp_path / "b")

    def no_space(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", no_space)
    with pytest.raises(BundleError, match="No space left"):
        _write(tmp_path / "b", weights={"x": torch.ones(1)})
    assert read_bundle(tmp_path / "b") == written
    assert _names(tmp_path) == ["b"]


def test_a_folder_with_other_things_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "mine.jpg").write_bytes(b"x")
    with pytest.raises(BundleError, match="is not a bundle"):
        _write(tmp_path / "photos")
    assert (tmp_path / "photos" / "mine.jpg").read_bytes() == b"x"


@pytest.mark.parametrize("weights", [{"a": 3}, {"a": "text"}])
def test_weights_that_are_no_tensors_are_refused(tmp_path: Path, weights: dict[str, Any]) -> None:
    with pytest.raises(BundleError, match="'a' is not a tensor"):
        _write(tmp_path / "b", weights=weights)
    assert _names(tmp_path) == []


def test_a_config_that_is_no_json_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="cannot be stored"):
        _write(tmp_path / "b", config={"x": object()})
    assert _names(tmp_path) == []


def test_a_single_flipped_bit_of_the_weights_is_found(tmp_path: Path) -> None:
    _write(tmp_path / "b")
    path = tmp_path / "b" / "weights.safetensors"
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    with pytest.raises(BundleError, match=r"weights\.safetensors: is damaged"):
        read_bundle(tmp_path / "b")
    with pytest.raises(BundleError, match="is damaged"):
        bundle_weights(tmp_path / "b")


def test_an_unknown_format_names_the_mend(tmp_path: Path) -> None:
    _write(tmp_path / "b")
    _edit(tmp_path / "b", format=2)
    with pytest.raises(BundleError, match=r"format 2.*update burnish"):
        read_bundle(tmp_path / "b")


@pytest.mark.parametrize(
    ("change", "fact"),
    [
        ({"restorer": ""}, "restorer"),
        ({"surprise": 1}, "surprise"),
        ({"weights_sha256": "../etc"}, "weights_sha256"),
    ],
)
def test_a_manifest_that_does_not_fit_names_the_key(tmp_path: Path, change: dict[str, Any], fact: str) -> None:
    _write(tmp_path / "b")
    _edit(tmp_path / "b", **change)
    with pytest.raises(BundleError, match=fact):
        read_bundle(tmp_path / "b")


@pytest.mark.parametrize("missing", ["bundle.json", "weights.safetensors"])
def test_a_missing_file_is_named(tmp_path: Path, missing: str) -> None:
    _write(tmp_path / "b")
    (tmp_path / "b" / missing).unlink()
    with pytest.raises(BundleError, match=missing):
        read_bundle(tmp_path / "b")


def test_a_missing_folder_and_a_broken_manifest_are_named(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="there is no bundle here"):
        read_bundle(tmp_path / "nowhere")
    _write(tmp_path / "b")
    for text in ("{", "[1]"):
        (tmp_path / "b" / "bundle.json").write_text(text)
        with pytest.raises(BundleError, match=r"bundle\.json: is not (a|valid) JSON"):
            read_bundle(tmp_path / "b")


def test_weights_that_are_a_pickle_are_never_unpickled(tmp_path: Path) -> None:
    import hashlib

    written = _write(tmp_path / "b")
    path = tmp_path / "b" / "weights.safetensors"
    torch.save({"a": torch.ones(1)}, path)
    _edit(tmp_path / "b", weights_sha256=hashlib.sha256(path.read_bytes()).hexdigest())
    assert read_bundle(tmp_path / "b").restorer == written.restorer
    with pytest.raises(BundleError, match="is not a safetensors file"):
        bundle_weights(tmp_path / "b")


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def _edit(folder: Path, **changes: Any) -> None:
    path = folder / "bundle.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


@pytest.mark.parametrize(
    ("change", "fact"),
    [
        (lambda text: text.replace('"config": {}', '"config": {"x": NaN}'), "NaN is not a valid JSON number"),
        (
            lambda text: text.replace('"config": {}', '"config": {"x": -Infinity}'),
            "-Infinity is not a valid JSON number",
        ),
        (lambda text: text.replace('"config": {}', '"config": {}, "config": {"a": 1}'), "'config' appears twice"),
        (lambda text: text.replace('"config": {}', '"config": ' + "[" * 100_000), "is not valid JSON"),
        (lambda text: text.replace('"config": {}', '"confg": {}'), "confg: unknown key; did you mean config?"),
        (lambda text: text.replace('"config": {}', '"config": 3'), "config: must be a mapping"),
    ],
)
def test_a_description_that_was_edited_wrongly_is_one_line(
    tmp_path: Path, change: Callable[[str], str], fact: str
) -> None:
    write_bundle(tmp_path / "b", restorer="a/b", config={}, weights={}, distribution="d", version="1")
    manifest = tmp_path / "b" / "bundle.json"
    manifest.write_text(change(manifest.read_text()))
    with pytest.raises(BundleError) as error:
        read_bundle(tmp_path / "b")
    assert fact in str(error.value) and "\n" not in str(error.value)


def test_secrets_in_what_a_bundle_is_made_of_are_not_written(tmp_path: Path) -> None:
    origin = {"recipe": {"description": "see https://ann:PLANTED@wiki.invalid/x?token=PLANTED"}, "steps": 3}
    _write(tmp_path / "b", lineage=origin)
    assert "PLANTED" not in (tmp_path / "b" / "bundle.json").read_text()
    assert read_bundle(tmp_path / "b").lineage["steps"] == 3
