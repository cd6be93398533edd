"""Layers of 8 bits compute what whole numbers give, on every engine; they are stored and rebuilt without loss."""

from __future__ import annotations

import copy

import numpy as np
import onnxruntime
import pytest
import torch
from burnish.compression import rebuild, unpacked
from burnish.compression.calibrating import calibrate, release, sensitivities
from burnish.compression.int8 import Int8Conv2d, convolutions, layers_of, settle, stored, whole_weights, with_int8
from torch import nn


class Net(nn.Module):
    """Three convolutions, one of which is never reached."""

    def __init__(self) -> None:
        super().__init__()
        self.head = nn.Conv2d(1, 8, 3, padding=1)
        self.depthwise = nn.Conv2d(8, 8, 3, padding=1, groups=8, bias=False)
        self.tail = nn.Conv2d(8, 1, 3, padding=1)
        self.unused = nn.Conv2d(1, 1, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x - self.tail(torch.relu(self.depthwise(self.head(x))))


@pytest.fixture
def net() -> Net:
    torch.manual_seed(0)
    return Net().eval().requires_grad_(False)


@pytest.fixture
def pictures() -> list[torch.Tensor]:
    g = torch.Generator().manual_seed(1)
    return [torch.rand(1, 1, 24, 32, generator=g) for _ in range(4)]


def works(net: nn.Module, pictures: list[torch.Tensor]) -> list:  # type: ignore[type-arg]
    return [lambda one=one: net(one) for one in pictures]


def test_a_layer_gives_what_a_convolution_of_whole_numbers_gives() -> None:
    torch.manual_seed(0)
    layer = with_int8(net := nn.Sequential(nn.Conv2d(3, 5, 3, padding=1)), ["0"])["0"].requires_grad_(False)
    layer.input_step, layer.input_zero = torch.tensor(0.013), torch.tensor(77, dtype=torch.int32)
    layer.weight_step = torch.linspace(0.001, 0.003, 5)
    x = torch.randn(2, 3, 20, 17)
    whole = np.clip(np.rint(x.numpy() / np.float32(0.013)) + 77, 0, 255).astype(np.int64) - 77
    weights = whole_weights(layer.weight, layer.weight_step).numpy().astype(np.int64)
    padded = np.pad(whole, ((0, 0), (0, 0), (1, 1), (1, 1)))
    sums = sum(
        np.einsum("nchw,oc->nohw", padded[:, :, i : i + 20, j : j + 17], weights[:, :, i, j])
        for i in range(3)
        for j in range(3)
    )
    steps = layer.weight_step.numpy()[None, :, None, None] * 0.013
    expected = sums * steps + layer.bias.numpy()[None, :, None, None]
    np.testing.assert_allclose(net(x).numpy(), expected, atol=1e-5)


def test_layers_that_the_pictures_reach_get_8_bits_but_not_the_first_which_may_read_sigma(
    net: Net, pictures: list[torch.Tensor]
) -> None:
    assert convolutions(net) == ["head", "depthwise", "tail", "unused"]
    floats = calibrate(net, works(net, pictures))
    assert list(floats) == ["depthwise", "tail"]
    assert type(net.unused) is nn.Conv2d


def test_calibration_keeps_the_estimate_within_a_hundredth(net: Net, pictures: list[torch.Tensor]) -> None:
    exact = [net(one) for one in pictures]
    calibrate(net, works(net, pictures))
    errors = [(net(one) - other).square().mean().sqrt() for one, other in zip(pictures, exact, strict=True)]
    assert max(errors) < 0.005


def test_the_layers_that_change_the_estimate_most_are_put_back_until_the_loss_is_small(
    net: Net, pictures: list[torch.Tensor]
) -> None:
    exact = [net(one) for one in pictures]
    floats = calibrate(net, works(net, pictures))

    def score() -> float:
        return -sum(float((net(one) - other).square().mean()) for one, other in zip(pictures, exact, strict=True))

    found = sensitivities(net, floats, works(net, pictures))
    worst = max(found, key=lambda name: found[name])
    all_int8 = -score()
    assert release(net, floats, works(net, pictures), score, loss=2 * all_int8) == []
    kept = release(net, floats, works(net, pictures), score, loss=0.7 * all_int8)
    assert kept[0] == worst
    assert -score() <= 0.7 * all_int8
    assert isinstance(net.get_submodule(next(name for name in floats if name not in kept)), Int8Conv2d)


def test_a_state_is_stored_in_a_byte_for_each_weight_and_rebuilt_exactly(
    net: Net, pictures: list[torch.Tensor]
) -> None:
    fresh = copy.deepcopy(net)
    calibrate(net, works(net, pictures))
    kept = stored(net.state_dict())
    assert kept["tail.weight"].dtype == torch.int8
    assert layers_of(kept) == ["depthwise", "tail"]
    weights = unpacked({"method": "int8"}, kept)
    rebuild(fresh, {"method": "int8"}, weights)
    fresh.load_state_dict(weights)
    assert torch.equal(fresh(pictures[0]), net(pictures[0]))
    assert all(torch.equal(kept[name], value) for name, value in stored(fresh.state_dict()).items())
    assert all(torch.equal(kept[name], value) for name, value in stored(kept).items())


def test_an_unknown_method_and_missing_weights_are_told() -> None:
    with pytest.raises(ValueError, match="compressed by 'int3', which this"):
        unpacked({"method": "int3"}, {})
    with pytest.raises(ValueError, match=r"head\.weight is missing"):
        unpacked({"method": "int8"}, {"head.weight_step": torch.ones(1)})
    with pytest.raises(ValueError, match=r"head\.weight_step has not one step for each output channel"):
        unpacked({"method": "int8"}, {"head.weight": torch.ones(2, 1, 3, 3), "head.weight_step": torch.ones(3)})
    with pytest.raises(ValueError, match="there is no layer middle"):
        rebuild(Net(), {"method": "int8"}, {"middle.weight_step": torch.ones(1)})
    with pytest.raises(ValueError, match="0 is no convolution"):
        rebuild(nn.Sequential(nn.ReLU()), {"method": "int8"}, {"0.weight_step": torch.ones(1)})


def test_gradients_pass_the_rounding(net: Net, pictures: list[torch.Tensor]) -> None:
    calibrate(net, works(net, pictures))
    net.requires_grad_(True)
    net(pictures[0]).square().mean().backward()
    assert net.head.weight.grad is not None
    assert net.head.weight.grad.abs().max() > 0


def test_the_exported_network_holds_whole_numbers_and_gives_the_same(
    net: Net, pictures: list[torch.Tensor], tmp_path: object
) -> None:
    onnx = pytest.importorskip("onnx")
    calibrate(net, works(net, pictures))
    expected = net(pictures[0])
    settle(net)
    program = torch.onnx.export(net, (pictures[0],), input_names=["x"], dynamo=True, verbose=False)
    assert program is not None
    data = program.model_proto.SerializeToString()
    graph = onnx.load_from_string(data).graph
    assert sum(one.data_type == onnx.TensorProto.INT8 and len(one.dims) == 4 for one in graph.initializer) == 2
    assert sum(node.op_type == "QuantizeLinear" for node in graph.node) == 2
    found = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"]).run(None, {"x": pictures[0].numpy()})
    np.testing.assert_allclose(found[0], expected.numpy(), atol=0.02)
    assert np.square(found[0] - expected.numpy()).mean() < 1e-5
