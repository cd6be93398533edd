"""A checkpoint restores as spandrel itself does with it, whole and in tiles, from a file and from a bundle."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import burnish
import pytest
import torch
from burnish.cli.main import main
from burnish.conformance import check
from burnish.errors import BurnishError, ConfigError

spandrel = pytest.importorskip("spandrel", reason="spandrel is not installed: make setup")

Save = Callable[..., Path]

FAMILIES = ("ESRGAN", "Compact", "DnCNN", "DRUNet", "NAFNet", "PLKSR", "SwinIR")
FINITE = {"ESRGAN": 39, "Compact": 9, "DnCNN": 35}
"""Family → receptive field by counting its 3×3 convolutions: of ESRGAN 15 + 3 on the small grid, and what remains of
three on the grids of 2 and 4 times as many pixels."""


def spandrels_own(file: Path, picture: torch.Tensor) -> torch.Tensor:
    """The oracle: spandrel's descriptor, called as its manual says."""
    model = spandrel.ModelLoader().load_from_file(file).eval()
    found: torch.Tensor = model(picture)
    return found.clone()


def picture(channels: int, height: int, width: int) -> torch.Tensor:
    return torch.rand(1, channels, height, width, generator=torch.Generator().manual_seed(2))


@pytest.mark.parametrize("family", FAMILIES)
def test_a_checkpoint_restores_as_spandrel_itself_does(family: str, saved: Save) -> None:
    file = saved(family)
    loaded = burnish.load(file)
    given = picture(loaded.channels[0], 45, 58)
    assert (loaded(given) - spandrels_own(file, given)).abs().max() <= 1e-6


@pytest.mark.parametrize("family", FINITE)
def test_tiles_are_exact_where_the_receptive_field_is_finite(family: str, saved: Save) -> None:
    file = saved(family)
    loaded = burnish.load(file)
    given = picture(loaded.channels[0], 130, 90)
    assert loaded.receptive_field == FINITE[family]
    assert (loaded(given, tile=32) - spandrels_own(file, given)).abs().max() <= 1e-6


def test_a_network_that_looks_at_the_whole_picture_is_cut_into_feathered_tiles(saved: Save) -> None:
    loaded = burnish.load(saved("NAFNet"))  # weighs its channels by their means over the picture
    assert loaded.receptive_field is None
    assert loaded.tiling == "blend"


def test_spandrels_word_against_tiles_leaves_the_receptive_field_unmeasured(saved: Save) -> None:
    assert burnish.load(saved("SwinIR")).receptive_field is None


@pytest.mark.parametrize("family", FAMILIES)
def test_a_bundle_restores_as_its_checkpoint_does_and_does_not_need_it(
    family: str, saved: Save, tmp_path: Path
) -> None:
    file = saved(family)
    given = picture(burnish.load(file).channels[0], 45, 58)
    wanted = spandrels_own(file, given)
    assert main(["import-weights", str(file), str(tmp_path / "bundle")]) == 0
    file.unlink()
    loaded = burnish.load(tmp_path / "bundle")
    assert (loaded(given) - wanted).abs().max() <= 1e-6
    assert loaded.config["architecture"] == family
    assert loaded.config["scale"] == loaded.scale


def test_safetensors_and_pth_give_the_same(saved: Save) -> None:
    given = picture(3, 20, 24)
    assert torch.equal(burnish.load(saved("Compact"))(given), burnish.load(saved("Compact", ".safetensors"))(given))


def test_a_checkpoint_is_a_restorer_of_the_command_line(saved: Save, tmp_path: Path) -> None:
    given = picture(3, 20, 24)[0].permute(1, 2, 0).numpy()
    burnish.write(tmp_path / "in.png", (255 * given).round().astype("uint8"))
    file = str(saved("Compact"))
    named = ["restore", str(tmp_path / "in.png")]
    assert main([*named, str(tmp_path / "a.png"), "--restorer", "spandrel/model", "--set", f"file={file}"]) == 0
    assert main([*named, str(tmp_path / "b.png"), "--restorer", file]) == 0
    one, other = (burnish.read(tmp_path / f"{name}.png").pixels for name in "ab")
    assert one.shape == (40, 48, 3)
    assert (one == other).all()


