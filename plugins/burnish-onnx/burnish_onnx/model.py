"""An ONNX file as a restorer."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from burnish.errors import BundleError, ConfigError
from burnish.ops.receptive_field import receptive_field
from torch import Tensor, nn

from burnish_onnx.frames import by_frames
from burnish_onnx.plugin import MODEL
from burnish_onnx.session import Session

GRAPH = "graph"
"""The file's bytes, uint8, as a bundle keeps them."""


class OnnxModel(nn.Module):
    """estimate = network(white · degraded) / white, one picture at a time.

    Enlargement, size multiple and least size are found by trying. Where a picture is to be cut, the receptive field is
    measured, so that tiles are exact if it is finite; else they are feathered. A network of a fixed size is given
    pieces of exactly this size.

    Args:
        file: The ONNX file; empty: ``build`` is given its bytes.
        white: What the network takes for white.
        scale: What it must be; None: as trying tells.
        channels: Likewise.

    Raises:
        BundleError: The file is missing, damaged, or no ONNX model.
        ConfigError: It is no network of one picture.
    """

    def __init__(self, *, file: str, white: float = 1.0, scale: int | None = None, channels: int | None = None) -> None:
        super().__init__()
        self.white = white
        self.asked = {"scale": scale, "channels": channels}
        self.graph: Tensor
        self.register_buffer(GRAPH, torch.zeros(0, dtype=torch.uint8), persistent=False)
        if file:
            self._read(Path(file))

    def _read(self, path: Path) -> None:
        try:
            content = path.read_bytes()
        except OSError as error:
            raise BundleError(f"{path}: cannot be read ({error.strerror}); give the path of an ONNX file") from error
        try:
            session = Session(content, str(path))
        except BundleError:  # weights in files beside it
            self._take(Session(path, str(path)))
            return
        self._take(session)
        self._keep(torch.from_numpy(np.frombuffer(content, dtype=np.uint8).copy()))

    def build(self, weights: Mapping[str, Tensor]) -> None:
        """Open the ONNX model that a bundle holds.

        Raises:
            BundleError, ConfigError: As the class.
        """
        if GRAPH not in weights:
            raise BundleError("holds no ONNX model; import it again")
        self._take(Session(weights[GRAPH].numpy().tobytes(), GRAPH))
        self._keep(weights[GRAPH])

    def _keep(self, graph: Tensor) -> None:
        self.register_buffer(GRAPH, graph)

    def _take(self, session: Session) -> None:
        self.session, self.scale, self.channels = session, session.scale, session.channels
        self.size_multiple, self.min_size = session.multiple, session.smallest
        for name, value in self.asked.items():
            if value not in (None, getattr(self, name)):
                raise ConfigError(f"{session.name}: has {name} {getattr(self, name)}, not {value}; remove {name}")
        if self.scale not in MODEL.scale:
            factors = ", ".join(map(str, MODEL.scale))
            raise ConfigError(f"{session.name}: enlarges by {self.scale}; burnish takes factors of {factors}")

    @property
    def tiling(self) -> str:
        """One of the host's words."""
        if self.session.frame:
            return "whole"  # cut here, to exactly its size
        return "blend" if self.receptive_field is None else "overlap"

    @cached_property
    def receptive_field(self) -> int | None:
        """In pixels; None: it is not finite, or not small enough to cut by."""
        if self.session.frame:
            return None
        return receptive_field(
            self.session,
            channels=self.channels,
            scale=self.scale,
            multiple=self.size_multiple,
            smallest=self.min_size,
        )

    def forward(self, degraded: Tensor) -> Tensor:
        """N,C,H,W in [0, 1] → N,C,sH,sW."""
        given = degraded.detach().float().cpu() * self.white
        found = torch.cat([self._restored(one) for one in torch.split(given, 1)])
        return (found / self.white).to(degraded.device)

    def _restored(self, picture: Tensor) -> Tensor:
        frame = self.session.frame
        return by_frames(self.session, picture, frame, self.scale) if frame else self.session(picture)
