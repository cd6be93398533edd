"""What burnish-cnn declares; the networks themselves are imported on first use."""

from __future__ import annotations

from collections.abc import Iterable

from burnish import RestorerSpec, hookimpl

CHANNELS = {"type": "integer", "enum": [1, 3], "default": 3, "description": "1: grey pictures; 3: RGB"}
BANDS = {
    "type": "boolean",
    "default": False,
    "description": "the picture enters as wavelet planes of equal power: blur is learned in fewer steps",
}

DNCNN = RestorerSpec(
    name="dncnn",
    factory="burnish_cnn.dncnn:DnCNN",
    summary="Residual convolutional network that predicts the noise and subtracts it",
    reference="doi:10.1109/TIP.2017.2662206",
    tasks=frozenset({"denoise", "dejpeg", "deblur", "enhance"}),
    config={
        "channels": CHANNELS,
        "depth": {
            "type": "integer",
            "minimum": 2,
            "maximum": 64,
            "default": 17,
            "description": "convolutions; each widens the view by one pixel (times unshuffle) all round",
        },
        "features": {
            "type": "integer",
            "minimum": 2,
            "multipleOf": 2,
            "default": 64,
            "description": "channels between the convolutions; even",
        },
        "norm": {
            "type": "string",
            "enum": ["batch", "none"],
            "default": "batch",
            "description": "batch normalisation after the middle convolutions, as in the paper, or none",
        },
        "unshuffle": {
            "type": "integer",
            "enum": [1, 2, 4],
            "default": 1,
            "description": "works on a grid so many times coarser, its pixels side by side as channels; about its "
            "square times cheaper (as FFDNet, doi:10.1109/TIP.2018.2839891); 1: the paper's DnCNN",
        },
    },
    channels=(1, 3),
    receptive_field=35,
    trainable=True,
    weights={
        "grey-25": "weights/dncnn-grey-25",
        "grey-25-wide": "weights/dncnn-grey-25-wide",
        "grey-blind": "weights/dncnn-grey-blind",
    },
    precision_tolerance=0.001,
)

NAFNET = RestorerSpec(
    name="nafnet",
    factory="burnish_cnn.nafnet:NAFNet",
    summary="U-net of gated blocks without activation functions, with local statistics at inference",
    reference="arXiv:2204.04676",
    tasks=frozenset({"denoise", "deblur", "dejpeg", "enhance"}),
    weights={"slight-shake": "weights/nafnet-slight-shake"},
    config={
        "channels": CHANNELS,
        "width": {
            "type": "integer",
            "minimum": 4,
            "maximum": 256,
            "default": 32,
            "description": "channels at full size; doubled at every level",
        },
        "encoder_blocks": {
            "type": "array",
            "items": {"type": "integer", "minimum": 0},
            "minItems": 1,
            "maxItems": 6,
            "default": [1, 1, 1, 28],
            "description": "blocks on the way down, one number a level, full size first",
        },
        "middle_blocks": {
            "type": "integer",
            "minimum": 0,
            "default": 1,
            "description": "blocks at the coarsest size",
        },
        "decoder_blocks": {
            "type": "array",
            "items": {"type": "integer", "minimum": 0},
            "minItems": 1,
            "maxItems": 6,
            "default": [1, 1, 1, 1],
            "description": "blocks on the way up, one number a level, coarsest first",
        },
        "train_size": {
            "type": "integer",
            "minimum": 0,
            "default": 256,
            "description": "side in pixels of the patches that it is trained on; at inference the channel statistics "
            "are those of a window 1.5 times as large (TLC, arXiv:2112.04491); 0: of the whole picture",
        },
        "bands": BANDS,
    },
    channels=(1, 3),
    size_multiple=16,
    receptive_field=14735,
    trainable=True,
    precision_tolerance=0.001,
)

