"""FFDNet against its paper: size, view, noise map, published weights, and what happens as the noise vanishes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from burnish.io import list_pictures, read_clean
from burnish_cnn.ffdnet import FFDNet
from torch import Tensor, nn
from torch.nn import functional

SUB_PIXELS = (0, 2, 1, 3)
"""The published order of the four sub-pictures, column by column, in terms of ours, row by row."""


def published(archive: Path) -> FFDNet:
    """Our network with the published weights: HWIO to OIHW, and sub-pictures in our order."""
    stored = np.load(archive)
    count = len(stored.files) // 2
    weights = [torch.from_numpy(stored[f"w{i}"]).permute(3, 2, 0, 1).contiguous() for i in range(count)]
    biases = [torch.from_numpy(stored[f"b{i}"]) for i in range(count)]
    channels = weights[-1].shape[0] // 4
    order = [4 * channel + place for channel in range(channels) for place in SUB_PIXELS]
    weights[0] = weights[0][:, [*order, 4 * channels]]
    weights[-1], biases[-1] = weights[-1][order], biases[-1][order]
    network = FFDNet(channels=channels, depth=count, features=weights[0].shape[0], norm="none", output="clean")
    layers = [layer for layer in network.layers if isinstance(layer, nn.Conv2d)]
    for layer, weight, bias in zip(layers, weights, biases, strict=True):
        layer.load_state_dict({"weight": weight, "bias": bias.reshape(-1)})
    return network.eval()


def trained_like(network: FFDNet) -> FFDNet:
    """Random weights everywhere and running statistics that are not 0 and 1."""
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for tensor in [*network.parameters(), *network.buffers()]:
            if tensor.is_floating_point():
                tensor.add_(0.05 * torch.randn(tensor.shape, generator=generator))
    return network.eval()


def picture(height: int, width: int, channels: int = 3) -> Tensor:
    return torch.rand(1, channels, height, width, generator=torch.Generator().manual_seed(1))


@torch.no_grad()
def psnr_on(network: FFDNet, folder: Path, names: slice) -> list[float]:
    """PSNR in dB at σ = 25/255 as EXPECTED.json says: noise of NumPy's generator seeded by the index, clipped."""
    figures = []
    files = list_pictures(folder)
    for index in range(len(files))[names]:
        clean = read_clean(files[index], "grey" if network.channels == 1 else "rgb")
        noise = np.random.default_rng(index).normal(0, 25 / 255, (*clean.shape[2:], network.channels))
        degraded = clean + torch.from_numpy(noise).permute(2, 0, 1).float()
        height, width = clean.shape[2:]
        whole = functional.pad(degraded, (0, width % 2, 0, height % 2), mode="replicate")
        estimate = network(whole, sigma=torch.tensor([25 / 255]))[..., :height, :width].clamp(0, 1)
        figures.append(float(-10 * (estimate.double() - clean).square().mean().log10()))
    return figures


@pytest.mark.parametrize(("channels", "depth", "features", "millions"), [(1, 15, 64, 0.485), (3, 12, 96, 0.852)])
def test_the_paper_s_networks_have_their_number_of_parameters(
    channels: int, depth: int, features: int, millions: float
) -> None:
    network = FFDNet(channels=channels, depth=depth, features=features, norm="none")
    assert round(sum(p.numel() for p in network.parameters()) / 1e6, 3) == pytest.approx(millions, abs=0.002)


@pytest.mark.slow
@pytest.mark.long
def test_bsd68_at_sigma_25_comes_out_as_published_with_the_published_weights(shared_data: Path) -> None:
    figures = psnr_on(published(shared_data / "weights/FFDNet_gray.npz"), shared_data / "test/BSD68", slice(None))
    assert len(figures) == 68
    assert np.mean(figures) == pytest.approx(29.19, abs=0.01)


@pytest.mark.parametrize("name", ["gray", "color"])
def test_the_published_weights_remove_most_of_the_noise_of_one_picture(shared_data: Path, name: str) -> None:
    network = published(shared_data / f"weights/FFDNet_{name}.npz")
    folder = shared_data / ("test/BSD68" if name == "gray" else "test/CBSD68")
    (figure,) = psnr_on(network, folder, slice(1))
    assert figure > 20.17 + 5.0, "noise of σ = 25/255 alone is 20.17 dB"


def test_a_fresh_network_returns_what_it_is_given_at_every_noise_level() -> None:
    network = FFDNet(depth=4, features=8)
    degraded = picture(12, 16)
    for sigma in (0.0, 0.02, 0.2):
        assert torch.equal(network(degraded, sigma=torch.tensor([sigma])), degraded)


def test_without_noise_the_estimate_is_the_picture_itself_whatever_was_learnt() -> None:
    network = trained_like(FFDNet(depth=4, features=8))
    degraded = picture(12, 16)
    assert torch.equal(network(degraded, sigma=torch.zeros(1)), degraded)


def test_the_estimate_goes_to_the_picture_in_proportion_to_a_vanishing_noise_level() -> None:
    network = trained_like(FFDNet(depth=4, features=8)).double()
    degraded = picture(12, 16).double()
    slope = network.layers(torch.cat([functional.pixel_unshuffle(degraded, 2), torch.zeros(1, 1, 6, 8)], 1))
    for sigma in (1e-4, 1e-6):
        change = (degraded - network(degraded, sigma=torch.tensor([sigma], dtype=torch.float64))) / sigma
        assert torch.allclose(change, functional.pixel_shuffle(slope, 2), rtol=0, atol=10 * sigma)


def test_each_picture_of_a_batch_has_its_own_noise_level() -> None:
    network = trained_like(FFDNet(depth=3, features=8))
    degraded = picture(8, 8).expand(2, -1, -1, -1)
    both = network(degraded, sigma=torch.tensor([0.05, 0.2]))
    for index, sigma in enumerate((0.05, 0.2)):
        alone = network(degraded[:1], sigma=torch.tensor([sigma]))
        assert torch.allclose(both[index : index + 1], alone, rtol=0, atol=1e-6)
    assert not torch.allclose(both[0], both[1], rtol=0, atol=1e-3)


def test_folding_batch_normalisation_changes_nothing_in_float64() -> None:
    network = trained_like(FFDNet(depth=5, features=8)).double()
    folded = network.folded()
    degraded, sigma = picture(12, 16).double(), torch.tensor([0.1], dtype=torch.float64)
    assert not any(isinstance(module, nn.BatchNorm2d) for module in folded.modules())
    assert torch.allclose(folded(degraded, sigma=sigma), network(degraded, sigma=sigma), rtol=0, atol=1e-9)


def test_an_output_pixel_depends_on_exactly_its_receptive_field() -> None:
    network = trained_like(FFDNet(depth=3, features=8, channels=1, norm="none"))
    reach = network.receptive_field // 2
    furthest = 0
    for row in (20, 21):
        degraded = picture(40, 40, 1).requires_grad_()
        network(degraded, sigma=torch.tensor([0.2]))[0, 0, row, row].backward()
        assert degraded.grad is not None
        touched = degraded.grad[0, 0].abs().sum(1).nonzero()
        furthest = max(furthest, row - int(touched.min()), int(touched.max()) - row)
    assert furthest == reach
