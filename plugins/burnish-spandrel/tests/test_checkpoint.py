"""Wrong files on purpose: each error names the file, the fact and the mend, and no code of a file ever runs."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import burnish
import pytest
import torch
from burnish.errors import BundleError, BurnishError, ConfigError, PluginError, UsageError
from burnish.restorer.checkpoint import read_checkpoint

Save = Callable[..., Path]


class Bomb:
    """Makes a folder as soon as it is unpickled without restriction."""

    def __init__(self, place: Path) -> None:
        self.place = place

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.place),)


@pytest.mark.parametrize("new", [True, False])
def test_code_in_a_pickle_is_named_and_does_not_run(new: bool, tmp_path: Path) -> None:
    place, file = tmp_path / "ran", tmp_path / "bad.pth"
    torch.save({"a": torch.zeros(2), "b": Bomb(place)}, file, _use_new_zipfile_serialization=new)
    with pytest.raises(BundleError, match=r"bad\.pth: holds \S*mkdir, which is code .* best as \.safetensors"):
        read_checkpoint(file)
    assert not place.exists()


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match=r"gone\.pth: there is no such file; give the path of a checkpoint"):
        read_checkpoint(tmp_path / "gone.pth")


@pytest.mark.parametrize("suffix", [".pth", ".pt", ".ckpt", ".safetensors"])
@pytest.mark.parametrize("content", [b"", b"\x89PNG and so on", b"\x80\x02", b'\x08\0\0\0\0\0\0\0{"a": 1}'])
def test_a_file_that_is_no_checkpoint_is_named(suffix: str, content: bytes, tmp_path: Path) -> None:
    file = tmp_path / f"other{suffix}"
    file.write_bytes(content)
    with pytest.raises(BundleError, match=rf"other\{suffix}: is no checkpoint, or is not whole .* copy it again"):
        read_checkpoint(file)


@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
@pytest.mark.parametrize("share", [0.3, 0.9, 0.999])
def test_a_truncated_file_is_named(suffix: str, share: float, saved: Save) -> None:
    pytest.importorskip("spandrel")
    file = saved("Compact", suffix)
    whole = file.read_bytes()
    file.write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(BundleError, match=r"is no checkpoint, or is not whole"):
        read_checkpoint(file)


@pytest.mark.parametrize("content", [[1, 2], {"epoch": 3}, {}, torch.zeros(3)])
def test_a_file_without_named_weights_is_named(content: object, tmp_path: Path) -> None:
    torch.save(content, tmp_path / "x.pth")
    with pytest.raises(BundleError, match=r"x\.pth: holds no named weights; give a state dict"):
        read_checkpoint(tmp_path / "x.pth")


def test_torchscript_is_refused_and_not_run(tmp_path: Path) -> None:
    torch.jit.script(torch.nn.Linear(2, 2)).save(str(tmp_path / "x.pt"))
    with pytest.raises(BundleError, match=r"x\.pt: is a TorchScript archive, which holds code"):
        read_checkpoint(tmp_path / "x.pt")


def test_weights_that_only_look_like_an_architecture_are_no_crash(saved: Save) -> None:
    pytest.importorskip("spandrel")
    file = saved("Compact")
    weights = torch.load(file, weights_only=True)["params_ema"]
    weights["body.2.weight"] = weights["body.2.weight"][:3]
    torch.save(weights, file)
    with pytest.raises(ConfigError, match=r"Compact\.pth: spandrel \S+ cannot make a network of these weights"):
        burnish.load(file)


def test_without_a_file_it_asks_for_one() -> None:
    with pytest.raises(UsageError, match=r"spandrel/model is made of a file; give one \(\.pth or .*--set file=FILE"):
        burnish.load("spandrel/model")


@pytest.mark.parametrize(
    ("missing", "fact"),
    [
        (("spandrel",), r"needs spandrel, which is not installed; pip install 'burnish-spandrel\[spandrel\]'"),
        (("torchvision",), "needs torchvision, which is not installed; install the build that was made for your torch"),
    ],
)
def test_a_missing_package_is_named_with_the_mend(
    missing: tuple[str, ...], fact: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] in ("spandrel", "torchvision")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.delitem(sys.modules, "burnish_spandrel.model", raising=False)
    for name in missing:
        monkeypatch.setitem(sys.modules, name, None)
    if "spandrel" not in missing and not find_spec("spandrel"):
        pytest.skip("spandrel is not installed")
    torch.save({"a": torch.zeros(1)}, tmp_path / "x.pth")
    with pytest.raises(PluginError, match=fact):
        burnish.load(tmp_path / "x.pth")


def test_a_torchvision_that_does_not_fit_torch_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The torchvision of another build of torch fails so when it is imported."""
    broken = tmp_path / "site" / "torchvision"
    broken.mkdir(parents=True)
    (broken / "__init__.py").write_text("raise RuntimeError('operator torchvision::nms does not exist')")
    (tmp_path / "site" / "spandrel.py").write_text("import torchvision")
    for name in [name for name in sys.modules if name.partition(".")[0] in ("spandrel", "torchvision")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.delitem(sys.modules, "burnish_spandrel.model", raising=False)
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    torch.save({"a": torch.zeros(1)}, tmp_path / "x.pth")
    with pytest.raises(BurnishError, match=r"needs torchvision, .*nms does not exist\); install the build"):
        burnish.load(tmp_path / "x.pth")
