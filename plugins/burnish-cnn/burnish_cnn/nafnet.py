"""NAFNet: a U-net of blocks without activation functions (Chen et al. 2022, arXiv 2204.04676)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from burnish.ops.bands import BANDS, REACH, bands
from torch import Tensor, nn
from torch.nn import functional

from burnish_cnn.local_statistics import spread, window_means
from burnish_cnn.normalisation import LayerNorm2d

WINDOW = 1.5
"""Side of the window of local statistics in sides of the training patch, as Chu et al. (arXiv 2112.04491) chose it."""


class SimpleGate(nn.Module):
    """The product of a picture's first half of channels and its second: N,2C,H,W → N,C,H,W."""

    def forward(self, x: Tensor) -> Tensor:
        """Multiply the halves."""
        if torch.is_grad_enabled():
            product: Tensor = _Product.apply(x)  # type: ignore[no-untyped-call]
        else:
            first, second = x.chunk(2, dim=1)
            product = first * second
        return product


class _Product(torch.autograd.Function):
    """The product of the halves, with a backward pass that writes the gradient in place, without padding and adding."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        ctx.save_for_backward(x)
        first, second = x.chunk(2, dim=1)
        return first * second

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        (x,) = ctx.saved_tensors
        halves, gradient = x.chunk(2, dim=1), torch.empty_like(x)
        for target, other in zip(gradient.chunk(2, dim=1), reversed(halves), strict=True):
            torch.mul(gradients[0], other, out=target)
        return gradient


class ChannelAttention(nn.Module):
    """Simplified channel attention: x · (W mean(x) + b), the mean over the whole picture or over local windows.

    In training the mean is that of the patch. In evaluation mode, with ``window`` > 0, every pixel takes the mean of
    the window around it, so that a large picture meets the statistics that training met; ``window`` at least as large
    as the picture is the mean of the whole.
    """

    def __init__(self, channels: int, window: int) -> None:
        super().__init__()
        self.window = window
        self.projection = nn.Conv2d(channels, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Weigh the channels of N,C,H,W."""
        if self.training or self.window == 0:
            means = x.mean(dim=(2, 3), keepdim=True)
        else:
            means = window_means(x, self.window).to(x.dtype)
        weights: Tensor = self.projection(means)
        if weights.shape[2:] != (1, 1):
            weights = spread(weights, (x.shape[2], x.shape[3]), self.window)
        return x * weights