FFDNET = RestorerSpec(
    name="ffdnet",
    factory="burnish_cnn.ffdnet:FFDNet",
    summary="Denoiser that is told the noise level: one network for every level, the identity at none",
    reference="doi:10.1109/TIP.2018.2839891",
    tasks=frozenset({"denoise"}),
    needs=frozenset({"sigma"}),
    config={
        "channels": CHANNELS,
        "depth": {
            "type": "integer",
            "minimum": 2,
            "maximum": 64,
            "default": 12,
            "description": "convolutions; the paper has 12 for colour and 15 for grey",
        },
        "features": {
            "type": "integer",
            "minimum": 2,
            "multipleOf": 2,
            "default": 96,
            "description": "channels between the convolutions, even; the paper has 96 for colour and 64 for grey",
        },
        "norm": DNCNN.config["norm"],
        "output": {
            "type": "string",
            "enum": ["noise", "clean"],
            "default": "noise",
            "fixed": True,
            "description": "what the layers give: the noise divided by sigma, so that sigma 0 is the identity; or the "
            "clean picture, as in the paper",
        },
    },
    channels=(1, 3),
    size_multiple=2,
    receptive_field=51,
    trainable=True,
    weights={"grey": "weights/ffdnet-grey", "colour": "weights/ffdnet-colour"},
    precision_tolerance=0.001,
)

BLIND_FFDNET = RestorerSpec(
    name="blind-ffdnet",
    factory="burnish_cnn.blind_ffdnet:BlindFFDNet",
    summary="Denoiser that maps the noise level itself and is told it: one network for every level, unknown or varying",
    reference="arXiv:1807.04686",
    tasks=frozenset({"denoise"}),
    config={
        "channels": CHANNELS,
        "depth": FFDNET.config["depth"],
        "features": FFDNET.config["features"],
        "norm": DNCNN.config["norm"],
        "estimator_depth": {
            "type": "integer",
            "minimum": 2,
            "maximum": 64,
            "default": 5,
            "description": "convolutions of the network that maps the level",
        },
        "estimator_features": {
            "type": "integer",
            "minimum": 2,
            "multipleOf": 2,
            "default": 32,
            "description": "channels between them, even",
        },
        "reach": {
            "type": "integer",
            "minimum": 0,
            "default": 16,
            "description": "cells of 2×2 pixels, each way, over which the level is averaged; more: more exact, but the "
            "noise must vary less from place to place",
        },
    },
    channels=(1, 3),
    size_multiple=2,
    receptive_field=135,
    trainable=True,
    learner="burnish_cnn.level_learner:LevelLearner",
    weights={"grey": "weights/blind-ffdnet-grey", "grey-even": "weights/blind-ffdnet-grey-even"},
    precision_tolerance=0.001,
)

UNET = RestorerSpec(
    name="unet",
    factory="burnish_cnn.unet:UNet",
    summary="Small residual U-net of plain convolutions, made for few processor cores",
    reference="arXiv:1505.04597",
    tasks=frozenset({"deblur", "denoise", "dejpeg", "enhance"}),
    weights={"slight-shake": "weights/unet-slight-shake"},
    config={
        "channels": CHANNELS,
        "width": {
            "type": "integer",
            "minimum": 2,
            "maximum": 256,
            "default": 32,
            "description": "features at the finest level; doubled at every further one",
        },
        "levels": {
            "type": "integer",
            "minimum": 0,
            "maximum": 5,
            "default": 3,
            "description": "how often the size is halved after unshuffling",
        },
        "blocks": {
            "type": "integer",
            "minimum": 1,
            "default": 1,
            "description": "residual blocks of two 3×3 convolutions at every level, on each way",
        },
        "unshuffle": {
            "type": "integer",
            "enum": [1, 2, 4],
            "default": 2,
            "description": "works on a grid so many times coarser, its pixels side by side as channels",
        },
        "bands": BANDS,
    },
    channels=(1, 3),
    size_multiple=16,
    receptive_field=215,
    trainable=True,
    precision_tolerance=0.001,
)


@hookimpl
def register_restorers() -> Iterable[RestorerSpec]:
    """The networks of this plugin."""
    yield BLIND_FFDNET
    yield DNCNN
    yield FFDNET
    yield NAFNET
    yield UNET
