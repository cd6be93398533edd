"""Smaller networks: how their layers are made, stored and rebuilt."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor, nn

METHOD = "method"
"""The key of a bundle's ``compression`` that says how it was compressed."""
BEFORE = "before"
"""The key of how it was compressed before that."""
METHODS = ("int8", "prune")


def methods(compression: Mapping[str, Any]) -> list[str]:
    """How a bundle was compressed, last method first; none: it was not."""
    return [str(compression.get(METHOD)), *methods(compression.get(BEFORE, {}))] if compression else []


def repeats(method: str, compression: Mapping[str, Any]) -> bool:
    """Whether a method would compress again what a bundle's ``compression`` says: 8 bits are the last step."""
    done = methods(compression)
    return method in done or "int8" in done


def described(compression: Mapping[str, Any]) -> str:
    """What a bundle's last compression did, in words."""
    if compression[METHOD] == "prune":
        return f"{100 * compression['multiplications_kept']:.0f} % of the multiplications kept"
    layers = compression["layers"]
    return f"{layers} of {layers + len(compression['float32_layers'])} convolutions in 8 bits"


def unpacked(compression: Mapping[str, object], weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The weights of a bundle as ``load_state_dict`` takes them.

    Args:
        compression: The bundle's; empty: it is not compressed.
        weights: The bundle's.

    Raises:
        ValueError: The method is unknown, or the weights do not fit it.
    """
    if not compression:
        return dict(weights)
    from burnish.compression import int8

    if unknown := [one for one in methods(compression) if one not in METHODS]:
        raise ValueError(f"it is compressed by {unknown[0]!r}, which this version of burnish does not know")
    return int8.restored(weights)


def rebuild(network: nn.Module, compression: Mapping[str, object], weights: Mapping[str, Tensor]) -> None:
    """Give a network the layers of a compressed bundle, in place.

    Args:
        network: As the restorer's factory makes it.
        compression: The bundle's.
        weights: As ``unpacked`` returned them.

    Raises:
        ValueError: The network has no such layers.
    """
    if not compression:
        return
    from burnish.compression import int8, pruning

    if "prune" in methods(compression):
        pruning.reshape(network, {name: value.shape for name, value in weights.items()})
    int8.with_int8(network, int8.layers_of(weights))


def of_the_restorer(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Those of weights that the restorer's own network has as well."""
    from burnish.compression import int8

    return {name: value for name, value in weights.items() if not name.endswith(int8.OWN)}
