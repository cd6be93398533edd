"""A ready restorer, with everything that the host knows about it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict, TypeVar, Unpack, overload

import torch

from burnish.compression import methods
from burnish.compression.int8 import stored
from burnish.errors import UsageError
from burnish.plugins.declarations import CONDITIONS
from burnish.restorer.bundle import Bundle
from burnish.restorer.options import RestoreKeywords, RestoreOptions, chosen
from burnish.restorer.traits import Traits

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray
    from PIL.Image import Image

    from burnish.io.picture import Picture
    from burnish.ops.transfer import Transfer

P = TypeVar("P", bound="Picture | NDArray[np.generic] | torch.Tensor")
"""A kind of picture, except Pillow's, whose files come back as images."""

Q = TypeVar("Q")
"""A kind of frame."""


class RareConditions(TypedDict, total=False):
    """Conditions of a picture other than ``sigma``, ``kernel`` and ``mask``."""

    scale: int | None
    """The factor by which the degradation reduced the picture."""
    saturated: ArrayLike | torch.Tensor | None
    """1 where the light was at least as strong as the value says, H,W."""
    flow: ArrayLike | torch.Tensor | None
    """Motion in pixels, 2,H,W."""


class Known(RareConditions, total=False):
    """The conditions from a degrader, as keywords of ``Restorer``."""

    sigma: float | torch.Tensor | None
    kernel: ArrayLike | torch.Tensor | None
    mask: ArrayLike | torch.Tensor | None
    transfer: Transfer | str | None


class CallKeywords(RareConditions, RestoreKeywords, total=False):
    """The other keywords of ``Restorer``: the rarer conditions, and the fields of ``RestoreOptions``."""


Restores = Callable[["Restorer", object, Mapping[str, object], RestoreOptions], object]
"""Restorer, picture, conditions, options → restored picture of the same kind."""


def _nobody(*_: object) -> object:
    raise UsageError("this Restorer was not loaded and cannot restore; use burnish.load")


