"""What a training step costs the processor: the recipes' small networks, forward, backward and optimizer, in bfloat16.

Run: python benchmarks/steps.py [--steps N]
"""

from __future__ import annotations

import argparse
import time

import torch
from burnish_cnn.dncnn import DnCNN
from burnish_cnn.ffdnet import FFDNet
from burnish_cnn.nafnet import NAFNet
from burnish_cnn.unet import UNet
from burnish_gan.deblurgan import DeblurGAN
from torch import nn

NETWORKS: dict[str, tuple[nn.Module, int, int]] = {
    "cnn/unet, 1 block": (UNet(width=32, levels=3, blocks=1), 4, 128),
    "cnn/unet, 2 blocks": (UNet(width=32, levels=3, blocks=2), 4, 128),
    "cnn/unet, bands (deblur-unet.yaml)": (UNet(width=24, levels=2, blocks=2, bands=True), 16, 64),
    "cnn/nafnet (deblur.yaml)": (
        NAFNet(width=16, encoder_blocks=[1, 1, 2], middle_blocks=2, decoder_blocks=[1, 1, 1], train_size=64),
        16,
        64,
    ),
    "gan/deblurgan (deblur-gan.yaml), no critics": (
        DeblurGAN(width=24, pyramid=48, levels=2, blocks=2, bands=True),
        8,
        96,
    ),
    "cnn/dncnn (denoise.yaml, denoise-blind.yaml)": (DnCNN(depth=12, features=64, unshuffle=2), 8, 64),
    "cnn/unet, 2 levels, 2 blocks": (UNet(width=32, levels=2, blocks=2), 8, 64),
    "cnn/ffdnet (denoise-ffdnet.yaml)": (FFDNet(depth=10, features=64), 8, 64),
}
"""Name → network, batch, side of the patch."""


def cost(network: nn.Module, batch: int, side: int, steps: int) -> float:
    """The least processor time of ``steps`` steps, in seconds: other work on the machine does not count."""
    network = network.train().to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    optimizer = torch.optim.AdamW(network.parameters(), lr=1e-3, fused=True)
    clean = torch.rand(batch, 3, side, side).contiguous(memory_format=torch.channels_last)
    told = {"sigma": torch.full((batch,), 0.1)} if isinstance(network, FFDNet) else {}
    times = []
    for _ in range(steps):
        start = time.process_time()
        with torch.autocast("cpu", torch.bfloat16):
            loss = (network(clean, **told).float() - clean).abs().mean()
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        times.append(time.process_time() - start)
    return min(times)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=6)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    print(f"{'network':44} {'M parameters':>12} {'patch':>10} {'s a step':>9} {'µs a pixel':>11}")
    for name, (network, batch, side) in NETWORKS.items():
        seconds = cost(network, batch, side, arguments.steps)
        millions = sum(parameter.numel() for parameter in network.parameters()) / 1e6
        size = f"{batch}×{side}²"
        print(f"{name:44} {millions:12.2f} {size:>10} {seconds:9.3f} {1e6 * seconds / (batch * side**2):11.2f}")


if __name__ == "__main__":
    main()
