"""DnCNN and NAFNet on the CPU beside straightforward implementations of the same functions: speed and agreement.

Run: python benchmarks/cnn.py [--threads N]
"""

from __future__ import annotations

import argparse
import copy

import torch
from burnish_cnn.dncnn import DnCNN
from burnish_cnn.local_statistics import window_means
from burnish_cnn.nafnet import ChannelAttention, NAFNet, SimpleGate
from burnish_cnn.normalisation import LayerNorm2d
from pairing import compare
from torch import Tensor, nn


class PlainNorm(LayerNorm2d):
    """The same formula, written with means over the channel dimension."""

    def forward(self, x: Tensor) -> Tensor:
        """Normalise N,C,H,W."""
        centred = x - x.mean(1, keepdim=True)
        normal = centred / (centred.square().mean(1, keepdim=True) + self.eps).sqrt()
        return normal * self.weight[:, None, None] + self.bias[:, None, None]


class PlainGate(nn.Module):
    """The product of the halves as autograd sees it."""

    def forward(self, x: Tensor) -> Tensor:
        """N,2C,H,W → N,C,H,W."""
        first, second = x.chunk(2, dim=1)
        return first * second


def table_means(x: Tensor, side: int) -> Tensor:
    """Window means by a summed-area table in float64."""
    height, width = min(side, x.shape[2]), min(side, x.shape[3])
    table = nn.functional.pad(x.double().cumsum(2).cumsum(3), (1, 0, 1, 0))
    sums = table[..., height:, width:] - table[..., :-height, width:]
    sums += table[..., :-height, :-width] - table[..., height:, :-width]
    return (sums / (height * width)).float()


def plain(network: NAFNet) -> NAFNet:
    """The same weights, straightforward parts, channels first."""
    twin = copy.deepcopy(network).to(memory_format=torch.contiguous_format)
    for module in list(twin.modules()):
        for name, child in module.named_children():
            if isinstance(child, LayerNorm2d):
                norm = PlainNorm(len(child.weight), child.eps)
                norm.load_state_dict(child.state_dict())
                setattr(module, name, norm)
            elif isinstance(child, SimpleGate):
                setattr(module, name, PlainGate())
    return twin


def lively(network: nn.Module) -> nn.Module:
    """Weights of a size that trained ones have, where a fresh network's are zero."""
    for parameter in network.parameters():
        if not parameter.any():
            nn.init.normal_(parameter, std=0.02)
    return network.eval()


@torch.inference_mode()
def forwards(name: str, network: nn.Module, twin: nn.Module, picture: Tensor) -> None:
    last = network.to(memory_format=torch.channels_last)
    laid = picture.contiguous(memory_format=torch.channels_last)
    half, small = copy.deepcopy(last).bfloat16(), laid.bfloat16()
    print(f"{name}, {picture.shape[3]}×{picture.shape[2]}")
    compare({"burnish": lambda: last(laid), "plain": lambda: twin(picture), "burnish bf16": lambda: half(small)})
    exact = last(laid)
    worst = float((exact - twin(picture)).abs().max())
    rms = float((exact - half(small).float()).square().mean().sqrt())
    print(f"largest difference from plain {worst:.1e}; root-mean-square deviation of bf16 {rms:.1e}\n")


def training_step(network: NAFNet, patches: Tensor) -> None:
    with torch.autocast("cpu", torch.bfloat16):
        estimate = network(patches)
    estimate.float().square().mean().backward()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=1)
    torch.set_num_threads(parser.parse_args().threads)
    torch.manual_seed(0)
    picture = torch.rand(1, 3, 256, 256)
    dncnn = lively(DnCNN())
    assert isinstance(dncnn, DnCNN)
    forwards("DnCNN, 17 layers, 64 features", dncnn.folded(), copy.deepcopy(dncnn), picture)
    nafnet = lively(NAFNet(width=32))
    assert isinstance(nafnet, NAFNet)
    forwards("NAFNet, width 32", nafnet, plain(nafnet), picture)

    features = torch.rand(1, 32, 512, 768).contiguous(memory_format=torch.channels_last)
    attention = ChannelAttention(32, 192).eval()
    with torch.inference_mode():
        print("window means, 32 channels, 768×512, side 192")
        compare({"burnish": lambda: window_means(features, 192), "table": lambda: table_means(features, 192)})
        worst = float((window_means(features, 192) - table_means(features, 192)).abs().max())
        print(f"largest difference {worst:.1e}; attention with them, once: {attention(features).shape[1]} channels\n")

    small = NAFNet(width=16, encoder_blocks=[1, 1, 2], middle_blocks=2, decoder_blocks=[1, 1, 1])
    lively(small).train()
    twin = plain(small)
    patches = torch.rand(8, 3, 64, 64)
    laid = patches.contiguous(memory_format=torch.channels_last)
    small.to(memory_format=torch.channels_last)
    print("training step, NAFNet of width 16, 8 patches of 64×64, bf16 autocast")
    compare({"burnish": lambda: training_step(small, laid), "plain": lambda: training_step(twin, patches)})


if __name__ == "__main__":
    main()
