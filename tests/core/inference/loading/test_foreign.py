"""Weights of another project for an installed network: translated by name, fitted without a rest, never guessed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from burnish.cli.main import main
from burnish.inference import load_bundle, load_restorer
from burnish.restorer.bundle import read_bundle
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional

SETTINGS = ("--restorer", "cnn/dncnn", "--set", "channels=1", "--set", "depth=4", "--set", "features=8")
Weights = dict[str, Tensor]


def published(norm: bool, prefix: str = "model.") -> Weights:
    """The layers of a DnCNN as other projects name them: 4 convolutions, their biases, or normalisation in between."""
    torch.manual_seed(3)
    layers: list[nn.Module] = [nn.Conv2d(1, 8, 3, padding=1), nn.ReLU()]
    for _ in range(2):
        layers += [nn.Conv2d(8, 8, 3, padding=1, bias=not norm), *([nn.BatchNorm2d(8)] if norm else []), nn.ReLU()]
    found = nn.Sequential(*layers, nn.Conv2d(8, 1, 3, padding=1)).state_dict()
    return {prefix + name: value for name, value in found.items()}


@pytest.fixture
def save(tmp_path: Path) -> Callable[..., Path]:
    def write(weights: Any, name: str = "dncnn.pth") -> Path:
        torch.save(weights, tmp_path / name)
        return tmp_path / name

    return write


def run(file: Path, out: Path, *words: str, norm: str = "none") -> int:
    return main(["import-weights", str(file), str(out), *SETTINGS, "--set", f"norm={norm}", *words])


def test_the_weights_of_kair_become_a_bundle_that_restores_as_its_layers(
    save: Callable[..., Path], tmp_path: Path
) -> None:
    weights = published(norm=False)
    assert run(save(weights), tmp_path / "b", "--rename", "model.=layers.") == 0
    picture = torch.rand(1, 1, 20, 24)
    x = picture
    for index in (0, 2, 4, 6):
        x = functional.conv2d(x, weights[f"model.{index}.weight"], weights[f"model.{index}.bias"], padding=1)
        x = functional.relu(x) if index < 6 else x
    torch.testing.assert_close(load_bundle(tmp_path / "b", device="cpu")(picture), picture - x)


def test_safetensors_and_a_dictionary_within_are_read_too(save: Callable[..., Path], tmp_path: Path) -> None:
    weights = published(norm=False)
    save_file(weights, tmp_path / "a.safetensors")
    assert run(tmp_path / "a.safetensors", tmp_path / "a", "--rename", "model.=layers.") == 0
    nested = save({"params": weights, "epoch": 3})
    assert run(nested, tmp_path / "b", "--rename", "model.=layers.") == 0
    assert read_bundle(tmp_path / "a").weights_sha256 == read_bundle(tmp_path / "b").weights_sha256


def test_of_several_dictionaries_the_author_chooses(
    save: Callable[..., Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = save({"params": published(norm=False), "params_ema": published(norm=False)})
    assert run(file, tmp_path / "b", "--rename", "model.=layers.") == 2
    assert "choose one with --key: params, params_ema" in capsys.readouterr().err
    assert run(file, tmp_path / "b", "--rename", "model.=layers.", "--key", "params_ema") == 0


def test_the_longest_beginning_that_fits_counts(save: Callable[..., Path], tmp_path: Path) -> None:
    weights = {name.replace("model.6", "last"): value for name, value in published(norm=False).items()}
    words = ("--rename", "model.=layers.", "--rename", "last.=layers.6.")
    assert run(save(weights), tmp_path / "b", *words) == 0


def test_names_that_do_not_fit_are_listed_with_the_mend(
    save: Callable[..., Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(save(published(norm=False)), tmp_path / "b") == 1
    said = capsys.readouterr().err
    assert "dncnn.pth: does not fit cnn/dncnn: it lacks layers.0.weight, layers.0.bias" in said
    assert "it has besides model.0.weight" in said
    assert "translate names with --rename OLD=NEW" in said
    assert not (tmp_path / "b").exists()


def test_biases_that_a_file_does_not_have_are_zero_only_where_the_author_says_so(
    save: Callable[..., Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    weights = {name: value for name, value in published(norm=True).items() if name != "model.8.bias"}
    assert run(save(weights), tmp_path / "b", "--rename", "model.=layers.", norm="batch") == 1
    assert "it lacks layers.8.bias; of a network without these biases, say so with --zero NAME" in (
        capsys.readouterr().err
    )
    words = ("--rename", "model.=layers.", "--zero", "layers.8.bias")
    assert run(save(weights), tmp_path / "b", *words, norm="batch") == 0
    network: Any = load_bundle(tmp_path / "b", device="cpu").restorer
    assert not network.layers[8].bias.any()
    assert run(save(weights), tmp_path / "b", *words, "--zero", "layers.0.weight", norm="batch") == 2
    assert "layers.0.weight is no bias of cnn/dncnn that the file lacks" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "fact"),
    [
        (("--rename", "modle.=layers."), "no name begins with modle.; its names are model.0.weight"),
        (("--rename", "model."), "--rename model.: give OLD=NEW"),
        (("--rename", "model.0.=layers.0.", "--rename", "model.2.=layers.0.", "--rename", "model.=layers."),
         "two names become layers.0.weight"),
        (("--rename", "model.=layers.", "--key", "params"), "has no dictionary of weights 'params'"),
    ],
    ids=["no such name", "no equals sign", "two become one", "no such key"],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused_in_one_line(
    words: tuple[str, ...], fact: str, save: Callable[..., Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(save(published(norm=False)), tmp_path / "b", *words) in (1, 2)
    said = capsys.readouterr().err
    assert fact in said
    assert len(said.splitlines()) == 1


def test_a_tensor_of_another_shape_is_named_with_both(
    save: Callable[..., Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wider = [word.replace("features=8", "features=16") for word in (*SETTINGS, "--set", "norm=none")]
    file = save(published(norm=False))
    assert main(["import-weights", str(file), str(tmp_path / "b"), *wider, "--rename", "model.=layers."]) == 1
    assert "layers.0.weight is 8×1×3×3, in cnn/dncnn 16×1×3×3; check the settings" in capsys.readouterr().err


def test_translation_is_for_installed_networks(
    save: Callable[..., Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = save(published(norm=False))
    assert main(["import-weights", str(file), str(tmp_path / "b"), "--rename", "model.="]) == 2
    assert "name it with --restorer" in capsys.readouterr().err
    assert main(["import-weights", str(file), str(tmp_path / "b"), "--restorer", "classical/median"]) == 2
    assert "classical/median is no network" in capsys.readouterr().err


def test_the_card_says_where_the_weights_are_from_and_what_is_not_known(
    save: Callable[..., Path], tmp_path: Path
) -> None:
    file = save(published(norm=False))
    assert run(file, tmp_path / "b", "--rename", "model.=layers.", "--source", "github.com/cszn/KAIR") == 0
    text = (tmp_path / "b" / "README.md").read_text()
    assert "# cnn/dncnn: dncnn.pth" in text
    assert "imported from `dncnn.pth` (github.com/cszn/KAIR; sha256 " in text
    assert "burnish did not train them" in text
    assert "## Data\n\nNot stated.\n" in text
    assert "Not known: burnish did not train these weights." in text
    assert "## Figures\n\nNone.\n" in text
    assert "## Licence\n\nNot stated. Ask those who trained the weights" in text
    for guessed in ("Apache", "trained with", "validation", "`?`"):
        assert guessed not in text


def test_the_published_dncnn_fits_our_network(shared_data: Path, tmp_path: Path) -> None:
    file = shared_data / "weights" / "SaoYan_DnCNN-S-25.pth"
    zero = ("--zero", "layers.0.bias", "--zero", "layers.47.bias")
    words = ("--restorer", "cnn/dncnn", "--set", "channels=1", "--rename", "module.dncnn.=layers.", *zero)
    assert main(["import-weights", str(file), str(tmp_path / "b"), *words, "--license", "GPL-3.0"]) == 0
    clean = torch.full((1, 1, 64, 64), 0.5)
    noisy = clean + 25 / 255 * torch.randn(clean.shape, generator=torch.Generator().manual_seed(0))
    estimate = load_bundle(tmp_path / "b", device="cpu")(noisy)
    assert (estimate - clean).square().mean() < (noisy - clean).square().mean() / 50
    assert "GPL-3.0." in (tmp_path / "b" / "README.md").read_text()


def test_a_fresh_network_is_not_touched_by_a_refused_file(save: Callable[..., Path]) -> None:
    from burnish.errors import BundleError
    from burnish.inference.loading.foreign import fill_foreign

    one: Any = load_restorer("cnn/dncnn", {"depth": 4, "features": 8}, device="cpu", untrained=True).restorer
    before = {name: value.clone() for name, value in one.state_dict().items()}
    with pytest.raises(BundleError, match="does not fit net"):
        fill_foreign(one, {"layers.0.weight": torch.ones(8, 3, 3, 3)}, zero=(), path=Path("a.pth"), subject="net")
    assert all(torch.equal(value, before[name]) for name, value in one.state_dict().items())
