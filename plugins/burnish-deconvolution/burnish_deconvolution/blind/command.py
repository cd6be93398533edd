"""``burnish kernel IN… OUT``: the blur of photographs, as arrays to use or a picture to look at."""

from __future__ import annotations

import io
from argparse import Namespace
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from burnish.cli import Command, Parser, add_shared, natural
from burnish.console import answer, say, tell
from burnish.errors import BurnishError, UsageError

if TYPE_CHECKING:
    from torch import Tensor

VIEW = 256
"""A kernel's picture is enlarged, every value a square, to at least this many pixels."""


@dataclass(frozen=True)
class Estimated:
    """The kernel of one photograph, written to a file."""

    source: Path
    target: Path
    side: int = 0
    """Pixels."""
    sigma: float = 0.0
    """Noise of the stored values, as ``burnish restore --sigma`` takes it."""
    doubt: str = ""
    """Why the kernel is not to be trusted, in one line; empty: it is."""
    error: str = ""
    """One line where it failed; then nothing was written."""


def _run(arguments: Namespace) -> int:
    """Estimate, write, and say size, noise and doubts; exit status 1 when one of several photographs failed."""
    done = []
    pairs = targets(arguments.source, arguments.target)
    for source, target in pairs:
        try:
            made = _estimate(arguments, source, target)
        except BurnishError as error:
            if len(pairs) == 1:
                raise
            named = str(error) if str(source) in str(error) else f"{source}: {error}"
            made = Estimated(source, target, error=" ".join(named.split()))
            tell(f"burnish: {made.error}")
        done.append(made)
        if not made.error and not arguments.quiet and not arguments.json:
            size = f"{made.side}×{made.side}"
            say(f"{made.target}: kernel of {size} pixels; noise of the stored values: --sigma {made.sigma:.5f}")
        if made.doubt and not arguments.json:
            tell(f"burnish: {source}: {made.doubt}")
    failed = sum(bool(made.error) for made in done)
    if arguments.json:
        answer({"failed": failed, "kernels": [_record(made) for made in done]})
    return 1 if failed else 0


def targets(sources: Sequence[Path], target: Path) -> list[tuple[Path, Path]]:
    """Each photograph with the file of its kernel: of several, or of a folder, ``.npy`` files of the same names, as
    ``burnish evaluate --kernel`` takes them.

    Raises:
        UsageError: ``target`` is neither ``.npy`` nor ``.png``, or no folder where one is due; two would become one.
        DataError: A folder is missing, or holds no picture.
    """
    from burnish.io import list_pictures, refuse_same

    if len(sources) == 1 and not sources[0].is_dir():
        if target.suffix.lower() not in {".npy", ".png"}:
            raise UsageError(f"{target}: give .npy (for --kernel of `burnish restore`) or .png (to look at)")
        refuse_same(sources[0], target)
        return [(sources[0], target)]
    if target.is_file() or target.suffix.lower() in {".npy", ".png"}:
        raise UsageError(f"{target}: is not a folder; several IN need an output folder as the last argument")
    found: dict[Path, Path] = {}
    for source in sources:
        for path in list_pictures(source) if source.is_dir() else [source]:
            inside = path.relative_to(source) if source.is_dir() else Path(path.name)
            place = target / (Path() if len(sources) == 1 or not source.is_dir() else source.resolve().name) / inside
            place = place.with_suffix(".npy")
            if found.setdefault(place, path) != path:
                raise UsageError(f"{path} and {found[place]} would both become {place.name}; rename one")
    return [(path, place) for place, path in found.items()]


def _estimate(arguments: Namespace, source: Path, target: Path) -> Estimated:
    from burnish.inference import choose_device
    from burnish.io import read_picture, to_tensor, transfer_of

    from burnish_deconvolution.blind.estimator import NOT_BLURRED, doubted, find_blur
    from burnish_deconvolution.blind.noise import mean_noise_level

    stored = read_picture(source)
    values = to_tensor(stored)
    light = transfer_of(stored, arguments.transfer or "auto").to_light(values)
    picture = light.to(choose_device(arguments.device))
    blur = find_blur(picture[0], kernel_size=arguments.size, region=arguments.region)
    kernel = blur.kernel.cpu()
    _make(target.parent)
    if target.suffix.lower() == ".npy":
        write_array(target, kernel)
    else:
        write_view(target, kernel)
    sigma = mean_noise_level(values[0].float())
    doubt = "" if blur.confident else doubted(blur) if blur.blurred else NOT_BLURRED
    return Estimated(source, target, side=kernel.shape[-1], sigma=sigma, doubt=doubt)


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{folder}: cannot be made ({error.strerror or error}); give another place") from error


def _record(made: Estimated) -> dict[str, object]:
    failed = bool(made.error)
    return {
        "source": str(made.source),
        "target": None if failed else str(made.target),
        "side": None if failed else made.side,
        "sigma": None if failed else made.sigma,
        "confident": None if failed else not made.doubt,
        "doubt": made.doubt or None,
        "error": made.error or None,
    }


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
        "Estimate the blur of photographs that are blurred alike everywhere, as a kernel for --kernel of other\n"
        "commands, and their noise, for --sigma.",
        "burnish kernel shaken.jpg kernel.npy",
        "burnish restore shaken.jpg sharp.jpg --restorer deconvolution/wiener --kernel kernel.npy --sigma 0.01",
        "burnish kernel shaken.jpg kernel.png",
        "burnish kernel photographs kernels",
    )
    parser.add_argument("source", metavar="IN", type=Path, nargs="+", help="blurred pictures, or folders of them")
    told = ".npy for --kernel, or .png enlarged to look at; a folder (required for several IN) for .npy files"
    parser.add_argument("target", metavar="OUT", type=Path, help=told)
    parser.add_argument(
        "--size", type=natural, default=0, metavar="K", help="largest side of the kernel in pixels; default: automatic"
    )
    parser.add_argument(
        "--region",
        type=natural,
        default=640,
        metavar="N",
        help="side in pixels of the part of a photograph that is used; 0: all (default: 640)",
    )
    add_shared(parser, "--transfer", "default: auto")
    for name in ("--device", "--json", "--quiet"):
        add_shared(parser, name)
    return parser


main = Command(_parser, _run)
