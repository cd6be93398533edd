"""What burnish-degradations declares: degraders, with the schemas of their settings."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from burnish import DegraderSpec, hookimpl

Schema = Mapping[str, Any]

SCALES = (2, 3, 4, 8)
BURST_SCALES = (1, 2, 3, 4)


def interval(default: float | Sequence[float], description: str, *, least: float, most: float | None = None) -> Schema:
    """The schema of a number, or of [lowest, highest] of a uniform distribution."""
    number: dict[str, Any] = {"type": "number", "minimum": least}
    if most is not None:
        number["maximum"] = most
    pair = {"type": "array", "items": number, "minItems": 2, "maxItems": 2}
    value = default if isinstance(default, int | float) else list(default)
    return {"anyOf": [number, pair], "default": value, "description": f"{description}; a number or [lowest, highest]"}


def number(default: float, description: str, *, most: float, least: float = 0.0) -> Schema:
    """The schema of one number."""
    return {"type": "number", "minimum": least, "maximum": most, "default": default, "description": description}


SIGMA = "standard deviation of the noise in [0, 1] units (25/255 = 0.098)"

ANGLE = interval((0.0, 180.0), "direction in degrees, counter-clockwise from the right", least=-360.0, most=360.0)

BLUR: Mapping[str, Schema] = {
    "boundary": {
        "enum": ["circular", "valid", "reflect"],
        "default": "reflect",
        "description": "beyond the picture: its other side; nothing (the picture shrinks); its mirror image",
    },
    "noise": interval(0.0, f"noise after the blur: {SIGMA}", least=0.0, most=1.0),
}

KNOWN_BLUR = frozenset({"kernel", "sigma"})


@hookimpl
def register_degraders() -> Iterator[DegraderSpec]:
    """All degraders of this plugin."""
    yield gaussian_noise()
    yield from (gaussian_blur(), motion_blur(), camera_shake(), defocus_blur())
    yield bicubic()
    yield jpeg()
    yield burst()
    yield sequence()


def gaussian_noise() -> DegraderSpec:
    """Noise, neither clipped nor quantised."""
    return DegraderSpec(
        name="gaussian-noise",
        factory="burnish_degradations.gaussian_noise:GaussianNoise",
        summary="Additive white Gaussian noise, neither clipped nor quantised",
        tasks=frozenset({"denoise"}),
        gives=frozenset({"sigma"}),
        config={"sigma": interval((0.0, 0.2), SIGMA, least=0.0, most=1.0)},
    )


def gaussian_blur() -> DegraderSpec:
    """Gaussian blur, round or elongated."""
    return DegraderSpec(
        name="gaussian-blur",
        factory="burnish_degradations.gaussian_blur:GaussianBlur",
        summary="Gaussian blur, round or elongated",
        tasks=frozenset({"deblur"}),
        gives=KNOWN_BLUR,
        linear=True,
        config={
            "width": interval((0.5, 3.0), "standard deviation in pixels along the longer axis", least=0.0, most=100.0),
            "ratio": interval(1.0, "shorter over longer axis; 1 is round", least=0.0, most=1.0),
            "angle": ANGLE,
            **BLUR,
        },
    )


def motion_blur() -> DegraderSpec:
    """Uniform motion along a line."""
    return DegraderSpec(
        name="motion-blur",
        factory="burnish_degradations.motion_blur:MotionBlur",
        summary="Blur by uniform motion along a straight line",
        tasks=frozenset({"deblur"}),
        gives=KNOWN_BLUR,
        linear=True,
        config={
            "length": interval((3.0, 21.0), "length of the motion in pixels", least=0.0, most=500.0),
            "angle": ANGLE,
            **BLUR,
        },
    )


def camera_shake() -> DegraderSpec:
    """Random trajectories."""
    return DegraderSpec(
        name="camera-shake",
        factory="burnish_degradations.camera_shake:CameraShake",
        summary="Blur by a hand-held camera, from random trajectories",
        tasks=frozenset({"deblur"}),
        gives=KNOWN_BLUR,
        linear=True,
        reference="doi:10.1109/TIP.2012.2192126",
        config={
            "length": interval(
                (8.0, 32.0), "length of the path in pixels over a whole exposure", least=0.0, most=500.0
            ),
            "anxiety": interval(
                (0.001, 0.01), "how nervous the hand is: 0 straight, 0.005 usual, 0.05 a blob", least=0.0, most=1.0
            ),
            "exposure": interval(1.0, "part of the path during which the shutter is open", least=0.001, most=1.0),
            **BLUR,
        },
    )


def defocus_blur() -> DegraderSpec:
    """A disk."""
    return DegraderSpec(
        name="defocus-blur",
        factory="burnish_degradations.defocus_blur:DefocusBlur",
        summary="Blur by a lens out of focus: a uniform disk",
        tasks=frozenset({"deblur"}),
        gives=KNOWN_BLUR,
        linear=True,
        config={"radius": interval((1.0, 5.0), "radius of the disk in pixels", least=0.0, most=200.0), **BLUR},
    )


def bicubic() -> DegraderSpec:
    """MATLAB's downscaling."""
    return DegraderSpec(
        name="bicubic",
        factory="burnish_degradations.bicubic:Bicubic",
        summary="Downscaling exactly as MATLAB's antialiased bicubic imresize",
        tasks=frozenset({"super-resolve"}),
        gives=frozenset({"scale"}),
        scale=SCALES,
        linear=True,
        reference="doi:10.1109/TASSP.1981.1163711",
        config={
            "scale": {
                "type": "integer",
                "enum": list(SCALES),
                "default": 2,
                "description": "factor by which height and width shrink; the picture is cropped to multiples of it",
            },
            "quantise": {
                "enum": ["none", "uint8", "uint8-per-pass"],
                "default": "uint8-per-pass",
                "description": "none: float, unclipped; uint8: rounded once; uint8-per-pass: as MATLAB on 8 bit",
            },
        },
    )


