"""``burnish kernel IN OUT``: the blur of a photograph, as an array to use or a picture to look at."""

from __future__ import annotations

import io
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from burnish.cli import Command, Parser, add_shared, natural
from burnish.console import say
from burnish.errors import UsageError

if TYPE_CHECKING:
    from torch import Tensor

VIEW = 256
"""A kernel's picture is enlarged, every value a square, to at least this many pixels."""


def _run(arguments: Namespace) -> int:
    """Estimate the kernel, write it, and report size and noise, the latter as ``burnish restore --sigma`` takes it."""
    if arguments.target.suffix.lower() not in {".npy", ".png"}:
        raise UsageError(f"{arguments.target}: give .npy (for --kernel of `burnish restore`) or .png (to look at)")
    from burnish.inference import choose_device
    from burnish.io import read_picture, refuse_same, to_tensor, transfer_of

    from burnish_deconvolution.blind.estimator import estimate_kernel, trimmed
    from burnish_deconvolution.blind.noise import mean_noise_level

    refuse_same(arguments.source, arguments.target)
    stored = read_picture(arguments.source)
    values = to_tensor(stored)
    light = transfer_of(stored, arguments.transfer or "auto").to_light(values)
    picture = light.to(choose_device(arguments.device))
    found, _ = estimate_kernel(picture, kernel_size=arguments.size, region=arguments.region)
    kernel = trimmed(found)[0].cpu()
    if arguments.target.suffix.lower() == ".npy":
        write_array(arguments.target, kernel)
    else:
        write_view(arguments.target, kernel)
    if not arguments.quiet:
        side, sigma = kernel.shape[-1], mean_noise_level(values[0].float())
        say(f"{arguments.target}: kernel of {side}×{side} pixels; noise of the stored values: --sigma {sigma:.5f}")
    return 0


def write_array(path: Path, kernel: Tensor) -> None:
    """k,k as .npy, float32, in the orientation of convolution; whole or not at all.

    Raises:
        UsageError: It cannot be written.
    """
    import numpy as np
    from burnish.io import write_whole

    held = io.BytesIO()
    np.save(held, kernel.numpy(), allow_pickle=False)
    try:
        write_whole(path, held.getvalue())
    except OSError as error:
        raise UsageError(f"{path}: cannot be written ({error.strerror or error}); give another place") from error


def write_view(path: Path, kernel: Tensor) -> None:
    """k,k as a grey picture with the largest value white, enlarged to at least ``VIEW`` pixels."""
    import numpy as np
    from burnish.io import Picture, write_picture

    factor = -(-VIEW // kernel.shape[-1])
    levels = (kernel / kernel.max() * 255.0).round().byte().numpy()
    write_picture(path, Picture(pixels=np.kron(levels, np.ones((factor, factor), np.uint8))[..., None]))


def _parser() -> Parser:
    parser = Parser(
        "kernel",
        "Estimate the blur of a photograph that is blurred alike everywhere.",
        "burnish kernel shaken.jpg kernel.npy\n"
        "  burnish restore shaken.jpg sharp.jpg --restorer deconvolution/wiener --kernel kernel.npy --sigma 0.01",
    )
    parser.add_argument("source", metavar="IN", type=Path, help="the blurred picture")
    parser.add_argument("target", metavar="OUT", type=Path, help=".npy for --kernel, or .png enlarged to look at")
    parser.add_argument("--size", type=natural, default=0, metavar="K", help="largest side in pixels; 0: automatic")
    parser.add_argument("--region", type=natural, default=640, metavar="N", help="side of what is looked at; 0: all")
    for name in ("--transfer", "--device", "--quiet"):
        add_shared(parser, name)
    return parser


main = Command(_parser, _run)
