"""The protocols of resolved factories. torch is named for the type checker only: this module imports no framework.

Pictures are float32 RGB or grey in [0, 1], shaped N,C,H,W; bursts and clips are N,T,C,H,W.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any, Protocol, runtime_checkable

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from burnish.evaluation.scorecard import Scorecard
    from burnish.io.picture import Picture
    from burnish.ops.transfer import Transfer


@dataclass(frozen=True, kw_only=True)
class Observation:
    """A degrader's result for clean pictures, with everything that is known about it."""

    degraded: Tensor
    """The degraded frames: N,C,H,W, or N,T,C,H,W for bursts and clips; float32, not clipped."""
    target: Tensor
    """The clean pictures that an estimate is compared with, N,C,H,W: the given ones, or their valid part."""
    conditions: Mapping[str, Any] = field(default_factory=dict)
    """What is known: ``kernel`` N,k,k (non-negative, sums to 1, odd side, convolution orientation); ``sigma`` N,
    noise's standard deviation in [0, 1] of the values as they are; ``scale`` int; ``mask`` N,1,H,W or N,C,H,W, 0 where
    a value says nothing; ``saturated`` likewise, 1 where the light was at least as strong as the value says."""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    """All drawn numbers, as JSON values; ``replay`` makes the same observation from them."""
    transfer: str | Transfer | None = None
    """The transfer curve of the values if it is not linear: its name (``srgb``), or the curve itself. None: the
    degrader worked on the values as they are.
    """


@runtime_checkable
class Degrader(Protocol):
    """Clean → observation; batched, on the tensor's device, seeded by ``generator`` (on the CPU) alone."""

    def __call__(self, clean: Tensor, generator: torch.Generator) -> Observation:
        """Degrade ``clean`` (N,C,H,W in [0, 1])."""
        ...

    def replay(self, clean: Tensor, parameters: Mapping[str, Any]) -> Observation:
        """Degrade ``clean`` exactly as the call that recorded ``parameters`` did (same batch, same device)."""
        ...


@runtime_checkable
class LinearOperator(Protocol):
    """The noise-free part of a linear degrader: a matrix and its transpose, in deepinv's words."""

    def A(self, x: Tensor) -> Tensor:  # noqa: N802
        """Apply the operator to N,C,H,W."""
        ...

    def A_adjoint(self, y: Tensor) -> Tensor:  # noqa: N802
        """Apply its transpose: ``<A x, y> = <x, A_adjoint y>``."""
        ...


@runtime_checkable
class RestorerLike(Protocol):
    """Observation → estimate.

    It receives as keywords the conditions that its declaration ``needs``, and the known ones that it ``accepts``.
    """

    def __call__(self, degraded: Tensor, **conditions: Any) -> Tensor:
        """Restore N,C,H,W (or N,T,C,H,W) to N,C,s·H,s·W with the declared scale s; the host clips and rounds."""
        ...


@runtime_checkable
class Metric(Protocol):
    """Estimate and reference → one number per image."""

    def __call__(self, estimate: Tensor, reference: Tensor | None) -> Tensor:
        """Score N,C,H,W in [0, 1]; returns float64 of N."""
        ...


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """The result of a gate."""

    passed: bool
    """True if this gate allows the promotion of the challenger."""
    reason: str
    """One sentence with the deciding figures."""
    figures: Mapping[str, object] = field(default_factory=dict)
    """The figures behind it, as JSON values."""


@runtime_checkable
class Gate(Protocol):
    """A rule that a challenger must pass; its configuration is given to the factory.

    A gate that wants to know what the baselines score names one parameter more, ``baselines`` with a default:
    ``gate(challenger, champion, *, baselines=())``. It is handed the baselines' scorecards on the same data, a tuple
    that may be empty. A gate whose signature does not name it is called without.
    """

    def __call__(self, challenger: Scorecard, champion: Scorecard | None) -> Verdict:
        """Judge; ``champion`` is None if there is no champion yet."""
        ...


@runtime_checkable
class FormatLike(Protocol):
    """Reads and writes the files of one format; its configuration is given to the factory.

    Files are not trusted: the host runs a reader within limits of time and memory, and tells any error that it raises
    in one line with the file's name. A reader checks the size that a header declares, by
    ``burnish.io.limits.check_size``, before it makes room for the samples, and refuses a file that is cut short.
    """

    def read(self, file: IO[bytes], *, max_pixels: int, allow_damaged: bool) -> Picture:
        """Read the picture as it is stored, from an open file at its beginning.

        Args:
            file: Can be read and sought.
            max_pixels: The largest number of pixels that may be decoded.
            allow_damaged: Whether what is left of a damaged file is wanted, with the fault in the picture's ``damage``;
                a reader may always refuse it.
        """
        ...

    def write(self, picture: Picture, *, quality: int) -> bytes:
        """The bytes of a file; the same bytes for the same picture. Not called where ``writes`` is False.

        Args:
            picture: Of a depth, and with colours and alpha, that the declaration says it can hold.
            quality: 1..100; lossless formats leave it alone.
        """
        ...
