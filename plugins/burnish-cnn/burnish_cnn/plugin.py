"""The declarations of burnish-cnn; the networks are imported on first use."""

from __future__ import annotations

from collections.abc import Iterable

from burnish import RestorerSpec, hookimpl

CHANNELS = {"type": "integer", "enum": [1, 3], "default": 3, "description": "1: grey pictures; 3: RGB"}
BANDS = {
    "type": "boolean",
    "default": False,
    "description": "the network receives wavelet planes of equal power instead of pixels; it learns blur in fewer "
    "steps",
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
            "description": "number of convolutions; each extends the receptive field by one pixel (times "
            "unshuffle) on every side",
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
            "description": "batch normalization after the middle convolutions, as in the paper, or none",
        },
        "unshuffle": {
            "type": "integer",
            "enum": [1, 2, 4],
            "default": 1,
            "description": "works on a grid coarser by this factor, with its pixels as channels; cheaper by about "
            "its square (as FFDNet, doi:10.1109/TIP.2018.2839891); 1: the paper's DnCNN",
        },
    },
    channels=(1, 3),
    receptive_field=35,
    trainable=True,
    weights={
        "grey-25": "weights/dncnn-grey-25",
        "grey-25-wide": "weights/dncnn-grey-25-wide",
        "grey-blind": "weights/dncnn-grey-blind",
        "dejpeg-grey": "weights/dncnn-dejpeg-grey",
        "dejpeg-colour": "weights/dncnn-dejpeg-colour",
    },
    precision_tolerance=0.001,
)

NAFNET = RestorerSpec(
    name="nafnet",
    factory="burnish_cnn.nafnet:NAFNet",
    summary="U-net of gated blocks without activation functions, with local statistics at inference",
    reference="arXiv:2204.04676",
    tasks=frozenset({"denoise", "deblur", "dejpeg", "enhance"}),
    weights={"slight-shake": "weights/nafnet-slight-shake", "slight-shake-bsds": "weights/nafnet-slight-shake-bsds"},
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
            "description": "blocks of the encoder, one number per level, full size first",
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
            "description": "blocks of the decoder, one number per level, coarsest first",
        },
        "train_size": {
            "type": "integer",
            "minimum": 0,
            "default": 256,
            "description": "side in pixels of the training patches; at inference the channel statistics are those "
            "of a window 1.5 times as large (TLC, arXiv:2112.04491); 0: of the whole picture",
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
    summary="Denoiser that receives the noise level: one network for every level, the identity at zero",
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
            "description": "output of the layers: the noise divided by sigma, so sigma 0 is the identity; or the "
            "clean picture, as in the paper",
        },
    },
    channels=(1, 3),
    size_multiple=2,
    receptive_field=51,
    trainable=True,
    weights={
        "grey": "weights/ffdnet-grey",
        "grey-bsds": "weights/ffdnet-grey-bsds",
        "colour": "weights/ffdnet-colour",
        "colour-bsds": "weights/ffdnet-colour-bsds",
    },
    precision_tolerance=0.001,
)

BLIND_FFDNET = RestorerSpec(
    name="blind-ffdnet",
    factory="burnish_cnn.blind_ffdnet:BlindFFDNet",
    summary="Denoiser that estimates a map of the noise level: one network for unknown or varying levels",
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
            "description": "convolutions of the network that estimates the level",
        },
        "estimator_features": {
            "type": "integer",
            "minimum": 2,
            "multipleOf": 2,
            "default": 32,
            "description": "channels between these convolutions, even",
        },
        "reach": {
            "type": "integer",
            "minimum": 0,
            "default": 16,
            "description": "radius, in cells of 2×2 pixels, over which the level is averaged; more is more exact, "
            "but the noise must vary less from place to place",
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
    summary="Small residual U-net of plain convolutions for few processor cores",
    reference="arXiv:1505.04597",
    tasks=frozenset({"deblur", "denoise", "dejpeg", "enhance"}),
    weights={"slight-shake": "weights/unet-slight-shake", "slight-shake-bsds": "weights/unet-slight-shake-bsds"},
    config={
        "channels": CHANNELS,
        "width": {
            "type": "integer",
            "minimum": 2,
            "maximum": 256,
            "default": 32,
            "description": "features at the finest level; doubled at every further level",
        },
        "levels": {
            "type": "integer",
            "minimum": 0,
            "maximum": 5,
            "default": 3,
            "description": "number of halvings of the size after unshuffling",
        },
        "blocks": {
            "type": "integer",
            "minimum": 1,
            "default": 1,
            "description": "residual blocks of two 3×3 convolutions at every level, in encoder and decoder each",
        },
        "unshuffle": {
            "type": "integer",
            "enum": [1, 2, 4],
            "default": 2,
            "description": "works on a grid coarser by this factor, with its pixels as channels",
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
