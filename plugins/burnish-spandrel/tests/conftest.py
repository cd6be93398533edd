"""spandrel without torchvision: three names that two of its architectures import are stood in for, in tests alone."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

import pytest
import torch

NAMES = ("InterpolationMode", "normalize", "rotate")
"""What LaMa and RestoreFormer import; no other architecture uses torchvision."""

Save = Callable[[str], Path]
"""The name of a family → a checkpoint of a small network of it, with random weights."""


def _stand_ins() -> dict[str, ModuleType]:
    found = {name: ModuleType(name) for name in ("torchvision", "torchvision.transforms")}
    functional = ModuleType("torchvision.transforms.functional")
    for name in NAMES:
        setattr(functional, name, None)
    return found | {functional.__name__: functional}


# Only while spandrel is imported: Lightning and others look for a torchvision, and would take these for one.
if find_spec("spandrel") and not find_spec("torchvision"):
    sys.modules.update(_stand_ins())
    try:
        import_module("spandrel")
    finally:
        for name in _stand_ins():
            del sys.modules[name]


def network(family: str) -> torch.nn.Module:
    """A small network of spandrel's own, with random weights."""
    from spandrel.architectures import ESRGAN, PLKSR, Compact, DnCNN, DRUNet, NAFNet, SwinIR

    torch.manual_seed(1)
    made: dict[str, Callable[[], torch.nn.Module]] = {
        "ESRGAN": lambda: ESRGAN.ESRGAN(num_filters=8, num_blocks=1, scale=4),
        "Compact": lambda: Compact.Compact(num_feat=8, num_conv=2, upscale=2),
        "DnCNN": lambda: DnCNN.DnCNN(in_nc=1, out_nc=1, nc=8, nb=17, act_mode="R"),
        "DRUNet": lambda: DRUNet.DRUNet(in_nc=4, out_nc=3, nc=[8, 8, 8, 8]),
        "NAFNet": lambda: NAFNet.NAFNet(width=8, middle_blk_num=1, enc_blk_nums=[1, 1], dec_blk_nums=[1, 1]),
        "PLKSR": lambda: PLKSR.RealPLKSR(dim=16, n_blocks=2, upscaling_factor=2),
        "SwinIR": lambda: SwinIR.SwinIR(
            embed_dim=8, depths=[2], num_heads=[2], window_size=8, mlp_ratio=2.0, upscale=2,
            upsampler="pixelshuffledirect",
        ),
    }  # fmt: skip
    return made[family]().eval()


@pytest.fixture
def saved(tmp_path: Path) -> Save:
    """Writes the checkpoint of a small network of a family."""

    def save(family: str, suffix: str = ".pth") -> Path:
        from safetensors.torch import save_file

        path = tmp_path / f"{family}{suffix}"
        weights = network(family).state_dict()
        if suffix == ".safetensors":
            save_file(weights, path)
        else:
            torch.save({"params_ema": weights}, path)
        return path

    return save