@dataclass(frozen=True, kw_only=True, repr=False)
class Restorer(Traits):
    """A restorer with its declaration, configuration, device and origin; ``burnish.load`` gives one.

    Called with a picture it gives the restored one, of the same kind.
    """

    id: str
    """``plugin/name``."""
    device: torch.device
    """The device on which pictures are restored."""
    origin: str
    """``installed``, the bundle's folder, the id with the name of shipped weights (``cnn/dncnn:grey-25``), or the file
    that it is made of."""
    distribution: str
    version: str
    bundle: Bundle | None = None
    """The bundle of the weights."""
    folder: Path | None = None
    """Where that bundle is."""
    restores: Restores = _nobody
    """The host's function that restores a picture of any kind with it; set when it is loaded."""

    @overload
    def __call__(
        self,
        picture: Image,
        *,
        sigma: float | torch.Tensor | None = ...,
        kernel: ArrayLike | torch.Tensor | None = ...,
        mask: ArrayLike | torch.Tensor | None = ...,
        options: RestoreOptions | None = ...,
        **more: Unpack[CallKeywords],
    ) -> Image: ...
    @overload
    def __call__(
        self,
        picture: P,
        *,
        sigma: float | torch.Tensor | None = ...,
        kernel: ArrayLike | torch.Tensor | None = ...,
        mask: ArrayLike | torch.Tensor | None = ...,
        options: RestoreOptions | None = ...,
        **more: Unpack[CallKeywords],
    ) -> P: ...
    @overload
    def __call__(
        self,
        picture: list[Q] | tuple[Q, ...],
        *,
        sigma: float | torch.Tensor | None = ...,
        kernel: ArrayLike | torch.Tensor | None = ...,
        mask: ArrayLike | torch.Tensor | None = ...,
        options: RestoreOptions | None = ...,
        **more: Unpack[CallKeywords],
    ) -> Q | list[Q]: ...
    def __call__(
        self,
        picture: object,
        *,
        sigma: float | torch.Tensor | None = None,
        kernel: ArrayLike | torch.Tensor | None = None,
        mask: ArrayLike | torch.Tensor | None = None,
        options: RestoreOptions | None = None,
        **more: Unpack[CallKeywords],
    ) -> object:
        """Restore a picture of any size; returns the same kind and type, with the metadata.

        What its user should know (samples that were clipped, a range that was scaled) is logged as a warning of
        ``burnish``.

        Args:
            picture: A NumPy array H,W or H,W,C (uint8, uint16, or float with white at 1; RGB, alpha last), a Pillow
                image, what ``burnish.read`` gives, or a torch tensor N,C,H,W in [0, 1]. For a restorer of bursts or
                clips: a list of such pictures, or a tensor N,T,C,H,W; a burst gives one picture, a clip a list.
            sigma: Standard deviation of the noise in [0, 1], as in 25/255.
            kernel: The blur's point-spread function, k,k with k odd, which sums to 1.
            mask: 1 where a pixel was recorded, 0 where it is invalid; H,W.
            options: How it runs.
            more: Fields of ``RestoreOptions`` one by one (``tile``, ``precision``, ``memory``, ``transfer``), which win
                over ``options``; and what else is known, as ``burnish.degrade`` gives it: ``scale``, ``saturated``,
                ``flow``.

        Raises:
            UsageError: It is not a picture; names valid kinds.
            RestorationError: It needs a condition that was not given, or the estimate is not a picture.
            PluginError: The plugin's code failed.
        """
        settings = {name: value for name, value in more.items() if name in RestoreKeywords.__annotations__}
        rest = {name: value for name, value in more.items() if name not in settings}
        known: dict[str, object] = {"sigma": sigma, "kernel": kernel, "mask": mask, **rest}
        if unknown := known.keys() - CONDITIONS:
            raise UsageError(f"{min(unknown)!r} is not a condition; the conditions are {', '.join(sorted(CONDITIONS))}")
        known = {name: value for name, value in known.items() if value is not None}
        return self.restores(self, picture, known, chosen(options, settings))

    restore = __call__

    def __repr__(self) -> str:
        return f"<Restorer {self.subject}: {'; '.join(f'{name} {value}' for name, value in self._facts())}>"

    def _repr_html_(self) -> str:
        """A table, for notebooks."""
        from burnish.console.templating import render

        facts = [("restorer", self.subject), ("", self.spec.summary), *self._facts()]
        return render("burnish.reporting/table.html", caption="", rows=[(name, [value]) for name, value in facts])

    def _facts(self) -> list[tuple[str, str]]:
        """The facts that a user wants to know, in words."""
        seen = "the whole picture" if self.receptive_field is None else f"{self.receptive_field} pixels"
        facts = {
            "for": ", ".join(sorted(self.spec.tasks)),
            "takes": {"single": "pictures", "burst": "bursts", "video": "clips"}[self.spec.temporal],
            "channels": ", ".join(map(str, self.channels)),
            "scale": f"×{self.scale}",
            "needs": ", ".join(sorted(self.spec.needs)),
            "accepts": ", ".join(sorted(self.spec.accepts)),
            "sees": seen,
            "parameters": f"{self.parameters:,}" if self.parameters else "",
            "device": str(self.device),
            "plugin": f"{self.distribution} {self.version}",
            "reference": self.spec.reference,
        }
        return [(name, value) for name, value in facts.items() if value]

    @property
    def label(self) -> str:
        """Its name in errors: id, distribution and version."""
        return f"{self.id} ({self.distribution} {self.version})"

    @property
    def subject(self) -> str:
        """Its name on scorecards: its id, with the name of its weights."""
        if self.bundle is None:
            return f"{self.id} {Path(self.origin).name}" if self.spec.made_of_file(self.config) else self.id
        return self.origin if self.origin.startswith(f"{self.id}:") else f"bundle:{self.origin}"

    @property
    def content(self) -> str:
        """sha256 of its bundle's weights, or of the file that it is made of, as hex; empty where it has neither."""
        if self.bundle is not None:
            return self.bundle.weights_sha256
        if not self.spec.made_of_file(self.config):
            return ""
        return hashlib.sha256(Path(self.origin).read_bytes()).hexdigest()

    @property
    def untrained(self) -> bool:
        """Whether its weights are untrained; such a restorer must not be used by another one."""
        return self.spec.trainable and self.bundle is None and not self.spec.made_of_file(self.config)

    @property
    def parameters(self) -> int:
        """The number of learned parameters; 0 if it is not a module."""
        if not isinstance(self.restorer, torch.nn.Module):
            return 0
        return sum(parameter.numel() for parameter in self.restorer.parameters())

    @property
    def eight_bits(self) -> bool:
        """Whether its convolutions multiply whole numbers of 8 bits."""
        return self.bundle is not None and "int8" in methods(self.bundle.compression)

    @property
    def weights_mb(self) -> float:
        """Millions of bytes of its weights, as a bundle stores them; 0 if it is not a module."""
        if not isinstance(self.restorer, torch.nn.Module):
            return 0.0
        return sum(value.numel() * value.element_size() for value in stored(self.restorer.state_dict()).values()) / 1e6