class NAFBlock(nn.Module):
    """Figure 3c of the paper: an inverted residual with gate and attention, then a gated pointwise network.

    Both parts are added with learned scales (β, γ) that start at zero: an untrained block returns its input.
    """

    def __init__(self, channels: int, window: int) -> None:
        super().__init__()
        self.spatial = nn.Sequential(
            LayerNorm2d(channels),
            nn.Conv2d(channels, 2 * channels, 1),
            nn.Conv2d(2 * channels, 2 * channels, 3, padding=1, groups=2 * channels),
            SimpleGate(),
            ChannelAttention(channels, window),
            nn.Conv2d(channels, channels, 1),
        )
        self.pointwise = nn.Sequential(
            LayerNorm2d(channels),
            nn.Conv2d(channels, 2 * channels, 1),
            SimpleGate(),
            nn.Conv2d(channels, channels, 1),
        )
        self.beta = nn.Parameter(torch.zeros(1, channels, 1, 1))
        self.gamma = nn.Parameter(torch.zeros(1, channels, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        """Refine N,C,H,W; keeps the shape."""
        x = torch.addcmul(x, self.spatial(x), self.beta)
        return torch.addcmul(x, self.pointwise(x), self.gamma)


class NAFNet(nn.Module):
    """estimate = degraded + U(degraded); every level halves the size and doubles the channels.

    The paper's networks are ``width=32`` (17.1 M parameters, 16 GMAC at 256×256) and ``width=64``, with
    ``encoder_blocks=[1, 1, 1, 28], middle_blocks=1, decoder_blocks=[1, 1, 1, 1]`` for deblurring. Height and width must
    be multiples of ``size_multiple``. With ``bands``, which the paper has not, the picture enters as wavelet planes of
    equal power, from which a blur is learned in fewer steps.
    """

    def __init__(
        self,
        *,
        channels: int = 3,
        width: int = 32,
        encoder_blocks: Sequence[int] = (1, 1, 1, 28),
        middle_blocks: int = 1,
        decoder_blocks: Sequence[int] = (1, 1, 1, 1),
        train_size: int = 256,
        bands: bool = False,
    ) -> None:
        super().__init__()
        if len(encoder_blocks) != len(decoder_blocks):
            raise ValueError("encoder_blocks and decoder_blocks have different lengths; give both one number per level")
        self.channels = channels
        self.bands = bands
        self.blocks = (tuple(encoder_blocks), middle_blocks, tuple(decoder_blocks))
        levels = len(encoder_blocks)
        self.windows = tuple(_window(train_size, level) for level in range(levels + 1))
        widths = [width * 2**level for level in range(levels + 1)]
        self.opening = nn.Conv2d(BANDS * channels if bands else channels, width, 3, padding=1)
        self.encoders = nn.ModuleList(_stack(n, widths[i], self.windows[i]) for i, n in enumerate(encoder_blocks))
        self.downs = nn.ModuleList(nn.Conv2d(widths[i], widths[i + 1], 2, stride=2) for i in range(levels))
        self.middle = _stack(middle_blocks, widths[levels], self.windows[levels])
        upwards = list(reversed(range(levels)))
        self.ups = nn.ModuleList(nn.Conv2d(widths[i + 1], 4 * widths[i], 1, bias=False) for i in upwards)
        self.decoders = nn.ModuleList(
            _stack(n, widths[i], self.windows[i]) for n, i in zip(decoder_blocks, upwards, strict=True)
        )
        self.closing = nn.Conv2d(width, channels, 3, padding=1)
        for parameter in self.closing.parameters():
            nn.init.zeros_(parameter)

    @property
    def size_multiple(self) -> int:
        """Height and width must be multiples of this: 2 to the number of levels."""
        return int(2 ** len(self.downs))

    @property
    def receptive_field(self) -> int | None:
        """Side in pixels of the square that one output pixel depends on at inference; None with global pooling."""
        if 0 in self.windows:
            return None
        return 2 * (_reach(self.blocks, self.windows) + (REACH if self.bands else 0)) + 1

    def forward(self, degraded: Tensor) -> Tensor:
        """Restore N,C,H,W in [0, 1]; the same shape comes back, unclipped."""
        x = self.opening(bands(degraded) if self.bands else degraded)
        skips: list[Tensor] = []
        for encoder, down in zip(self.encoders, self.downs, strict=True):
            x = encoder(x)
            skips.append(x)
            x = down(x)
        x = self.middle(x)
        for up, decoder in zip(self.ups, self.decoders, strict=True):
            x = functional.pixel_shuffle(up(x), 2) + skips.pop()
            x = decoder(x)
        residual: Tensor = self.closing(x)
        return degraded + residual


def _stack(blocks: int, channels: int, window: int) -> nn.Sequential:
    return nn.Sequential(*(NAFBlock(channels, window) for _ in range(blocks)))


def _window(train_size: int, level: int) -> int:
    """Side of the window at a level, in pixels of that level; 0: the whole picture."""
    return max(1, int(WINDOW * train_size) >> level) if train_size else 0


def _reach(blocks: tuple[Sequence[int], int, Sequence[int]], windows: Sequence[int]) -> int:
    """The largest distance, in pixels, that an output pixel depends on.

    Follows the last pixel of a row that an output pixel depends on, from the output back to the input. It looks
    furthest from the picture's border, where windows are shifted inside: a block there makes of position p, in pixels
    of its level, max(p + ⌊s/2⌋, s − 1) for its window of side s, and one more for its 3×3 convolution.
    """
    encoder, middle, decoder = blocks
    levels = len(encoder)
    furthest = 0
    for position in range(2**levels):
        last = position + 1
        skips: list[int] = []
        for level, count in enumerate(reversed(decoder)):
            last = _through(last, count, windows[level])
            skips.append(last)
            last //= 2
        last = _through(last, middle, windows[levels])
        for level in reversed(range(levels)):
            last = _through(max(2 * last + 1, skips[level]), encoder[level], windows[level])
        furthest = max(furthest, last + 1 - position)
    return furthest


def _through(last: int, blocks: int, side: int) -> int:
    """Last position that a position depends on, after so many blocks with windows of ``side``."""
    for _ in range(blocks):
        last = max(last + side // 2, side - 1) + 1
    return last
