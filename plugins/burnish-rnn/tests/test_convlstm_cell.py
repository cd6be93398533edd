"""The ConvLSTM cell against the paper's equations, written out in NumPy and SciPy."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from burnish_rnn.convlstm_cell import ConvLSTMCell
from numpy.typing import NDArray
from scipy.signal import correlate2d

Array = NDArray[np.float64]


def sigmoid(x: Array) -> Array:
    return 1.0 / (1.0 + np.exp(-x))


def convolved(x: Array, weight: Array, bias: Array) -> Array:
    """Σ over input channels of the correlation with zeros beyond the border: I,H,W → O,H,W."""
    return np.stack(
        [sum(correlate2d(x[i], weight[o, i], mode="same") for i in range(len(x))) + bias[o] for o in range(len(weight))]
    )


def by_hand(cell: ConvLSTMCell, x: Array, hidden: Array, memory: Array) -> tuple[Array, Array]:
    weight = cell.gates.weight.detach().double().numpy()
    assert cell.gates.bias is not None
    drive = convolved(np.concatenate([x, hidden]), weight, cell.gates.bias.detach().double().numpy())
    i, f, g, o = np.split(drive, 4)
    peep = np.zeros((3, cell.features, 1, 1)) if cell.peepholes is None else cell.peepholes.detach().double().numpy()
    new = sigmoid(f + peep[1] * memory) * memory + sigmoid(i + peep[0] * memory) * np.tanh(g)
    return sigmoid(o + peep[2] * new) * np.tanh(new), new


@pytest.mark.parametrize("peepholes", [True, False])
@pytest.mark.parametrize("kernel", [3, 5])
def test_two_steps_are_those_of_the_paper_s_equations(peepholes: bool, kernel: int) -> None:
    torch.manual_seed(0)
    cell = ConvLSTMCell(2, 3, kernel=kernel, peepholes=peepholes)
    with torch.no_grad():
        for parameter in cell.parameters():
            parameter.copy_(0.5 * torch.randn_like(parameter))
    frames = torch.randn(2, 1, 2, 6, 7)
    state = cell.start(frames[0])
    hidden, memory = (part[0].double().numpy() for part in state)
    for frame in frames:
        state = cell(frame, state)
        hidden, memory = by_hand(cell, frame[0].double().numpy(), hidden, memory)
    np.testing.assert_allclose(state[0][0].detach().numpy(), hidden, atol=1e-5)
    np.testing.assert_allclose(state[1][0].detach().numpy(), memory, atol=1e-5)


def test_a_fresh_cell_forgets_little() -> None:
    cell = ConvLSTMCell(1, 4)
    memory = torch.ones(1, 4, 3, 3)
    with torch.no_grad():
        cell.gates.weight.zero_()
        _, after = cell(torch.zeros(1, 1, 3, 3), (torch.zeros(1, 4, 3, 3), memory))
    assert torch.allclose(after, torch.sigmoid(torch.tensor(1.0)) * memory)


def test_the_memory_stays_float32_under_autocast() -> None:
    cell = ConvLSTMCell(2, 3)
    x = torch.rand(1, 2, 4, 4)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        hidden, memory = cell(x, cell.start(x))
    assert (hidden.dtype, memory.dtype) == (torch.float32, torch.float32)
