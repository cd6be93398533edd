"""A network of another project as a restorer: spandrel tells architecture and settings by the weights."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from importlib.metadata import version
from pathlib import Path

import torch
from burnish.errors import ConfigError
from burnish.ops.padding import crop_back, pad_to_fit
from burnish.ops.receptive_field import receptive_field
from burnish.restorer.checkpoint import read_checkpoint
from spandrel import ImageModelDescriptor, ModelLoader, ModelTiling, UnsupportedModelError
from torch import Tensor, nn

from burnish_spandrel.plugin import MODEL

WITHIN = "network."
"""How the names of the weights begin, in this module and so in bundles."""


class SpandrelModel(nn.Module):
    """estimate = clip(network(degraded)) to [0, 1], as spandrel's descriptor calls the network, one picture at a time.

    While it is trained, a batch is given to the network as a whole and nothing is clipped. Enlargement, channels and
    sizes are those of spandrel's descriptor. Tiles: networks that cut their pictures themselves are given them whole;
    those for which spandrel discourages tiles are feathered; of others the receptive field, which spandrel does not
    know, is measured where a picture is to be cut, and where it is finite, tiles are exact.

    Args:
        file: The checkpoint; empty: ``build`` is given the weights.
        architecture: What it must be; None: what the weights tell.
        scale: Likewise.
        channels: Likewise.

    Raises:
        BundleError: The file cannot be read; see ``read_checkpoint``.
        ConfigError: The architecture is unknown, or needs what burnish does not give.
    """

    def __init__(
        self, *, file: str, architecture: str | None = None, scale: int | None = None, channels: int | None = None
    ) -> None:
        super().__init__()
        self.asked = {"architecture": architecture, "scale": scale, "channels": channels}
        self.network: nn.Module = nn.Identity()
        self.cutting, self.square = ModelTiling.INTERNAL, False
        if file:
            try:
                self._take(read_checkpoint(Path(file)))
            except ConfigError as error:
                raise ConfigError(f"{file}: {error}") from error

    def build(self, weights: Mapping[str, Tensor]) -> None:
        """Make the network that a bundle's weights belong to.

        Raises:
            ConfigError: As the class.
        """
        self._take({name.removeprefix(WITHIN): value for name, value in weights.items()})

    def _take(self, weights: Mapping[str, object]) -> None:
        found = _described(weights)
        sizes = found.size_requirements
        self.architecture, self.scale, self.channels = str(found.architecture.id), found.scale, found.input_channels
        self.size_multiple, self.min_size, self.square = sizes.multiple_of, max(1, sizes.minimum), sizes.square
        for name, value in self.asked.items():
            if value not in (None, getattr(self, name)):
                raise ConfigError(f"its weights have {name} {getattr(self, name)}, not {value}; remove {name}")
        self.network = found.model.float()
        # Private, but what it is called by clips and forgets gradients; several networks need it, as for a map of σ.
        self.called: Callable[[nn.Module, Tensor], Tensor] = found._call_fn
        self.cutting = found.tiling

    @property
    def tiling(self) -> str:
        """One of the host's words."""
        if self.cutting is ModelTiling.INTERNAL:
            return "whole"
        return "blend" if self.receptive_field is None else "overlap"

    @cached_property
    def receptive_field(self) -> int | None:
        """In pixels; None: it is not finite, or not small enough to cut by."""
        if self.cutting is not ModelTiling.SUPPORTED or self.square:
            return None
        weight, training = next(self.network.parameters()), self.training

        @torch.inference_mode()
        def restore(picture: Tensor) -> Tensor:
            return self.forward(picture.to(weight.device)).cpu()

        self.eval()
        try:
            return receptive_field(
                restore,
                channels=self.channels,
                scale=self.scale,
                multiple=self.size_multiple,
                smallest=self.min_size,
            )
        finally:
            self.train(training)

    def forward(self, degraded: Tensor) -> Tensor:
        """N,C,H,W in [0, 1] → N,C,sH,sW."""
        if not self.training:
            return self._each(degraded).clamp(0.0, 1.0)
        try:
            return self._restored(degraded)
        except RuntimeError:  # spandrel's calls are for one picture; that of DRUNet takes no more
            return self._each(degraded)

    def _each(self, degraded: Tensor) -> Tensor:
        return torch.cat([self._restored(one) for one in torch.split(degraded, 1)])

    def _restored(self, degraded: Tensor) -> Tensor:
        given = (degraded.shape[-2], degraded.shape[-1])
        side = max(given)
        padded = pad_to_fit(degraded, multiple=1, smallest=side) if self.square else degraded
        estimate = self.called(self.network, padded)
        return crop_back(estimate, given=given, padded=(side, side) if self.square else given)


def _described(weights: Mapping[str, object]) -> ImageModelDescriptor[nn.Module]:
    """What spandrel says of the network that the weights belong to."""
    try:
        found = ModelLoader().load_from_state_dict(dict(weights))
    except UnsupportedModelError as error:
        first = ", ".join(list(weights)[:3])
        raise ConfigError(
            f"spandrel {version('spandrel')} knows no architecture with such weights (they begin with {first}); "
            "update spandrel, or write a plugin for the network"
        ) from error
    except Exception as error:  # of a state dict that only looks like an architecture, anything
        fact = " ".join(str(error).split())[:200]
        raise ConfigError(
            f"spandrel {version('spandrel')} cannot make a network of these weights ({type(error).__name__}: {fact}); "
            "get the checkpoint again, or update spandrel"
        ) from error
    if not isinstance(found, ImageModelDescriptor):
        raise ConfigError(f"{found.architecture.id} fills holes by a mask, which burnish has no restorer for")
    if found.input_channels != found.output_channels:
        raise ConfigError(
            f"{found.architecture.id} makes {found.output_channels} channels of {found.input_channels}; a restorer "
            "gives as many as it takes"
        )
    if found.scale not in MODEL.scale or found.input_channels not in MODEL.channels:
        raise ConfigError(
            f"{found.architecture.id} enlarges {found.input_channels} channels by {found.scale}; burnish takes "
            f"{' or '.join(map(str, MODEL.channels))} channels, and factors of {', '.join(map(str, MODEL.scale))}"
        )
    return found