@pytest.mark.parametrize("family", ["Compact", "DnCNN"])
def test_it_conforms(family: str, saved: Save) -> None:
    file = str(saved(family))
    channels = burnish.load(file).channels[0]
    found = check("spandrel/model", config={"file": file, "channels": channels})
    assert [one.message for one in found if not one.passed] == []


def test_a_network_that_takes_one_picture_at_a_time_is_trained_on_batches(saved: Save) -> None:
    loaded = burnish.load(saved("DRUNet"))
    module = loaded.restorer
    given = picture(3, 16, 16).repeat(2, 1, 1, 1)
    assert isinstance(module, torch.nn.Module)
    assert module.train()(given).shape == given.shape


def test_kair_s_dncnn_denoises_as_its_authors_network_does(shared_data: Path, tmp_path: Path) -> None:
    """Published weights of DnCNN-S, with the normalization folded into the convolutions, as KAIR publishes its own."""
    state = torch.load(shared_data / "weights" / "SaoYan_DnCNN-S-25.pth", map_location="cpu", weights_only=True)
    folded, network = folded_dncnn(state)
    torch.save(folded, tmp_path / "dncnn_25.pth")
    loaded = burnish.load(tmp_path / "dncnn_25.pth")
    pixels = burnish.read(shared_data / "test" / "BSD68" / "test001.png").pixels
    clean = torch.from_numpy(pixels[None, None, :96, :96, 0])
    noisy = clean / 255 + 25 / 255 * torch.randn(clean.shape, generator=torch.Generator().manual_seed(0))
    found = loaded(noisy)
    assert (found - (noisy - network(noisy)).clamp(0, 1)).abs().max() <= 1e-5
    assert (found - clean / 255).square().mean() < (noisy - clean / 255).square().mean() / 4
    assert (loaded(noisy, tile=32) - found).abs().max() <= 1e-6


def folded_dncnn(state: dict[str, torch.Tensor]) -> tuple[dict[str, torch.Tensor], torch.nn.Module]:
    """KAIR's names and folded weights, and the authors' network, Conv-ReLU-(Conv-BN-ReLU)×15-Conv without biases."""
    from torch import nn

    middle = [
        layer
        for _ in range(15)
        for layer in (nn.Conv2d(64, 64, 3, padding=1, bias=False), nn.BatchNorm2d(64), nn.ReLU())
    ]
    first, last = nn.Conv2d(1, 64, 3, padding=1, bias=False), nn.Conv2d(64, 1, 3, padding=1, bias=False)
    network = nn.Sequential(first, nn.ReLU(), *middle, last).eval().requires_grad_(False)
    network.load_state_dict({name.removeprefix("module.dncnn."): value for name, value in state.items()})
    folded: dict[str, torch.Tensor] = {}
    convolutions = [(i, layer) for i, layer in enumerate(network) if isinstance(layer, nn.Conv2d)]
    for place, (index, layer) in enumerate(convolutions):
        weight, bias = layer.weight, torch.zeros(len(layer.weight))
        if index + 1 < len(network) and isinstance(norm := network[index + 1], nn.BatchNorm2d):
            factor = norm.weight / (norm.running_var + norm.eps).sqrt()
            weight, bias = weight * factor[:, None, None, None], norm.bias - norm.running_mean * factor
        folded |= {f"model.{2 * place}.weight": weight, f"model.{2 * place}.bias": bias}
    return folded, network


def test_settings_that_the_weights_do_not_have_are_refused(saved: Save) -> None:
    with pytest.raises(BurnishError, match=r"ESRGAN\.pth: its weights have scale 4, not 2; remove scale"):
        burnish.load(saved("ESRGAN"), scale=2)


def test_an_architecture_that_spandrel_does_not_know_is_told_by_its_weights(shared_data: Path) -> None:
    with pytest.raises(ConfigError, match=r"IMDN_x4\.pth: spandrel \S+ knows no .*begin with module\.fea_conv"):
        burnish.load(shared_data / "weights" / "IMDN_x4.pth")
