"""``burnish export OUT``: write a network as a file of another program, compared with torch before it is there."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from burnish.cli.loading import named_restorer
from burnish.cli.options import add_option, add_printing, add_restorer
from burnish.cli.parser import Command, Parser
from burnish.cli.values import natural
from burnish.console.output import answer, say

if TYPE_CHECKING:
    from burnish.exporting.export import Exported

FORMATS = {
    "onnx": "an ONNX file, for ONNX Runtime, OpenCV, OpenVINO, browsers, phones",
    "openvino": "a folder with OpenVINO's model.xml and model.bin",
    "torchscript": "a TorchScript file, for torch without Python",
    "bioimageio": "a zip of the bioimage.io model zoo, with the network in ONNX",
    "dtmodel": "a .dtmodel archive for darktable's neural restore",
}


def _parser() -> Parser:
    parser = Parser(
        "export",
        "Write a trained network as a file of another program. The file says how pictures are cut for it, and holds\n"
        "a test picture with its estimate. It is there only if its runtime computes what torch computes, to 60 dB,\n"
        "on pictures of several sizes.",
        "burnish export dncnn.onnx --onnx --restorer cnn/dncnn:grey-25",
        "burnish export denoise-openvino --openvino --bundle bundles/denoise",
        "burnish export deblur.zip --bioimageio --model deblur@champion --json",
    )
    parser.add_argument("out", metavar="OUT", type=Path, help="the file; with --openvino a folder")
    add_restorer(parser, "with learned weights")
    asked = parser.add_argument_group("the format")
    which = asked.add_mutually_exclusive_group(required=True)
    for name, told in FORMATS.items():
        add_option(which, f"--{name}", told, action="store_true")
    told = "frames of the bursts or clips that it will take; default: as many as it was trained with"
    add_option(asked, "--frames", told, metavar="N", type=natural, default=0)
    add_printing(parser, "--json")
    return parser


def _run(arguments: Namespace) -> int:
    """Write the file, and tell how well it agrees."""
    from burnish.exporting.export import export

    loaded = named_restorer(arguments, device="cpu")
    format = next(name for name in FORMATS if getattr(arguments, name))
    made = export(loaded, arguments.out, format, frames=arguments.frames)
    if arguments.json:
        answer(asdict(made) | {"file": str(made.file)})
    else:
        say(_lines(made))
    return 0


main = Command(_parser, _run)


def _lines(made: Exported) -> list[str]:
    sides, batch = made.about["sides"], made.about["inputs"][0]["shape"][0]
    facts = [
        f"{made.size / 1e6:.2f} MB",
        "any number of pictures" if batch == "batch" else "one picture at a time",
        f"sides from {sides['least']} in steps of {sides['multiple']}",
    ]
    rows = [
        f"  {'×'.join(map(str, one.shape)):16} {one.psnr:5.0f} dB, largest error {one.max_error:.1e}"
        for one in made.parity
    ]
    ends = [f"  OpenCV's dnn: {made.opencv}"] if made.opencv else []
    return [f"{made.file}: {made.about['name']} in {made.format}, {', '.join(facts)}", *rows, *ends]
