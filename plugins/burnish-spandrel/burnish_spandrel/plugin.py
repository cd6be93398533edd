"""The declaration of burnish-spandrel; the implementation, and spandrel itself, are imported on first use."""

from __future__ import annotations

from collections.abc import Iterable

from burnish import RestorerSpec, hookimpl

MODEL = RestorerSpec(
    name="model",
    factory="burnish_spandrel.model:SpandrelModel",
    summary="A network of another project, told by its checkpoint: ESRGAN, SwinIR, NAFNet and about forty more",
    tasks=frozenset({"deblur", "dejpeg", "denoise", "enhance", "super-resolve"}),
    config={
        "file": {"type": "string", "description": "the checkpoint; empty in a bundle, whose weights tell the network"},
        "architecture": {
            "type": ["string", "null"],
            "default": None,
            "fixed": True,
            "description": "its name in spandrel; null: as the weights tell",
        },
        "scale": {
            "type": ["integer", "null"],
            "default": None,
            "description": "factor of enlargement; null: as the weights tell",
        },
        "channels": {
            "type": ["integer", "null"],
            "default": None,
            "description": "of pictures, 1 grey, 3 RGB; null: as the weights tell",
        },
    },
    scale=(1, 2, 3, 4, 8, 16),
    channels=(1, 3),
    tiling="blend",
    trainable=True,
    suffixes=(".pth", ".pt", ".ckpt", ".safetensors"),
    packages={
        "torchvision": "install the build that was made for your torch (of torch 2.N it is torchvision 0.(N+15)), from "
        "the index that torch came from; or leave burnish-spandrel unused",
        "spandrel": "pip install 'burnish-spandrel[spandrel]', with a torchvision that matches torch",
    },
)


@hookimpl
def register_restorers() -> Iterable[RestorerSpec]:
    """The restorer of this plugin."""
    yield MODEL
