"""``burnish flow FIRST SECOND OUT``: estimate the optical flow between two pictures; store, show and score it."""

from __future__ import annotations

import time
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from burnish.cli import Command, Parser, add_shared, duration
from burnish.console import answer, say
from burnish.errors import DataError, UsageError

from burnish_optical_flow.plugin import ESTIMATORS

if TYPE_CHECKING:
    from torch import Tensor

FLOW, PICTURE = ".flo", ".png"

_DESCRIPTION = """\
Estimate where each pixel of FIRST is in SECOND. OUT.flo holds the flow in Middlebury's format, OUT.png shows it: the
direction as hue, the length as saturation. FIRST may be a .flo file, which is then shown or scored; leave SECOND out.
"""
_EXAMPLES = (
    "burnish flow frame10.png frame11.png flow.png",
    "burnish flow frame10.png frame11.png flow.flo --estimator horn-schunck --truth flow10.flo",
    "burnish flow flow.flo flow.png --longest 20",
)


def _run(arguments: Namespace) -> int:
    """Estimate or read a flow, write it, and print its error if the truth is given."""
    first, second, target = _files(arguments)
    if target is not None and target.suffix.lower() not in (FLOW, PICTURE):
        raise UsageError(f"{target}: a flow is written as {FLOW} or {PICTURE}; give it one of these suffixes")
    if target is None and arguments.truth is None:
        raise UsageError("there is nothing to do; give OUT.flo or OUT.png, or --truth FILE")
    if target is not None:
        from burnish.io import refuse_same

        for read in filter(None, (first, second, arguments.truth)):
            refuse_same(read, target)
    import torch

    started = time.perf_counter()
    with torch.no_grad():
        flow = _read(first) if second is None else _estimated(first, second, arguments.estimator)
        seconds = time.perf_counter() - started
        told = _report(flow, arguments)
        told["seconds"] = None if second is None else round(seconds, 3)
        if target is not None:
            _write(target, flow, arguments.longest)
            told["out"] = str(target)
    if arguments.json:
        answer(told)
    else:
        say(_sentence(told))
    return 0


def _parser() -> Parser:
    parser = Parser("flow", _DESCRIPTION, *_EXAMPLES)
    parser.add_argument(
        "files",
        metavar="FIRST [SECOND] [OUT]",
        type=Path,
        nargs="+",
        help="the two pictures, or a .flo file; and where the flow is written",
    )
    told = "the method; default: dis, the fastest, and the best where things move far"
    parser.add_argument("--estimator", choices=ESTIMATORS, default="dis", help=told)
    parser.add_argument("--truth", metavar="FILE", type=Path, help="the true flow, a .flo file: print the error")
    parser.add_argument(
        "--longest",
        metavar="PIXELS",
        type=duration,
        help="motion in pixels that is shown in full colour; default: the longest",
    )
    add_shared(parser, "--json")
    return parser


def _files(arguments: Namespace) -> tuple[Path, Path | None, Path | None]:
    """FIRST, SECOND (None if FIRST is a flow) and OUT (None if only the error is wanted)."""
    first, *others = arguments.files
    wanted = 1 if first.suffix.lower() == FLOW else 2
    if not wanted - 1 <= len(others) <= wanted:
        raise UsageError("give FIRST SECOND OUT, or FLOW.flo OUT; see `burnish flow --help`")
    second = others[0] if wanted == 2 else None
    return first, second, others[wanted - 1] if len(others) == wanted else None


def _read(path: Path) -> Tensor:
    from burnish_optical_flow.flow.flo import read_flo

    return read_flo(path)[None]


def _estimated(first: Path, second: Path, name: str) -> Tensor:
    from burnish.io import read_clean

    from burnish_optical_flow.estimators.by_name import make_estimator

    one, two = read_clean(first), read_clean(second)
    if one.shape != two.shape:
        sizes = " and ".join(f"{frame.shape[3]}×{frame.shape[2]}" for frame in (one, two))
        raise DataError(f"{first} and {second} differ in size ({sizes}); give two frames of one clip")
    return make_estimator(name)(one, two)


def _report(flow: Tensor, arguments: Namespace) -> dict[str, Any]:
    """The report on a flow 1,2,H,W: size, motion, and errors if the truth is given."""
    from burnish_optical_flow.flow.errors import angular_error, endpoint_error, is_known

    height, width = flow.shape[-2:]
    length = flow.square().sum(1, keepdim=True).sqrt()[is_known(flow)]
    told: dict[str, Any] = {"width": width, "height": height}
    told["mean_motion"] = float(length.mean()) if length.numel() else None
    told["longest_motion"] = float(length.max()) if length.numel() else None
    if arguments.truth is not None:
        truth = _read(arguments.truth)
        if truth.shape != flow.shape:
            size = f"{truth.shape[3]}×{truth.shape[2]}"
            raise DataError(f"{arguments.truth}: is {size}, the flow {width}×{height}; give the truth of these frames")
        if not bool(is_known(truth).any()):
            raise DataError(f"{arguments.truth}: the true flow is unknown everywhere; give another truth")
        told["endpoint_error"] = float(endpoint_error(flow, truth))
        told["angular_error"] = float(angular_error(flow, truth))
    return told


def _write(target: Path, flow: Tensor, longest: float | None) -> None:
    import numpy as np
    from burnish.io import Picture, from_tensor, write_picture

    from burnish_optical_flow.flow.colour_wheel import flow_picture
    from burnish_optical_flow.flow.flo import write_flo

    if target.suffix.lower() == FLOW:
        write_flo(target, flow[0])
        return
    blank = Picture(pixels=np.zeros((*flow.shape[-2:], 3), np.uint8))
    write_picture(target, from_tensor(flow_picture(flow, longest=longest), blank))


def _sentence(told: dict[str, Any]) -> str:
    lines = [f"{told['width']}×{told['height']}: "]
    if told["mean_motion"] is None:
        lines[0] += "the flow is known nowhere"
    else:
        lines[0] += f"{told['mean_motion']:.2f} px of motion on average, {told['longest_motion']:.2f} at most"
    if "endpoint_error" in told:
        lines.append(
            f"endpoint error {told['endpoint_error']:.4f} px, angular error {told['angular_error']:.3f} degrees"
        )
    return "\n".join(lines)


main = Command(_parser, _run)
