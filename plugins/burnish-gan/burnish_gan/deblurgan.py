"""DeblurGAN-v2's generator: a feature pyramid on a light backbone (Kupyn et al. 2019, arXiv 1908.03826)."""

from __future__ import annotations

import torch
from burnish.ops.bands import BANDS, REACH, bands
from torch import Tensor, nn
from torch.nn import functional

from burnish_gan.balance import Balance
from burnish_gan.residual import stack

ENTRY = 2
"""The backbone's finest grid is coarser than the picture's by this factor."""


class DeblurGAN(nn.Module):
    """estimate = degraded + G(degraded), where G is a feature pyramid network.

    Bottom-up: the picture's pixels side by side on a grid half as fine, then ``levels`` halvings with ``blocks``
    residual blocks each, channels doubling. Top-down: every level is projected to ``pyramid`` channels and the coarser
    one added, by sub-pixel rearrangement. A head on each makes ``pyramid`` / 2 channels, which are brought to a quarter
    of the picture's size, put side by side, refined by ``blocks`` residual blocks, joined at half the size by the
    backbone's finest features, refined again, and rearranged into the picture. Where the paper has 3×3 convolutions
    with ReLU between backbone and picture (heads, smoothing), these are linear maps, orthogonal at first, and residual
    blocks: what the backbone found reaches the picture whole, and training takes fewer steps.
    The paper's backbones are trained on ImageNet first; this one begins from nothing, as the identity. No
    normalisation, hence a finite view; sizes must be multiples of ``size_multiple``. With ``bands`` the picture enters
    as wavelet planes of equal power, from which a blur is learned in fewer steps.
    """

    def __init__(
        self,
        *,
        channels: int = 3,
        width: int = 32,
        pyramid: int = 64,
        levels: int = 4,
        blocks: int = 2,
        bands: bool = False,
        adversarial_weight: float = 0.01,
        content_weight: float = 0.5,
        pretraining: float = 0.5,
        critic_features: int = 32,
    ) -> None:
        super().__init__()
        self.channels = channels
        self.levels = levels
        self.blocks = blocks
        self.bands = bands
        self.balance = Balance(
            adversarial_weight=adversarial_weight,
            content_weight=content_weight,
            pretraining=pretraining,
            critic_features=critic_features,
        )
        planes = channels * ENTRY**2
        widths = [width * 2**level for level in range(levels + 1)]
        half = pyramid // 2
        self.opening = nn.Conv2d(BANDS * planes if bands else planes, width, 3, padding=1)
        self.halving = nn.ModuleList(nn.Conv2d(widths[i], widths[i + 1], 2, stride=2) for i in range(levels))
        self.backbone = nn.ModuleList(stack(blocks, features) for features in widths)
        self.laterals = nn.ModuleList(nn.Conv2d(features, pyramid, 1) for features in widths[1:])
        self.enlarging = nn.ModuleList(nn.Conv2d(pyramid, 4 * pyramid, 1) for _ in range(levels - 1))
        self.heads = nn.ModuleList(nn.Conv2d(pyramid, half, 1) for _ in range(levels))
        self.gathering = nn.Conv2d(levels * half, pyramid, 1)
        self.smoothing = stack(blocks, pyramid)
        self.rising = nn.Conv2d(pyramid, 4 * width, 1)
        self.joining = stack(blocks, width)
        self.closing = nn.Conv2d(width, planes, 3, padding=1)
        self._start_orthogonal()

    @property
    def size_multiple(self) -> int:
        """Height and width must be multiples of this: the size of a cell of the coarsest level."""
        return int(ENTRY * 2**self.levels)

    @property
    def receptive_field(self) -> int:
        """Side in pixels of the square that one output pixel depends on, at most.

        Follows the last cell of a row that an output pixel depends on, from the output back to the input, for every
        place of a pixel in the coarsest cell.
        """
        furthest = 0
        for position in range(self.size_multiple):
            last = self._last(position // ENTRY)
            furthest = max(furthest, ENTRY * (last + 1) - 1 - position)
        return 2 * (furthest + (REACH if self.bands else 0)) + 1

    def forward(self, degraded: Tensor) -> Tensor:
        """Restore N,C,H,W in [0, 1]; the same shape comes back, unclipped."""
        entering = bands(degraded) if self.bands else degraded
        finest = self.backbone[0](self.opening(functional.pixel_unshuffle(entering, ENTRY)))
        x, coarser = finest, []
        for halving, blocks in zip(self.halving, self.backbone[1:], strict=True):
            x = blocks(halving(x))
            coarser.append(x)
        above: Tensor | None = None
        maps: list[Tensor] = []
        for level in reversed(range(self.levels)):
            merged = self.laterals[level](coarser[level])
            merged = merged if above is None else merged + functional.pixel_shuffle(above, 2)
            maps.append(_enlarged(self.heads[level](merged), 2**level))
            above = self.enlarging[level - 1](merged) if level else None
        gathered = self.smoothing(self.gathering(torch.cat(maps, dim=1)))
        joined = self.joining(finest + functional.pixel_shuffle(self.rising(gathered), 2))
        return degraded + functional.pixel_shuffle(self.closing(joined), ENTRY)

    def _start_orthogonal(self) -> None:
        """Initialise the layers between blocks as orthogonal maps, which keep features' size; the last as zero."""
        linear = (
            self.opening,
            *self.halving,
            *self.laterals,
            *self.enlarging,
            *self.heads,
            self.gathering,
            self.rising,
        )
        for layer in linear:
            assert isinstance(layer, nn.Conv2d)
            nn.init.orthogonal_(layer.weight)  # as a matrix outputs × inputs
            nn.init.zeros_(layer.bias)  # type: ignore[arg-type]
        for parameter in self.closing.parameters():
            nn.init.zeros_(parameter)

    def _last(self, cell: int) -> int:
        """The last cell of the backbone's finest grid that an output cell depends on."""
        reach = 2 * self.blocks
        joined = cell + 1 + reach
        gathered = joined // 2 + reach
        last = gathered >> (self.levels - 1)
        for below in [*(gathered >> level for level in reversed(range(self.levels - 1))), joined]:
            last = max(2 * (last + reach) + 1, below)
        return last + reach + 1


def _enlarged(x: Tensor, factor: int) -> Tensor:
    """Each pixel repeated ``factor`` times along both axes."""
    return x if factor == 1 else functional.interpolate(x, scale_factor=float(factor), mode="nearest")
