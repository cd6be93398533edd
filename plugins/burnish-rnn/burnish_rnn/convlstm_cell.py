"""The convolutional long short-term memory (Shi et al. 2015, arXiv 1506.04214)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

State = tuple[Tensor, Tensor]
"""Hidden state h and cell c, N,F,H,W each."""


class ConvLSTMCell(nn.Module):
    """Equation 3 of the paper: gates that convolve the input and the hidden state, and use the cell state.

    ``i = σ(Wxi ∗ x + Whi ∗ h + Wci ∘ c + bi)``, ``f = σ(Wxf ∗ x + Whf ∗ h + Wcf ∘ c + bf)``,
    ``c' = f ∘ c + i ∘ tanh(Wxc ∗ x + Whc ∗ h + bc)``, ``o = σ(Wxo ∗ x + Who ∗ h + Wco ∘ c' + bo)``,
    ``h' = o ∘ tanh c'``.

    The peepholes W∘c have one weight a channel, where the paper has one a pixel, so that any size can be restored; they
    start at 0, and the forget gate's bias at 1 (Jozefowicz et al. 2015). The cell stays float32 under autocast.
    """

    def __init__(self, inputs: int, features: int, *, kernel: int = 3, peepholes: bool = True) -> None:
        super().__init__()
        self.features = features
        self.gates = nn.Conv2d(inputs + features, 4 * features, kernel, padding=kernel // 2)
        self.peepholes = nn.Parameter(torch.zeros(3, features, 1, 1)) if peepholes else None
        with torch.no_grad():
            assert self.gates.bias is not None
            self.gates.bias.zero_()
            self.gates.bias[features : 2 * features] = 1.0

    def start(self, x: Tensor) -> State:
        """The zero state for N,I,H,W."""
        zeros = x.new_zeros(x.shape[0], self.features, *x.shape[-2:], dtype=torch.float32)
        return zeros, zeros

    def forward(self, x: Tensor, state: State) -> State:
        """One step: N,I,H,W and the previous state → the next state. The gates are in the order i, f, c, o."""
        hidden, cell = state
        drive = self.gates(torch.cat([x.to(hidden.dtype), hidden], dim=1)).float()
        entry, forget, candidate, exit_ = drive.chunk(4, dim=1)
        if self.peepholes is not None:
            entry = entry + self.peepholes[0] * cell
            forget = forget + self.peepholes[1] * cell
        cell = torch.sigmoid(forget) * cell + torch.sigmoid(entry) * torch.tanh(candidate)
        if self.peepholes is not None:
            exit_ = exit_ + self.peepholes[2] * cell
        return torch.sigmoid(exit_) * torch.tanh(cell), cell
