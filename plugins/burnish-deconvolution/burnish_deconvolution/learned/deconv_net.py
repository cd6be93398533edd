"""Learned deconvolution: large separable inverse kernels between an encoder and a denoising decoder."""

from __future__ import annotations

from typing import Literal

from torch import Tensor, nn

from burnish_deconvolution.learned.refining import ResidualBlock

Inverse = Literal["separable", "full"]


class DeconvNet(nn.Module):
    """estimate = degraded + D(T(E(degraded))), trained for one family of kernels, without receiving the kernel.

    E is 3×3 convolutions. T inverts the blur: an inverse kernel is large, but well approximated by few separable ones
    (the singular vectors of the pseudo-inverse), so T is a transposed convolution with kernels ``side``×1, then one
    with 1×``side``, across all maps; ``full`` has one ``side``×``side`` kernel for each map. D is residual blocks that
    remove what the inversion made of the noise. An untrained network returns its input.

    Reference: L. Xu, J. S. J. Ren, C. Liu, J. Jia, "Deep Convolutional Neural Network for Image Deconvolution",
    NIPS 2014.
    """

    def __init__(
        self,
        *,
        channels: int = 3,
        features: int = 32,
        side: int = 41,
        inverse: Inverse = "separable",
        encoder_blocks: int = 1,
        decoder_blocks: int = 3,
    ) -> None:
        super().__init__()
        self.channels = channels
        self.side = side
        self.blocks = encoder_blocks + decoder_blocks
        self.encoder = nn.Sequential(
            nn.Conv2d(channels, features, 3, padding=1), *(ResidualBlock(features) for _ in range(encoder_blocks))
        )
        self.inverse = nn.Sequential(*_inverse(features, side, inverse))
        self.decoder = nn.Sequential(*(ResidualBlock(features) for _ in range(decoder_blocks)))
        self.closing = nn.Conv2d(features, channels, 3, padding=1)
        nn.init.zeros_(self.closing.weight)
        if self.closing.bias is not None:
            nn.init.zeros_(self.closing.bias)

    @property
    def receptive_field(self) -> int:
        """Side in pixels of the square that one output pixel depends on."""
        return 2 * (2 + 2 * self.blocks + self.side // 2) + 1

    def forward(self, degraded: Tensor) -> Tensor:
        """Restore N,C,H,W in [0, 1]; the same shape comes back, unclipped."""
        estimate: Tensor = degraded + self.closing(self.decoder(self.inverse(self.encoder(degraded))))
        return estimate


def _inverse(features: int, side: int, kind: Inverse) -> list[nn.Module]:
    """Transposed convolutions that keep the size, initialised as the identity plus small random weights."""
    reach = side // 2
    if kind == "full":
        layers: list[nn.Module] = [
            nn.ConvTranspose2d(features, features, side, padding=reach, groups=features, bias=False),
            nn.Conv2d(features, features, 1),
        ]
    else:
        layers = [
            nn.ConvTranspose2d(features, features, (side, 1), padding=(reach, 0), bias=False),
            nn.ConvTranspose2d(features, features, (1, side), padding=(0, reach)),
        ]
    for layer in layers:
        if isinstance(layer, nn.ConvTranspose2d):
            spread = (layer.weight.shape[1] * layer.weight.shape[2] * layer.weight.shape[3]) ** -0.5
            nn.init.normal_(layer.weight, std=0.1 * spread)
            middle = layer.weight.data[..., layer.weight.shape[2] // 2, layer.weight.shape[3] // 2]
            middle.add_(nn.init.eye_(middle.new_empty(features, features)) if kind == "separable" else 1.0)
    return layers
