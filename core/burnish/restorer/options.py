"""The options of every restoration: tiles, precision, engine, memory, transfer curve and strength."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, TypedDict

from burnish.errors import UsageError

if TYPE_CHECKING:
    from burnish.ops.transfer import Transfer

PRECISIONS = ("auto", "fp32", "bf16")
ENGINES = ("auto", "eager", "compile", "onnx-runtime", "openvino")
"""The choices of a caller."""


@dataclass(frozen=True, kw_only=True)
class RestoreOptions:
    """The options of every restoring function, in addition to the picture and its conditions.

    Raises:
        UsageError: ``tile``, ``precision``, ``engine`` or ``strength`` is out of range.
    """

    tile: Literal["auto"] | int = "auto"
    """Side in pixels of the kept part of a tile; 0: no tiles; ``auto``: tiles if ``memory`` requires them."""
    precision: str = "auto"
    """``fp32``, ``bf16``, or ``auto``: bf16 where device, restorer and picture allow it."""
    engine: str = "auto"
    """What computes networks: ``eager`` torch, ``compile`` (torch's compiler), ``onnx-runtime``, ``openvino``, or
    ``auto``: eager, and for long work the fastest of those installed that agrees with it, found by a short race."""
    memory: int = 2048
    """MiB of working memory, without picture and estimate; the limit for ``tile="auto"``."""
    transfer: Transfer | str | None = None
    """The transfer curve, for restorers that work on light: a curve, ``srgb``, ``linear``, or for a picture ``auto``
    (by the picture) or ``icc``. None: ``auto`` for a picture; the values of a tensor are taken as they are.
    """
    strength: float = 1.0
    """1: the estimate; less: that part of the way from the input to it, in light for restorers that work on light."""

    def __post_init__(self) -> None:
        tile = self.tile
        if isinstance(tile, bool) or not (tile == "auto" or (isinstance(tile, int) and tile >= 0)):
            raise UsageError(f"tile {tile!r} is out of range; give auto, 0 (do not cut) or a side in pixels")
        if self.precision not in PRECISIONS:
            raise UsageError(f"precision {self.precision!r} is unknown; use one of {', '.join(PRECISIONS)}")
        if self.engine not in ENGINES:
            raise UsageError(f"engine {self.engine!r} is unknown; use one of {', '.join(ENGINES)}")
        if not 0.0 <= self.strength <= 1.0:
            raise UsageError(f"strength {self.strength!r} is out of range; give 0 (the input) to 1 (the estimate)")


class RestoreKeywords(TypedDict, total=False):
    """The fields of ``RestoreOptions`` as single keywords."""

    tile: Literal["auto"] | int
    precision: str
    engine: str
    memory: int
    memory_mb: int
    """An older name of ``memory``."""
    transfer: Transfer | str | None
    strength: float


def chosen(options: RestoreOptions | None, keywords: Mapping[str, object]) -> RestoreOptions:
    """``options`` (default: the neutral ones), with single fields replaced by those given as keywords."""
    given: dict[str, Any] = {"memory" if name == "memory_mb" else name: value for name, value in keywords.items()}
    return replace(options or RestoreOptions(), **given)
