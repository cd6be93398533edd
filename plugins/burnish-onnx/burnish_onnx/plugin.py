"""The declaration of burnish-onnx; the implementation, and ONNX Runtime, are imported on first use."""

from __future__ import annotations

from collections.abc import Iterable

from burnish import RestorerSpec, hookimpl

MODEL = RestorerSpec(
    name="model",
    factory="burnish_onnx.model:OnnxModel",
    summary="A network in an ONNX file, run by ONNX Runtime",
    tasks=frozenset({"deblur", "dejpeg", "denoise", "enhance", "super-resolve"}),
    config={
        "file": {"type": "string", "description": "the ONNX file; empty in a bundle, which holds it"},
        "white": {
            "type": "number",
            "exclusiveMinimum": 0,
            "default": 1.0,
            "fixed": True,
            "description": "what the network takes for white: 1, or 255",
        },
        "scale": {
            "type": ["integer", "null"],
            "default": None,
            "description": "factor of enlargement; null: as trying tells",
        },
        "channels": {
            "type": ["integer", "null"],
            "default": None,
            "description": "of pictures, 1 grey, 3 RGB; null: as the file tells",
        },
    },
    scale=(1, 2, 3, 4, 8, 16),
    channels=(1, 3),
    tiling="blend",
    learned=True,
    suffixes=(".onnx",),
)


@hookimpl
def register_restorers() -> Iterable[RestorerSpec]:
    """The restorer of this plugin."""
    yield MODEL
