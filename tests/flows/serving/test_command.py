"""``burnish serve`` restores as its options say: a real server, its answers compared with those of the library."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from burnish.inference import load_bundle, load_restorer, restore_picture
from burnish.io import Picture
from burnish.restorer.bundle import write_bundle
from burnish.restorer.options import RestoreOptions
from burnish_flows.registry.store import Registry
from numpy.typing import NDArray
from workshop import Project, end, until

PIXELS = np.random.default_rng(0).integers(0, 256, (96, 120, 3), dtype=np.uint8)

Levels = NDArray[np.uint8]


@pytest.fixture
def bundle(tmp_path: Path, registry: Registry) -> Path:
    """A recurrent network with random weights, whose result depends on tiles, as ``wild:1`` in the registry."""
    source = tmp_path / "model"
    loaded = load_restorer("rnn/convlstm", {"width": 4, "blocks": 1}, untrained=True)
    assert isinstance(loaded.restorer, torch.nn.Module)
    with torch.no_grad():
        for weights in loaded.restorer.parameters():
            weights.normal_(0.0, 0.2)
    folder = source / "artifacts" / "bundle"
    write_bundle(
        folder, restorer=loaded.id, config=dict(loaded.config), weights=loaded.restorer.state_dict(),
        distribution=loaded.distribution, version=loaded.version,
    )  # fmt: skip
    registry.create_version("wild", source=source.as_uri(), run_id="", model_id="", tags={}, card="# card")
    return folder


@contextmanager
def _serving(root: Path, store: str, *words: str) -> Iterator[str]:
    """The address that a server prints which was started with these words."""
    (root / "pyproject.toml").touch()
    server = Project(root, MLFLOW_TRACKING_URI=store).start("serve", "wild:1", "--port", "0", *words)
    assert server.stdout is not None
    try:
        model, at, address = server.stdout.readline().partition(" at ")
        assert (model, at) == ("wild:1", " at "), server.communicate()[1]
        yield address.strip()
    finally:
        end(server)


def _answer(address: str) -> Levels:
    content = bytes(cv2.imencode(".png", PIXELS[:, :, ::-1])[1])
    with urllib.request.urlopen(address, content, timeout=1800) as answer:
        found = cv2.imdecode(np.frombuffer(answer.read(), np.uint8), cv2.IMREAD_COLOR)
    return np.asarray(found, np.uint8)[:, :, ::-1]


def _served(root: Path, store: str, *words: str) -> Levels:
    with _serving(root, store, *words) as address:
        return _answer(address)


def _apart(served: Levels, bundle: Path, options: RestoreOptions) -> int:
    """By how many levels the answer differs most from the library's result with these options."""
    expected = restore_picture(load_bundle(bundle, device="cpu"), Picture(pixels=PIXELS), {}, options).pixels
    return int(np.abs(served.astype(int) - expected.astype(int)).max())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "options"),
    [
        (["--memory", "1"], RestoreOptions(memory=1)),
        (["--tile", "32", "--precision", "bf16"], RestoreOptions(tile=32, precision="bf16")),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_the_options_of_the_server_hold_for_every_picture(
    tmp_path: Path, store: str, bundle: Path, words: list[str], options: RestoreOptions
) -> None:
    served = _served(tmp_path, store, *words, "--device", "cpu")
    assert _apart(served, bundle, options) <= 1
    plain = RestoreOptions(precision="fp32", tile=0)
    for other in (plain, replace(plain, tile=options.tile), replace(plain, precision=options.precision)):
        assert other == options or _apart(served, bundle, other) > 1


@pytest.mark.slow
def test_the_engine_that_won_computes_the_pictures_and_is_told(
    tmp_path: Path, store: str, bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("onnxscript", reason="the extra burnish[onnx] is not installed")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    expected = restore_picture(load_bundle(bundle, device="cpu"), Picture(pixels=PIXELS)).pixels
    with _serving(tmp_path, store, "--device", "cpu") as address:
        model = address.replace("/restore", "/model")
        until(lambda: _told(model)["engine"] != "", 300)
        assert int(np.abs(_answer(address).astype(int) - expected.astype(int)).max()) <= 1
        (race,) = (tmp_path / "cache" / "burnish" / "engines" / "races").iterdir()
        usable = [lap for lap in json.loads(race.read_text())["laps"] if not lap["refused"]]
        fastest = min(usable, key=lambda lap: float(lap["rate"]))
        assert _told(model)["engine"] == f"{fastest['engine']} {fastest['precision']}"


def _told(address: str) -> dict[str, str]:
    with urllib.request.urlopen(address, timeout=60) as answer:
        told: dict[str, str] = json.load(answer)
        return told
