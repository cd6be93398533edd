"""Networks around ConvLSTM cells: restore a clip frame by frame, or a burst into its reference frame."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor, nn
from torch.nn import functional

from burnish_rnn.convlstm_cell import ConvLSTMCell, State
from burnish_rnn.residual_block import ResidualBlock, zero_convolution


class ConvLSTM(nn.Module):
    """estimateₜ = degradedₜ + D(Eₜ, hₜ): encoder E, ``layers`` stacked ConvLSTM cells, decoder D.

    Encoder and decoder are residual blocks on a grid coarser by ``unshuffle``, its pixels side by side as channels.
    Many to many and causal: an estimate depends on its frame and those before it. Motion is not compensated: what the
    cells' 3×3 kernels reach from frame to frame is ``unshuffle`` pixels. Takes N,T,C,H,W with any T ≥ 1, sides
    multiples of ``unshuffle``. An untrained network returns what it is given.
    """

    def __init__(
        self,
        *,
        channels: int = 3,
        width: int = 48,
        blocks: int = 2,
        layers: int = 1,
        unshuffle: int = 2,
        peepholes: bool = True,
    ) -> None:
        super().__init__()
        self.size_multiple = unshuffle
        phases = channels * unshuffle**2
        self.opening = nn.Conv2d(phases, width, 3, padding=1)
        self.encoder = nn.Sequential(*(ResidualBlock(width) for _ in range(blocks)), nn.ReLU())
        self.cells = nn.ModuleList(ConvLSTMCell(width, width, peepholes=peepholes) for _ in range(layers))
        self.joining = nn.Conv2d(2 * width, width, 3, padding=1)
        self.decoder = nn.Sequential(*(ResidualBlock(width) for _ in range(blocks)), nn.ReLU())
        self.closing = zero_convolution(width, phases)

    def forward(self, degraded: Tensor) -> Tensor:
        """Restore N,T,C,H,W; keeps the shape; unclipped."""
        states: list[State] = []
        estimates = []
        for frame in degraded.unbind(1):
            features = self._encoded(frame)
            states = self._stepped(features, states)
            estimates.append(frame + self._decoded(features, states))
        return torch.stack(estimates, dim=1)

    def _encoded(self, frame: Tensor) -> Tensor:
        cells = functional.pixel_unshuffle(frame, self.size_multiple)
        encoded: Tensor = self.encoder(functional.relu(self.opening(cells)))
        return encoded

    def _stepped(self, features: Tensor, states: list[State]) -> list[State]:
        """Every layer's state after the input N,W,H,W; without states it starts from zeros."""
        after: list[State] = []
        cells: Iterable[nn.Module] = self.cells
        for level, cell in enumerate(cells):
            assert isinstance(cell, ConvLSTMCell)
            after.append(cell(features, states[level] if states else cell.start(features)))
            features = after[-1][0]
        return after

    def _decoded(self, features: Tensor, states: list[State]) -> Tensor:
        """The correction of the frame: N,C,H,W float32."""
        joined = functional.relu(self.joining(torch.cat([features.float(), states[-1][0]], dim=1)))
        return functional.pixel_shuffle(self.closing(self.decoder(joined)), self.size_multiple).float()


class BurstConvLSTM(ConvLSTM):
    """The same network, many to one: reads frames T−1 … 0, and restores frame 0 from its last state.

    N,T,C,H,W with any T ≥ 1 → N,C,H,W.
    """

    def forward(self, degraded: Tensor) -> Tensor:
        """Restore frame 0; unclipped."""
        states: list[State] = []
        features = degraded
        for frame in reversed(degraded.unbind(1)):
            features = self._encoded(frame)
            states = self._stepped(features, states)
        return degraded[:, 0] + self._decoded(features, states)
