"""The declarations of burnish-degradations: degraders, with the schemas of their settings, and a command."""

from collections.abc import Iterator

from burnish import CommandSpec, DegraderSpec, hookimpl

from burnish_degradations.declared.chains import one_of, real_world, sequence
from burnish_degradations.declared.frames import burst, clip_shake, frame_average, per_frame, rolling_shutter
from burnish_degradations.declared.schemas import ANGLE, BLUR, KNOWN_BLUR, SCALES, SIGMA, interval, number


@hookimpl
def register_degraders() -> Iterator[DegraderSpec]:
    """All degraders of this plugin."""
    yield from (gaussian_noise(), sensor_noise(), camera_noise())
    yield from (gaussian_blur(), motion_blur(), camera_shake(), defocus_blur(), varying_blur(), moving_object())
    yield bicubic()
    yield jpeg()
    yield burst()
    yield from (frame_average(), clip_shake(), rolling_shutter(), per_frame())
    yield from (sequence(), one_of(), real_world())


@hookimpl
def register_commands() -> Iterator[CommandSpec]:
    """The command of this plugin."""
    yield CommandSpec(
        name="noise",
        factory="burnish_degradations.calibration.command:main",
        summary="Calibrate a degrader to the noise of your camera",
        group="use",
    )


def gaussian_noise() -> DegraderSpec:
    """Noise, neither clipped nor quantized."""
    return DegraderSpec(
        name="gaussian-noise",
        factory="burnish_degradations.gaussian_noise:GaussianNoise",
        summary="Additive white Gaussian noise, neither clipped nor quantized",
        tasks=frozenset({"denoise"}),
        gives=frozenset({"sigma"}),
        config={"sigma": interval((0.0, 0.2), SIGMA, least=0.0, most=1.0)},
    )


def gaussian_blur() -> DegraderSpec:
    """Gaussian blur, round or elongated."""
    return DegraderSpec(
        name="gaussian-blur",
        factory="burnish_degradations.blur.gaussian_blur:GaussianBlur",
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
        factory="burnish_degradations.blur.motion_blur:MotionBlur",
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
        factory="burnish_degradations.blur.camera_shake:CameraShake",
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
                (0.001, 0.01), "shakiness of the hand: 0 a straight line, 0.005 usual, 0.05 a blob", least=0.0, most=1.0
            ),
            "exposure": interval(1.0, "fraction of the path during which the shutter is open", least=0.001, most=1.0),
            **BLUR,
        },
    )


def defocus_blur() -> DegraderSpec:
    """A disk."""
    return DegraderSpec(
        name="defocus-blur",
        factory="burnish_degradations.blur.defocus_blur:DefocusBlur",
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
                "description": "chroma subsampling; 4:4:4 keeps full resolution",
            },
            "grid": {
                "enum": ["corner", "anywhere"],
                "default": "corner",
                "later": True,
                "description": "where blocks begin; anywhere: as of a picture that was cropped after its compression",
            },
        },
    )


def sensor_noise() -> DegraderSpec:
    """Photon and read noise."""
    return DegraderSpec(
        name="sensor-noise",
        factory="burnish_degradations.sensor_noise:SensorNoise",
        summary="Poisson-Gaussian noise of a sensor: variance gain · (x − offset) + read², optionally in linear light",
        tasks=frozenset({"denoise"}),
        gives=frozenset({"sigma"}),
        reference="doi:10.1109/TIP.2008.2001399",
        config={
            "gain": interval(
                (0.0, 0.01), "brightness of one electron in [0, 1] units; 0: no Poisson noise", least=0.0, most=1.0
            ),
            "read": interval((0.0, 0.02), SIGMA.replace("of the noise", "of the read noise"), least=0.0, most=1.0),
            "offset": {
                **number(
                    0.0,
                    "value without light in [0, 1] units; only what is above it counts photons",
                    least=-1.0,
                    most=1.0,
                ),
                "later": True,
            },
            "gamma": number(
                1.0, "adds the noise to light x^gamma and converts it back; 1: to the values", least=1.0, most=4.0
            ),
        },
    )


def camera_noise() -> DegraderSpec:
    """Noise of a finished photograph."""
    return DegraderSpec(
        name="camera-noise",
        factory="burnish_degradations.camera_noise:CameraNoise",
        summary="Noise of a finished photograph: of a sensor, then demosaiced: correlated between pixels and channels",
        tasks=frozenset({"denoise"}),
        gives=frozenset({"sigma"}),
        reference="arXiv:1811.11127",
        config={
            "sigma": interval((0.0, 0.1), f"at mid-grey: {SIGMA}", least=0.0, most=1.0),
            "shot": interval(
                (0.3, 1.0), "share of the variance at mid-grey that grows with light", least=0.0, most=1.0
            ),
            "smoothing": interval(
                (0.0, 1.0), "of the noise by the camera: standard deviation in pixels", least=0.0, most=2.5
            ),
            "chroma": interval((0.2, 1.0), "part of the noise of colour that the camera leaves", least=0.0, most=1.0),
        },
    )


def varying_blur() -> DegraderSpec:
    """A different blur at every place."""
    return DegraderSpec(
        name="varying-blur",
        factory="burnish_degradations.blur.varying_blur:VaryingBlur",
        summary="Blur that varies over the picture: a rolling camera, or depth out of focus",
        tasks=frozenset({"deblur"}),
        gives=frozenset({"sigma"}),
        linear=True,
        reference="doi:10.1109/CVPR.2010.5540158",
        config={
            "cause": {
                "enum": ["shake", "defocus"],
                "default": "shake",
                "description": "shake: a hand shifts and rolls the camera; defocus: a slanted plane",
            },
            "length": interval((4.0, 16.0), "shake: length of the path in pixels", least=0.0, most=500.0),
            "anxiety": interval((0.001, 0.01), "shake: shakiness of the hand", least=0.0, most=1.0),
            "turn": interval((0.5, 3.0), "shake: degrees of roll about the centre", least=0.0, most=45.0),
            "radius": interval((0.5, 5.0), "defocus: radius at either end in pixels", least=0.0, most=200.0),
            "grid": {
                "type": "integer",
                "minimum": 2,
                "maximum": 64,
                "default": 4,
                "description": "kernels along each side, between which the blur is interpolated",
            },
            **BLUR,
        },
    )


def moving_object() -> DegraderSpec:
    """Something moves before a background that the camera shakes."""
    return DegraderSpec(
        name="moving-object",
        factory="burnish_degradations.blur.moving_object:MovingObject",
        summary="Blur of a scene in which one thing moves by itself, seen by a hand-held camera",
        tasks=frozenset({"deblur"}),
        gives=frozenset({"sigma"}),
        linear=True,
        reference="doi:10.1109/CVPR.2008.4587582",
        config={
            "length": interval((0.0, 16.0), "length of the camera's path in pixels", least=0.0, most=500.0),
            "anxiety": interval((0.001, 0.01), "shakiness of the hand", least=0.0, most=1.0),
            "object_length": interval((4.0, 24.0), "length of the object's own motion", least=0.0, most=500.0),
            "size": interval(
                (0.15, 0.4), "mean radius of the object, relative to the shorter side", least=0.0, most=2.0
            ),
            **BLUR,
        },
    )