def jpeg() -> DegraderSpec:
    """Lossy compression."""
    return DegraderSpec(
        name="jpeg",
        factory="burnish_degradations.jpeg:Jpeg",
        summary="Lossy JPEG compression, through a file in memory",
        tasks=frozenset({"dejpeg"}),
        reference="ITU-T T.81",
        config={
            "quality": interval((30, 95), "quality, whole numbers from 1 to 100", least=1, most=100),
            "subsampling": {
                "enum": ["4:4:4", "4:2:2", "4:2:0"],
                "default": "4:2:0",
                "description": "how much chroma is thinned out; 4:4:4 keeps it all",
            },
        },
    )


def burst() -> DegraderSpec:
    """Several frames of one scene."""
    return DegraderSpec(
        name="burst",
        factory="burnish_degradations.burst:Burst",
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
            "rotation": number(0.0, "largest turn against frame 0, in degrees about the centre", most=15.0),
            "exposure": number(0.0, "exposures are uniform in 1 ± this; frame 0 has 1", most=0.9),
            "length": interval((0.0, 8.0), "length of each frame's shake in pixels", least=0.0, most=500.0),
            "anxiety": interval((0.001, 0.01), "how nervous the hand is: 0 straight, 0.05 a blob", least=0.0, most=1.0),
            "noise": interval((0.0, 0.05), f"noise of all frames of a burst: {SIGMA}", least=0.0, most=1.0),
            "scale": {
                "type": "integer",
                "enum": list(BURST_SCALES),
                "default": 1,
                "description": "factor by which the frames are smaller than the clean picture, antialiased",
            },
        },
    )


def sequence() -> DegraderSpec:
    """Several in a row. What it gives depends on its steps: declared is the most that it can."""
    step = {
        "type": "object",
        "required": ["id"],
        "properties": {"id": {"type": "string"}, "config": {"type": "object"}},
        "additionalProperties": False,
    }
    return DegraderSpec(
        name="sequence",
        factory="burnish_degradations.sequence:DegraderSequence",
        summary="Several degraders in a row, of any plugin; gives what its steps give",
        tasks=frozenset({"denoise", "deblur", "super-resolve", "dejpeg"}),
        gives=frozenset({"kernel", "sigma", "scale"}),
        scale=(1, *SCALES),
        config={
            "steps": {
                "type": "array",
                "minItems": 1,
                "items": step,
                "default": [{"id": "degradations/camera-shake"}, {"id": "degradations/gaussian-noise"}],
                "description": "the degraders in order, each with its id and its config",
            },
        },
    )
