"""The declarations of burnish-rnn; the networks are imported on first use."""

from __future__ import annotations

from collections.abc import Iterable

from burnish import RestorerSpec, hookimpl

CHANNELS = {"type": "integer", "enum": [1, 3], "default": 3, "description": "1: grey pictures; 3: RGB"}

WIDTH = {"type": "integer", "minimum": 4, "maximum": 256, "default": 48, "description": "channels of the features"}

CONVLSTM_CONFIG = {
    "channels": CHANNELS,
    "width": WIDTH,
    "blocks": {
        "type": "integer",
        "minimum": 0,
        "maximum": 32,
        "default": 2,
        "description": "residual blocks of the encoder; the decoder has as many",
    },
    "layers": {
        "type": "integer",
        "minimum": 1,
        "maximum": 8,
        "default": 1,
        "description": "number of stacked ConvLSTM cells",
    },
    "unshuffle": {
        "type": "integer",
        "enum": [1, 2, 4],
        "default": 2,
        "description": "works on a grid coarser by this factor, with its pixels as channels; cheaper by about its "
        "square, and follows motion faster by this factor",
    },
    "peepholes": {
        "type": "boolean",
        "default": True,
        "description": "whether the gates use the cell state (peepholes)",
    },
}

CONVLSTM = RestorerSpec(
    name="convlstm",
    factory="burnish_rnn.convlstm:ConvLSTM",
    summary="ConvLSTM between an encoder and a decoder; restores a clip frame by frame, without later frames",
    reference="arXiv:1506.04214",
    tasks=frozenset({"denoise", "deblur", "dejpeg", "enhance"}),
    config=CONVLSTM_CONFIG,
    size_multiple=4,
    temporal="video",
    window=24,
    window_overlap=8,
    tiling="blend",
    trainable=True,
    precision_tolerance=0.001,
)

CONVLSTM_BURST = RestorerSpec(
    name="convlstm-burst",
    factory="burnish_rnn.convlstm:BurstConvLSTM",
    summary="ConvLSTM that reads the frames of a burst, the reference frame last, and restores the reference frame",
    reference="arXiv:1506.04214",
    tasks=frozenset({"denoise", "deblur", "dejpeg", "enhance"}),
    weights={"burst-noise": "weights/convlstm-burst-noise"},
    config=CONVLSTM_CONFIG,
    size_multiple=4,
    temporal="burst",
    tiling="blend",
    trainable=True,
    precision_tolerance=0.001,
)

RECURRENT_DEBLUR = RestorerSpec(
    name="recurrent-deblur",
    factory="burnish_rnn.recurrent_deblur:RecurrentDeblur",
    summary="Filters along the estimated motion, by a network that propagates features in both directions of time",
    reference="arXiv:2012.02181",
    tasks=frozenset({"deblur", "denoise", "dejpeg", "enhance"}),
    config={
        "channels": CHANNELS,
        "width": WIDTH,
        "blocks": {
            "type": "integer",
            "minimum": 0,
            "maximum": 64,
            "default": 3,
            "description": "residual blocks per time step, in each direction",
        },
        "closing_blocks": {
            "type": "integer",
            "minimum": 0,
            "maximum": 64,
            "default": 1,
            "description": "residual blocks after both directions are joined",
        },
        "recurrent": {
            "type": "boolean",
            "default": True,
            "description": "false: every frame separately, with the same weights and multiplications, for comparison",
        },
    },
    size_multiple=4,
    min_size=16,
    temporal="video",
    window=12,
    window_overlap=2,
    tiling="blend",
    trainable=True,
    weights={"moving-camera": "weights/moving-camera"},
    precision_tolerance=0.001,
)


@hookimpl
def register_restorers() -> Iterable[RestorerSpec]:
    """The restorers of this plugin."""
    yield CONVLSTM
    yield CONVLSTM_BURST
    yield RECURRENT_DEBLUR
