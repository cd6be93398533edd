"""``burnish noise calibrate DIR``: the noise of a camera, as a model, a plot and a degrader."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from burnish.cli import Command, Parser, add_shared
from burnish.console import answer, say
from burnish.errors import UsageError

if TYPE_CHECKING:
    from burnish_degradations.calibration.measuring import Calibration, Group


def _run(arguments: Namespace) -> int:
    """Fit, write the files, and print the model."""
    from burnish_degradations.calibration import measuring, writing

    if arguments.per_picture and not (arguments.sidecars or arguments.json):
        raise UsageError("--per-picture changes nothing here; give --sidecars or --json with it")
    dark = measuring.dark_model(arguments.dark) if arguments.dark else None
    source, found = measuring.groups(arguments.folder)
    calibration = measuring.calibrate(source, found, each=arguments.per_picture, dark=dark)
    files = writing.write_results(arguments.out, calibration, f"Noise of {arguments.folder}") if arguments.out else []
    beside = _sidecars(calibration, found) if arguments.sidecars else 0
    if arguments.json:
        answer(_as_json(calibration, files, beside))
    elif not arguments.quiet:
        say(_lines(calibration, files, beside))
    return 0


def _sidecars(calibration: Calibration, found: list[Group]) -> int:
    """Write one beside each picture: by its own model where there is one; how many there are."""
    from burnish_degradations.calibration.writing import write_sidecar

    written = 0
    for group in found:
        fitted = calibration.single.get(group.name, calibration.fit)
        for picture in group.files:
            write_sidecar(picture, fitted.model)
            written += 1
    return written


def _lines(calibration: Calibration, files: list[Path], beside: int) -> list[str]:
    fitted, model = calibration.fit, calibration.fit.model
    low, high = fitted.range
    many = "" if calibration.looked_at == 1 else "s"
    what = f"picture{many}, flat areas" if calibration.source == "pictures" else f"scene{many}, from shot to shot"
    at = ", ".join(
        f"{255 * (model.gain * max(x - model.offset, 0.0) + model.read_noise**2) ** 0.5:.2f} at {255 * x:.0f}"
        for x in (low, (low + high) / 2, high)
    )
    lines = [
        f"gain {model.gain:.5f}, read noise {model.read_noise:.5f}, offset {model.offset:.5f} (units of [0, 1])",
        f"σ of the noise: {at} (of 255)",
        f"{calibration.looked_at} {what}: {len(fitted.levels)} levels of brightness from {255 * low:.0f} to "
        f"{255 * high:.0f}, {fitted.left_out} left out; median deviation from the line {fitted.deviation:.1%}",
        *(f"warning: {warning}" for warning in calibration.warnings),
        *(f"wrote {path}" for path in files),
    ]
    return [*lines, f"wrote {beside} files beside the pictures"] if beside else lines


def _as_json(calibration: Calibration, files: list[Path], beside: int) -> dict[str, object]:
    from burnish_degradations.calibration.writing import DEGRADER, as_json, degrader_config

    fitted = calibration.fit
    figures: dict[str, object] = {
        **as_json(fitted.model),
        "degrader": {"id": DEGRADER, "config": degrader_config(calibration)},
        "source": calibration.source,
        "looked_at": calibration.looked_at,
        "levels": len(fitted.levels),
        "left_out": fitted.left_out,
        "brightness": list(fitted.range),
        "deviation": fitted.deviation,
        "correlation": calibration.correlation,
        "warnings": list(calibration.warnings),
        "files": [str(path) for path in files],
        "sidecars": beside,
    }
    if calibration.single:
        figures["single"] = {name: as_json(one.model) for name, one in calibration.single.items()}
    return figures


def _parser() -> Parser:
    examples = ("burnish noise calibrate photos --out camera", "burnish noise calibrate shots --sidecars")
    parser = Parser("noise", "Measure the noise of a camera.", *examples)
    action = Parser(
        "noise calibrate",
        "Fit gain, read noise and offset (a Poisson-Gaussian model) to flat areas of pictures, or to repeated shots: "
        "folders that each hold the shots of one scene.",
        *examples,
    )
    action.add_argument("folder", metavar="DIR", type=Path, help="pictures, or folders of shots of one scene each")
    add_shared(action, "--out", "a folder: degrader.yaml for a recipe, and the plot fit.svg")
    action.add_argument(
        "--dark", metavar="DIR", type=Path, help="pictures without light (lens cap on): offset and read noise"
    )
    action.add_argument(
        "--sidecars", action="store_true", help="write x.json beside each x.png: the model, and sigma of its noise"
    )
    action.add_argument(
        "--per-picture", action="store_true", help="a model for each picture or scene, where exposures differ"
    )
    for name in ("--json", "--quiet"):
        add_shared(action, name)
    parser.add_action("calibrate", "Fit a noise model to pictures or shots, for a recipe's degrader.", action)
    return parser


main = Command(_parser, _run)
