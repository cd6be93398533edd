"""The standard benchmarks as declarations, with the published figures."""

from collections.abc import Iterator

from burnish import BenchmarkSpec

Figures = dict[str, dict[str, float]]


def super_resolution() -> Iterator[BenchmarkSpec]:
    """Set5 ×2, ×3, ×4, scored on luma, as all published figures.

    A restorer of single channels is given luma that is first rounded to 8 bit, and made small without rounding, as in
    MATLAB. One of RGB is given the small RGB picture as MATLAB writes it, in 8 bit; luma is made of its estimate,
    rounded to 8 bit, and not rounded. The figures of bicubic interpolation calibrate every other one.
    """
    methods = {
        "SRCNN": (36.66, 32.75, 30.48),
        "FSRCNN": (37.00, 33.06, 30.72),
        "VDSR": (37.53, 33.66, 31.35),
        "EDSR-baseline": (37.99, 34.37, 32.09),
        "IMDN": (38.00, 34.36, 32.21),
    }
    bicubic = ((33.66, 0.9299), (30.39, 0.8682), (28.42, 0.8104))
    for index, scale in enumerate((2, 3, 4)):
        psnr, ssim = bicubic[index]
        published: Figures = {"bicubic": {"metrics/psnr-y": psnr, "metrics/ssim-y": ssim}}
        published |= {name: {"metrics/psnr-y": figures[index]} for name, figures in methods.items()}
        yield BenchmarkSpec(
            name=f"set5-x{scale}",
            summary=f"Super-resolution ×{scale}, scored on luma; made small by MATLAB's bicubic imresize",
            degrader="degradations/bicubic",
            degrader_config={"scale": scale, "quantise": "none"},
            rgb_degrader_config={"quantise": "uint8-per-pass"},
            metrics=("metrics/psnr-y", "metrics/ssim-y"),
            colour="y",
            images="Set5",
            published=published,
            reference="doi:10.5244/C.26.135",
        )


def grey_denoising() -> Iterator[BenchmarkSpec]:
    """White Gaussian noise of σ 15, 25, 50 of 255 on grey pictures, neither clipped nor rounded."""
    methods = {
        "BM3D": (31.08, 28.57, 25.60),
        "DnCNN-S": (31.73, 29.23, 26.23),
        "FFDNet": (31.63, 29.19, 26.29),
        "IRCNN": (31.63, 29.15, 26.19),
        "DRUNet": (31.91, 29.48, 26.59),
    }
    for index, level in enumerate((15, 25, 50)):
        yield _denoising(
            f"gaussian-{level}-grey",
            level,
            colour="grey",
            images="BSD68",
            published={name: {"metrics/psnr": figures[index]} for name, figures in methods.items()},
        )


def colour_denoising() -> Iterator[BenchmarkSpec]:
    """The same on RGB pictures."""
    for level in (15, 25, 50):
        published: Figures = {"FFDNet": {"metrics/psnr": 31.21}} if level == 25 else {}
        yield _denoising(f"gaussian-{level}-colour", level, colour="rgb", images="CBSD68", published=published)


def compression() -> Iterator[BenchmarkSpec]:
    """JPEG of quality 10, 20, 30, 40 on grey pictures. The figures of JPEG itself calibrate every other one."""
    methods = {
        "JPEG": (27.82, 30.12, 31.48, 32.43),
        "AR-CNN": (29.03, 31.15, 32.51, 33.34),
        "DnCNN-3": (29.40, 31.63, 32.91, 33.77),
    }
    for index, quality in enumerate((10, 20, 30, 40)):
        yield BenchmarkSpec(
            name=f"jpeg-{quality}-grey",
            summary=f"JPEG of quality {quality} by libjpeg, its blocks beginning at the corner",
            degrader="degradations/jpeg",
            degrader_config={"quality": quality},
            metrics=("metrics/psnr", "metrics/ssim"),
            colour="grey",
            images="Classic5",
            published={name: {"metrics/psnr": figures[index]} for name, figures in methods.items()},
        )


def motion() -> Iterator[BenchmarkSpec]:
    """Shake in pictures, bursts and clips: no published set has a fixed seed, so these are burnish's own."""
    for name, shortest, longest in (("camera-shake", 6, 16), ("camera-shake-slight", 2, 6)):
        yield BenchmarkSpec(
            name=name,
            summary=f"Blur by a camera shake of {shortest} to {longest} pixels, mirrored at the border; noise σ 0.005",
            degrader="degradations/camera-shake",
            degrader_config={"length": [float(shortest), float(longest)], "noise": 0.005},
            metrics=("metrics/psnr", "metrics/ssim", "metrics/niqe"),
            images="CBSD68",
        )
    moved = {"frames": 8, "shift": 4.0, "rotation": 0.5, "exposure": 0.05, "length": 0.0, "noise": 0.01}
    for scale in (2, 4):
        yield BenchmarkSpec(
            name=f"burst-x{scale}",
            summary=f"Eight displaced frames, {scale} times smaller, with noise of σ 0.01",
            degrader="degradations/burst",
            degrader_config={**moved, "scale": scale},
            metrics=("metrics/psnr", "metrics/ssim"),
            images="Kodak",
        )
    yield BenchmarkSpec(
        name="burst-shake",
        summary="Eight displaced frames, each blurred by a shake of 4 to 16 pixels, with noise of σ 0.01",
        degrader="degradations/burst",
        degrader_config={"frames": 8, "shift": 3.0, "rotation": 0.5, "length": [4.0, 16.0], "noise": 0.01},
        metrics=("metrics/psnr", "metrics/ssim"),
        images="Kodak",
    )
    yield BenchmarkSpec(
        name="frame-average",
        summary="Clips whose frames are each the mean light of five frames, with noise of σ 0.005",
        degrader="degradations/frame-average",
        degrader_config={"window": 5, "step": 1, "noise": 0.005},
        metrics=("metrics/psnr", "metrics/ssim", "metrics/temporal-consistency"),
        images="vid4_city",
    )


def _denoising(name: str, level: int, *, colour: str, images: str, published: Figures) -> BenchmarkSpec:
    return BenchmarkSpec(
        name=name,
        summary=f"White Gaussian noise of σ {level} of 255, added in float, neither clipped nor rounded",
        degrader="degradations/gaussian-noise",
        degrader_config={"sigma": level / 255},
        metrics=("metrics/psnr", "metrics/ssim"),
        colour=colour,
        images=images,
        published=published,
    )
