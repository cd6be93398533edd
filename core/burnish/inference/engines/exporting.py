"""A network as an ONNX file, from which other engines compute it; kept in the user's cache."""

from __future__ import annotations

import contextlib
import copy
import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from pydantic import BaseModel, ConfigDict
from torch import Tensor, nn

from burnish.compression.int8 import settle
from burnish.inference.conditions import SPATIAL, Conditions
from burnish.inference.engine import UnfitError
from burnish.inference.engines import machine
from burnish.inference.engines.quiet import quietly
from burnish.io import atomic
from burnish.restorer.restorer import Restorer

PICTURE = "picture"
"""The name of the first input; the others are named as conditions."""
ESTIMATE = "estimate"
EXAMPLE = (256, 320)
"""Height and width at which a network is traced, at least: larger than the windows of local statistics."""
LARGEST = 2**31 - 1
"""Pixels of a side, where the network sets no limit."""


def identity(loaded: Restorer) -> str:
    """What tells a network with its weights and settings from every other one.

    Raises:
        UnfitError: Its weights may change, or it is no network.
    """
    if not isinstance(loaded.restorer, nn.Module):
        raise UnfitError("it is no network")
    if loaded.bundle is None:
        raise UnfitError("its weights are not from a bundle, and may change")
    known = [loaded.id, loaded.distribution, loaded.version, loaded.bundle.weights_sha256, torch.__version__]
    text = json.dumps([*known, dict(loaded.config)], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


class Network(BaseModel):
    """An exported network, and the sides of pieces that it is right for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    file: Path
    sides: tuple[int, int]
    """The least and the largest side in pixels."""

    def takes(self, piece: Tensor) -> bool:
        """Whether it is right for a piece of that size."""
        return all(self.sides[0] <= side <= self.sides[1] for side in piece.shape[-2:])


def exported(loaded: Restorer, piece: Tensor, told: Conditions) -> Network:
    """The network as an ONNX file, for pieces of that kind; made at the first call.

    Args:
        loaded: The restorer.
        piece: N,C,H,W or N,T,C,H,W; the number of channels and frames is fixed, H and W are free.
        told: Its conditions.

    Raises:
        UnfitError: As ``identity``, or it cannot be exported.
    """
    kind = [tuple(piece.shape[1:-2]), sorted((name, _fixed(value)) for name, value in told.items())]
    key = hashlib.sha256(f"{identity(loaded)} {kind}".encode()).hexdigest()[:32]
    folder = machine.cache() / "networks" / key
    about = folder / "network.json"
    if not about.is_file():
        program = recorded(loaded, piece, told)
        data = program.onnx()
        folder.mkdir(parents=True, exist_ok=True)
        made = Network(file=folder / "network.onnx", sides=program.sides)
        atomic.write_whole(made.file, data)
        atomic.write_whole(about, made.model_dump_json().encode())
    return Network.model_validate_json(about.read_bytes())


@dataclass(frozen=True, kw_only=True)
class Program:
    """A network as torch's exporter recorded it, for pictures of free height and width."""

    network: nn.Module
    """Called with the examples' tensors in their order."""
    examples: Mapping[str, Tensor]
    """The picture and the conditions that are tensors, of zeros, by the names of the inputs."""
    recorded: torch.export.ExportedProgram
    sides: tuple[int, int]
    """The least and the largest side in pixels for which the record is right."""

    def shape(self, name: str) -> list[int | None]:
        """The shape of an input; None: free."""
        place = self.recorded.graph_signature.user_inputs[list(self.examples).index(name)]
        node = next(node for node in self.recorded.graph.nodes if node.name == place)
        return [size if isinstance(size, int) else None for size in node.meta["val"].shape]

    def onnx(self) -> bytes:
        """It as an ONNX model.

        Raises:
            UnfitError: ``onnx`` or ``onnxscript`` is not installed, or it has operators that ONNX lacks.
        """
        with exporting():
            program = torch.onnx.export(
                self.recorded, input_names=list(self.examples), output_names=[ESTIMATE],
                dynamo=True, optimize=True, external_data=False, verbose=False,
            )  # fmt: skip
            assert program is not None
            return bytes(program.model_proto.SerializeToString())


def recorded(loaded: Restorer, piece: Tensor, told: Conditions, *, free_batch: bool = False) -> Program:
    """Record the network for pictures of that kind, of free height and width.

    Args:
        loaded: The restorer.
        piece: As ``exported`` takes it.
        told: Its conditions.
        free_batch: Also for any number of pictures; else for one.

    Raises:
        UnfitError: It cannot be recorded: what it computes depends on the values of the picture, for example.
    """
    tensors = {name: value for name, value in told.items() if isinstance(value, Tensor)}
    numbers = {name: value for name, value in told.items() if name not in tensors}
    given = {PICTURE: piece, **tensors}
    sides = tuple(loaded.fitting(side) for side in EXAMPLE)
    batch = 2 if free_batch else 1  # torch takes sizes of 1 for fixed ones
    examples = {name: _example(name, value, (batch, *sides)) for name, value in given.items()}
    free = tuple(_free(name, value, free_batch) for name, value in given.items())
    with exporting():
        assert isinstance(loaded.restorer, nn.Module)
        own = copy.deepcopy(loaded.restorer).cpu().float()
        settle(own)
        network = _Called(own, list(tensors), numbers)
        program = torch.export.export(network, tuple(examples.values()), dynamic_shapes=(free,), strict=False)
        return Program(network=network, examples=examples, recorded=program, sides=_sides(program))


@contextlib.contextmanager
def exporting() -> Iterator[None]:
    """Export within this context: quietly, and whatever torch's exporters raise is an ``UnfitError``."""
    try:
        with quietly(), torch.inference_mode(False), torch.no_grad():
            yield
    except ImportError as error:
        raise UnfitError(f"{error.name} is not installed; pip install 'burnish[onnx]'") from error
    except Exception as error:  # of whatever kind: the exporter and the network's code raise their own
        cause: BaseException = error
        while cause.__cause__ is not None:
            cause = cause.__cause__
        text = " ".join(str(cause).split())
        if "data-dependent" in text:
            raise UnfitError("what it computes depends on the values of the picture") from error
        raise UnfitError(f"torch's exporter fails: {text[:200]}") from error


class _Called(nn.Module):
    """A network with its conditions in a fixed order."""

    def __init__(self, network: nn.Module, names: list[str], numbers: Conditions) -> None:
        super().__init__()
        self.network = network
        self._names, self._numbers = names, numbers

    def forward(self, *tensors: Tensor) -> Tensor:
        """The picture, then the conditions."""
        picture, *values = tensors
        estimate: Tensor = self.network(picture, **dict(zip(self._names, values, strict=True)), **self._numbers)
        return estimate


def _fixed(value: object) -> str:
    """What an exported network depends on of a condition: of a tensor its shape but batch and sides."""
    return f"tensor of {tuple(value.shape[1:-2])}, {value.ndim}" if isinstance(value, Tensor) else repr(value)


def _example(name: str, tensor: Tensor, size: tuple[int, ...]) -> Tensor:
    """Zeros in the shape of a value, for a batch of pictures: number, height, width."""
    batch, *sides = size
    lead = (batch, *tensor.shape[1:])
    return torch.zeros((*lead[:-2], *sides) if name == PICTURE or name in SPATIAL else lead)


def _free(name: str, tensor: Tensor, free_batch: bool) -> dict[int, object]:
    """The free dimensions: height and width of pictures, and the number of them."""
    spatial = name == PICTURE or name in SPATIAL
    free = (*([0] if free_batch else []), *((tensor.ndim - 2, tensor.ndim - 1) if spatial else ()))
    return dict.fromkeys(free, torch.export.Dim.AUTO)


def _sides(program: torch.export.ExportedProgram) -> tuple[int, int]:
    """The sides of a picture for which the network takes the same way as for the example.

    Torch notes fewer conditions than it meets, so that those of one axis are taken for both.
    """
    ranges = [_range(program, axis) for axis in (-2, -1)]
    return max(least for least, _ in ranges), min(largest for _, largest in ranges)


def _range(program: torch.export.ExportedProgram, axis: int) -> tuple[int, int]:
    import sympy  # type: ignore[import-untyped]
    from torch.utils._sympy.numbers import int_oo
    from torch.utils._sympy.value_ranges import bound_sympy

    name = program.graph_signature.user_inputs[0]
    size = next(node for node in program.graph.nodes if node.name == name).meta["val"].shape[axis]
    if isinstance(size, int):
        return size, size
    found = bound_sympy(size.node.expr, program.range_constraints)
    return max(1, int(found.lower)), LARGEST if found.upper in (sympy.oo, int_oo) else int(found.upper)
