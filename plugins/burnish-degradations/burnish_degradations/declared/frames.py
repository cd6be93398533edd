"""The declarations of the degraders of bursts and clips."""

from burnish import DegraderSpec

from burnish_degradations.declared.schemas import BLUR, BURST_SCALES, SCALES, SIGMA, interval, number


def burst() -> DegraderSpec:
    """Several frames of one scene."""
    return DegraderSpec(
        name="burst",
        factory="burnish_degradations.frames.burst:Burst",
        summary="Several frames of one scene: sub-pixel motion, shake, exposure, downscaling, noise",
        tasks=frozenset({"denoise", "deblur", "super-resolve"}),
        gives=frozenset({"flow", "sigma", "scale"}),
        scale=BURST_SCALES,
        temporal="burst",
        linear=True,
        reference="doi:10.1145/3306346.3323024",
        config={
            "frames": {"type": "integer", "minimum": 1, "default": 8, "description": "number of frames, T"},
            "shift": number(2.0, "largest displacement from frame 0, in pixels of the clean picture", most=500.0),
            "rotation": number(0.0, "largest rotation against frame 0, in degrees about the centre", most=15.0),
            "exposure": number(0.0, "exposures are uniform in 1 ± this; frame 0 has 1", most=0.9),
            "length": interval((0.0, 8.0), "length of each frame's shake in pixels", least=0.0, most=500.0),
            "anxiety": interval(
                (0.001, 0.01), "shakiness of the hand: 0 a straight line, 0.05 a blob", least=0.0, most=1.0
            ),
            "noise": interval((0.0, 0.05), f"noise of all frames of a burst: {SIGMA}", least=0.0, most=1.0),
            "scale": {
                "type": "integer",
                "enum": list(BURST_SCALES),
                "default": 1,
                "description": "factor by which the frames are smaller than the clean picture, antialiased",
            },
        },
    )


def clip_shake() -> DegraderSpec:
    """Camera shake that continues from frame to frame."""
    return DegraderSpec(
        name="clip-shake",
        factory="burnish_degradations.frames.clip_shake:ClipShake",
        summary="Blur of clips by a hand-held camera: one random trajectory, each frame blurred by its part",
        tasks=frozenset({"deblur"}),
        gives=frozenset({"sigma"}),
        temporal="video",
        reference="doi:10.1109/TIP.2012.2192126",
        config={
            "length": interval(
                (4.0, 20.0), "length of the path in pixels from one frame to the next", least=0.0, most=500.0
            ),
            "anxiety": interval(
                (0.0002, 0.005), "shakiness of the hand: 0.0005 blurs neighbouring frames alike", least=0.0, most=1.0
            ),
            "exposure": interval(
                (0.5, 1.0), "fraction of the time during which the shutter is open", least=0.001, most=1.0
            ),
            **BLUR,
        },
    )


def frame_average() -> DegraderSpec:
    """Motion blur of clips."""
    odd = {"type": "integer", "minimum": 1, "maximum": 99}
    return DegraderSpec(
        name="frame-average",
        factory="burnish_degradations.frames.frame_average:FrameAverage",
        summary="Motion blur of clips: the mean over consecutive sharp frames, in linear light or in values",
        tasks=frozenset({"deblur"}),
        gives=frozenset({"sigma"}),
        temporal="video",
        reference="arXiv:1612.02177",
        config={
            "window": {
                "anyOf": [odd, {"type": "array", "items": odd, "minItems": 2, "maxItems": 2}],
                "default": 5,
                "description": "number of averaged frames, odd; a number or [lowest, highest]",
            },
            "step": {
                "type": ["integer", "null"],
                "minimum": 1,
                "default": None,
                "description": "clean frames from one exposure to the next; null: the largest window",
            },
            "gamma": number(2.2, "2.2 averages linear light, 1 averages the picture's values", least=1.0, most=4.0),
            "noise": BLUR["noise"],
        },
    )


def rolling_shutter() -> DegraderSpec:
    """Rows exposed one after the other."""
    return DegraderSpec(
        name="rolling-shutter",
        factory="burnish_degradations.frames.rolling_shutter:RollingShutter",
        summary="Clips of a rolling shutter: rows are exposed one after the other",
        tasks=frozenset({"enhance"}),
        gives=frozenset({"sigma"}),
        temporal="video",
        reference="doi:10.1109/CVPR42600.2020.00598",
        config={
            "readout": interval(
                (0.5, 2.0),
                "time from the first row to the last, in frames; negative: from the bottom",
                least=-20.0,
                most=20.0,
            ),
            "noise": BLUR["noise"],
        },
    )


def per_frame() -> DegraderSpec:
    """A degrader of pictures for every frame. Its conditions depend on that degrader; all possible are declared."""
    return DegraderSpec(
        name="per-frame",
        factory="burnish_degradations.frames.per_frame:PerFrame",
        summary="Any degrader of pictures, applied to every frame of a clip with its own draws",
        tasks=frozenset({"denoise", "deblur", "super-resolve", "dejpeg"}),
        gives=frozenset({"sigma", "scale"}),
        scale=(1, *SCALES),
        temporal="video",
        config={
            "degrader": {
                "type": "string",
                "default": "degradations/gaussian-noise",
                "description": "the id of a degrader of single pictures, such as degradations/sequence",
            },
            "config": {"type": "object", "default": {}, "description": "that degrader's settings"},
        },
    )
