"""DnCNN: a plain stack of convolutions that predicts the noise (Zhang et al. 2017, doi 10.1109/TIP.2017.2662206)."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

Norm = Literal["none", "batch"]


class DnCNN(nn.Module):
    """estimate = degraded − R(degraded), where R is ``depth`` 3×3 convolutions with ReLU between them.

    The paper's DnCNN-S is ``channels=1, depth=17, features=64, norm="batch"``. An untrained network returns its input:
    the last convolution starts at zero, so training begins at the degraded picture's own quality.
    """

    def __init__(
        self,
        *,
        channels: int = 3,
        depth: int = 17,
        features: int = 64,
        norm: Norm = "batch",
        unshuffle: int = 1,
    ) -> None:
        super().__init__()
        self.channels = channels
        self.depth = depth
        self.features = features
        self.unshuffle = unshuffle
        planes = channels * unshuffle**2
        self.layers = convolutions(planes, planes, depth=depth, features=features, norm=norm)

    @property
    def size_multiple(self) -> int:
        """Height and width must be multiples of this."""
        return self.unshuffle

    @property
    def receptive_field(self) -> int:
        """Side in pixels of the square that one output pixel depends on: each layer adds one pixel on every side."""
        return 2 * (self.unshuffle * (self.depth + 1) - 1) + 1

    def forward(self, degraded: Tensor) -> Tensor:
        """Restore N,C,H,W in [0, 1]; the same shape comes back, unclipped."""
        if self.unshuffle == 1:
            noise: Tensor = self.layers(degraded)
        else:
            cells = functional.pixel_unshuffle(degraded, self.unshuffle)
            noise = functional.pixel_shuffle(self.layers(cells), self.unshuffle)
        return degraded - noise

    def folded(self) -> DnCNN:
        """The same network without batch normalisation: statistics and scales are folded into the convolutions.

        Holds in evaluation mode, exactly up to rounding; the result is on the same device, of the same dtype, and has
        fewer parameters and less to compute.
        """
        plain = DnCNN(
            channels=self.channels, depth=self.depth, features=self.features, norm="none", unshuffle=self.unshuffle
        )
        plain.to(next(self.parameters()))
        copy_folded(self.layers, plain.layers)
        return plain.train(self.training)


def convolutions(inside: int, outside: int, *, depth: int, features: int, norm: Norm) -> nn.Sequential:
    """``depth`` 3×3 convolutions with ReLU between, the middle ones normalised; initialised by ``start_linear``."""
    layers: list[nn.Module] = [nn.Conv2d(inside, features, 3, padding=1), nn.ReLU(inplace=True)]
    for _ in range(depth - 2):
        layers += _middle(features, norm)
    layers.append(nn.Conv2d(features, outside, 3, padding=1))
    start_linear([layer for layer in layers if isinstance(layer, nn.Conv2d)])
    return nn.Sequential(*layers)


def copy_folded(source: nn.Sequential, target: nn.Sequential) -> None:
    """Fill the convolutions of ``target``, which has no normalisation, with the folded ones of ``source``."""
    layers = list(source)
    pairs = [(a, b) for a, b in zip(layers, [*layers[1:], None], strict=True) if isinstance(a, nn.Conv2d)]
    targets = [layer for layer in target if isinstance(layer, nn.Conv2d)]
    for layer, (convolution, following) in zip(targets, pairs, strict=True):
        weight, bias = fold(convolution, following if isinstance(following, nn.BatchNorm2d) else None)
        layer.load_state_dict({"weight": weight, "bias": bias})


def start_linear(convolutions: list[nn.Conv2d]) -> None:
    """Initialise a stack of convolutions with ReLUs between them so that it starts as a well-conditioned linear map.

    Features come in pairs (f, −f), so that ReLU loses nothing (Balduzzi et al. 2017, arXiv 1702.08591), and all layers
    but the first and the last are an orthogonal map at the kernel's centre (Xiao et al. 2018, arXiv 1806.05393). The
    last layer is zero. Trains a denoiser in a tenth of the steps that He's initialisation takes.
    """
    first, *middle, last = convolutions
    half = first.out_channels // 2
    with torch.no_grad():
        opening = nn.init.orthogonal_(torch.empty(half, *first.weight.shape[1:]))
        first.weight.copy_(torch.cat([opening, -opening]))
        for layer in middle:
            turn = nn.init.orthogonal_(torch.empty(half, half))
            layer.weight.zero_()
            layer.weight[:, :, 1, 1] = torch.cat([torch.cat([turn, -turn], 1), torch.cat([-turn, turn], 1)])
        last.weight.zero_()
        for layer in convolutions:
            if layer.bias is not None:
                layer.bias.zero_()


def fold(convolution: nn.Conv2d, norm: nn.BatchNorm2d | None) -> tuple[Tensor, Tensor]:
    """Weight and bias of the one convolution that replaces both, computed in float64.

    ``γ (w∗x + b − μ)/√(v + ε) + β = (γ w/√(v + ε))∗x + (β + γ (b − μ)/√(v + ε))`` for running mean μ and variance v.
    """
    weight = convolution.weight.detach()
    bias = torch.zeros_like(weight[:, 0, 0, 0]) if convolution.bias is None else convolution.bias.detach()
    if norm is None:
        return weight, bias
    if norm.running_mean is None or norm.running_var is None:
        raise ValueError("batch normalization without running statistics cannot be folded")
    scale = norm.weight.detach().double() / torch.sqrt(norm.running_var.double() + norm.eps)
    shift = norm.bias.detach().double() + scale * (bias.double() - norm.running_mean.double())
    return (scale[:, None, None, None] * weight.double()).to(weight), shift.to(weight)


def _middle(features: int, norm: Norm) -> list[nn.Module]:
    convolution = nn.Conv2d(features, features, 3, padding=1, bias=norm == "none")
    normalisation: list[nn.Module] = [nn.BatchNorm2d(features)] if norm == "batch" else []
    return [convolution, *normalisation, nn.ReLU(inplace=True)]
