"""Every restorer depends on its declared receptive field alone: pieces make the same picture as the whole."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from burnish.inference import load_restorer, restore
from burnish.plugins import installed

CONFIGURATIONS: list[tuple[str, dict[str, Any]]] = [
    ("bicubic", {"scale": 2}),
    ("bicubic", {"scale": 3}),
    ("unsharp", {}),
    ("unsharp", {"radius": 2.7, "threshold": 0.05}),
    ("median", {}),
    ("median", {"size": 9}),
    ("bilateral", {}),
    ("bilateral", {"side": 5}),
    ("nlm", {}),
    ("nlm", {"patch": 5, "compared": 3, "search": 7}),
    ("total-variation", {}),
    ("total-variation", {"iterations": 7, "coupled": False}),
    ("guided-filter", {}),
    ("guided-filter", {"radius": 5, "guide": "channel"}),
]
each = pytest.mark.parametrize(("name", "config"), CONFIGURATIONS)


def _conditions(name: str) -> dict[str, Any]:
    return (
        {"sigma": torch.tensor([0.08])}
        if "sigma" in installed().get("restorers", f"classical/{name}").spec.needs
        else {}
    )


@each
@pytest.mark.parametrize(("channels", "height", "width"), [(3, 75, 91), (1, 5, 83), (3, 1, 1)])
def test_pieces_make_the_same_picture_as_the_whole(
    name: str, config: dict[str, Any], channels: int, height: int, width: int
) -> None:
    loaded = load_restorer(f"classical/{name}", config, device="cpu")
    ramp = torch.linspace(-0.1, 1.1, width).expand(1, channels, height, width)
    picture = ramp + 0.08 * torch.randn(ramp.shape, generator=torch.Generator().manual_seed(0))
    whole = restore(loaded, picture, _conditions(name), tile=0)
    pieces = restore(loaded, picture, _conditions(name), tile=32)
    assert whole.shape == (1, channels, height * loaded.scale, width * loaded.scale)
    assert float((whole - pieces).abs().max()) < 1e-5


@each
def test_a_batch_is_the_same_as_its_pictures_one_by_one_and_float32(name: str, config: dict[str, Any]) -> None:
    restorer = installed().create("restorers", f"classical/{name}", config)
    pictures = torch.rand(2, 3, 24, 25, generator=torch.Generator().manual_seed(0))
    known = {"sigma": torch.tensor([0.08, 0.03])} if _conditions(name) else {}
    both = restorer(pictures, **known)
    assert both.dtype == torch.float32
    for index in range(2):
        alone = {key: value[index : index + 1] for key, value in known.items()}
        assert torch.equal(restorer(pictures[index : index + 1], **alone)[0], both[index])


@each
def test_declared_receptive_fields_are_those_of_the_default_configuration(name: str, config: dict[str, Any]) -> None:
    entry = installed().get("restorers", f"classical/{name}")
    assert installed().create("restorers", entry.id).receptive_field == entry.spec.receptive_field
