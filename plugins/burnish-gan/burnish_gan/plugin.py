"""The declarations of burnish-gan; the implementations are imported on first use."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from burnish import RestorerSpec, hookimpl

Schema = Mapping[str, Any]

CHANNELS: Schema = {"type": "integer", "enum": [1, 3], "default": 3, "description": "1: grey pictures; 3: RGB"}


def balance(*, adversarial_weight: float, critic_features: int) -> dict[str, Schema]:
    """Settings that the learner reads from the restorer; they do not affect a trained one."""
    return {
        "adversarial_weight": {
            "type": "number",
            "minimum": 0,
            "default": adversarial_weight,
            "description": "training: weight of the critics relative to the recipe's pixel loss; 0: no critics, "
            "the twin that maximizes PSNR",
        },
        "content_weight": {
            "type": "number",
            "minimum": 0,
            "default": 0.5,
            "description": "training: weight of the content loss (bands and their local energies)",
        },
        "pretraining": {
            "type": "number",
            "minimum": 0,
            "maximum": 1,
            "default": 0.5,
            "description": "training: part of the budget before the critics join",
        },
        "critic_features": {
            "type": "integer",
            "minimum": 2,
            "default": critic_features,
            "description": "training: channels of the critics' first convolution; doubled up to eight times as many",
        },
    }


def count(default: int, description: str, *, least: int = 1, multiple: int = 1) -> Schema:
    """The schema of an integer."""
    schema = {"type": "integer", "minimum": least, "default": default, "description": description}
    return schema if multiple == 1 else {**schema, "multipleOf": multiple}


DEBLURGAN = RestorerSpec(
    name="deblurgan",
    factory="burnish_gan.deblurgan:DeblurGAN",
    summary="Feature pyramid trained against a local and a global critic: sharp details instead of averages",
    reference="arXiv:1908.03826",
    tasks=frozenset({"deblur", "denoise", "dejpeg", "enhance"}),
    weights={
        "slight-shake": "weights/deblurgan-slight-shake",
        "slight-shake-twin": "weights/deblurgan-slight-shake-twin",
    },
    config={
        "channels": CHANNELS,
        "width": count(32, "channels of the backbone at half the picture's size; doubled at every level"),
        "pyramid": count(64, "channels of the feature pyramid; even", least=2, multiple=2),
        "levels": count(4, "levels of the pyramid, from a quarter of the picture's size down"),
        "blocks": count(2, "residual blocks of the backbone at every level"),
        "bands": {
            "type": "boolean",
            "default": False,
            "description": "the network receives wavelet planes of equal power instead of pixels; it learns blur "
            "in fewer steps",
        },
        **balance(adversarial_weight=0.01, critic_features=32),
    },
    channels=(1, 3),
    size_multiple=32,
    receptive_field=615,
    trainable=True,
    learner="burnish_gan.learner:DeblurGANLearner",
    precision_tolerance=0.001,
)

ESRGAN = RestorerSpec(
    name="esrgan",
    factory="burnish_gan.esrgan:ESRGAN",
    summary="Super-resolution by residual in residual dense blocks, trained against a critic: texture instead of "
    "smoothness",
    reference="arXiv:1809.00219",
    tasks=frozenset({"super-resolve"}),
    config={
        "channels": CHANNELS,
        "scale": {"type": "integer", "enum": [2, 4], "default": 4, "description": "enlargement"},
        "blocks": count(23, "residual in residual dense blocks; the paper has 23"),
        "features": count(64, "channels between the blocks"),
        "growth": count(32, "channels that every convolution in a dense block adds"),
        **balance(adversarial_weight=0.005, critic_features=64),
    },
    scale=(2, 4),
    channels=(1, 3),
    min_size=2,
    receptive_field=699,
    trainable=True,
    learner="burnish_gan.learner:ESRGANLearner",
    precision_tolerance=0.001,
)


@hookimpl
def register_restorers() -> Iterable[RestorerSpec]:
    """The restorers of this plugin."""
    yield DEBLURGAN
    yield ESRGAN
