"""What burnish-rnn declares; the networks themselves are imported on first use."""

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
        "description": "residual blocks of the encoder, and as many of the decoder",
    },
    "layers": {
        "type": "integer",
        "minimum": 1,
        "maximum": 8,
        "default": 1,
        "description": "ConvLSTM cells one above the other",
    },
    "unshuffle": {
        "type": "integer",
        "enum": [1, 2, 4],
        "default": 2,
        "description": "works on a grid so many times coarser, its pixels side by side as channels; about its square "
        "times cheaper, and follows motion so many times faster",
    },
    "peepholes": {"type": "boolean", "default": True, "description": "whether the gates look at the cell"},
}

CONVLSTM = RestorerSpec(
    name="convlstm",
    factory="burnish_rnn.convlstm:ConvLSTM",
    summary="ConvLSTM between an encoder and a decoder; restores a clip frame by frame as it comes",
    reference="arXiv:1506.04214",
    tasks=frozenset({"denoise", "deblur", "dejpeg", "enhance"}),
    weights={"clip-noise": "weights/convlstm-clip-noise"},
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
    summary="ConvLSTM that reads the frames of a burst, the reference last, and restores that one",
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
    summary="Filters along registered motion by a network that hands features on in both directions of time",
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
            "description": "residual blocks of a step of time, in each direction",
        },
        "closing_blocks": {
            "type": "integer",
            "minimum": 0,
            "maximum": 64,
            "default": 1,
            "description": "residual blocks after both directions have met",
        },
        "recurrent": {
            "type": "boolean",
            "default": True,
            "description": "false: every frame for itself, by the same weights and multiplications, to compare with",
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
