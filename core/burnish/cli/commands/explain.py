"""``burnish explain PICTURE [OUT]``: show what a place of a restored picture was made from."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from burnish import garbage_collection
from burnish.cli.loading import named_restorer
from burnish.cli.options import MASKS, add_conditions, add_option, add_printing, add_restorer, add_running
from burnish.cli.parser import Command, Parser
from burnish.cli.values import box, names, natural, point, positive
from burnish.console.output import answer, say, tell

if TYPE_CHECKING:
    from burnish.explaining.attribution import Attribution
    from burnish.explaining.explaining import Explanation
    from burnish.inference import Restorer


def _parser() -> Parser:
    parser = Parser(
        "explain",
        "Show what a place of a restored picture was made from: which pixels of the input it rests on, by three maps\n"
        "(local attribution, integrated gradients, occlusion), of bursts and clips in which frames; which features of\n"
        "the network are dead on this picture; and how far the network looks, as measured and as declared.\n"
        "Of a network that takes one channel, the picture is explained in grey. Takes seconds to minutes.",
        "burnish explain photo.png why.html --restorer super-resolution/edsr:luma-x2 --at 120,80",
        "burnish explain noisy.png why.html --restorer cnn/ffdnet:colour --sigma 25/255 --box 40,60,32,24",
        "burnish explain burst --restorer rnn/convlstm-burst:burst-noise --at 200,150 --json",
    )
    parser.add_argument(
        "source", metavar="PICTURE", type=Path, help="a picture; of a burst or clip the folder of frames"
    )
    told = "the page to write (.html), with all pictures in it; default: none, the figures alone are printed"
    add_option(parser, "target", told, metavar="OUT", type=Path, nargs="?")
    add_restorer(parser)
    asked = parser.add_argument_group("the place")
    where = asked.add_mutually_exclusive_group(required=True)
    told = "its middle, in pixels of the restored picture; 16×16 pixels are explained"
    add_option(where, "--at", told, metavar="X,Y", type=point)
    told = "left, top, width and height, in pixels of the restored picture"
    add_option(where, "--box", told, metavar="X,Y,W,H", type=box)
    told = "of a clip, the frame that is explained, from 0; default: the middle one"
    add_option(asked, "--frame", told, metavar="N", type=natural)
    told = "what is explained of it: edges, the strength of all its edges, or level, the sum of its values"
    add_option(asked, "--detector", told, choices=("edges", "level"), default="edges")
    told = "side of the part of the input that is looked at, where the network looks further than this"
    add_option(asked, "--within", told, metavar="PIXELS", type=positive, default=192)
    told = "the maps that are made, of lam (local attribution), integrated_gradients and occlusion; default: all"
    add_option(asked, "--maps", told, metavar="NAME,…", type=names)
    add_conditions(parser)
    add_running(parser, "--device", "--allow-damaged")
    add_printing(parser, "--json", "--quiet")
    return parser


def _run(arguments: Namespace) -> int:
    """Explain, write the page, and tell the figures."""
    with garbage_collection.importing("torch"):
        from burnish.explaining.explaining import MAPS, explain
        from burnish.explaining.page import refuse_page, write_page

    if arguments.target is not None:
        refuse_page(arguments.target, arguments.source)
    loaded = named_restorer(arguments, device=arguments.device)
    made = explain(
        loaded, _given(arguments, loaded), _known(arguments), box=arguments.box, at=arguments.at,
        frame=arguments.frame, detector=arguments.detector, within=arguments.within, maps=arguments.maps or MAPS,
        quiet=arguments.quiet,
    )  # fmt: skip
    if arguments.target is not None:
        write_page(arguments.target, made, arguments.source.name)
    for note in made.notes:
        tell(f"burnish: {note}")
    if arguments.json:
        page = None if arguments.target is None else str(arguments.target)
        answer({"source": str(arguments.source), "page": page, **made.as_json()})
    elif not arguments.quiet:
        say(_lines(made))
    return 0


def _given(arguments: Namespace, loaded: Restorer) -> object:
    from burnish.io import list_frames, read_picture

    if loaded.spec.temporal == "single":
        return read_picture(arguments.source, allow_damaged=arguments.allow_damaged)
    frames = list_frames(arguments.source) if arguments.source.is_dir() else [arguments.source]
    return [read_picture(frame, allow_damaged=arguments.allow_damaged) for frame in frames]


def _known(arguments: Namespace) -> dict[str, object]:
    from burnish.inference import read_kernel
    from burnish.inference.masks import read_mask

    known: dict[str, object] = {"sigma": arguments.sigma, "transfer": arguments.transfer}
    for name, read in {"kernel": read_kernel, **dict.fromkeys(MASKS, read_mask)}.items():
        path = getattr(arguments, name)
        known[name] = None if path is None else read(path)
    return {name: value for name, value in known.items() if value is not None}


main = Command(_parser, _run)


def _lines(made: Explanation) -> Iterator[str]:
    box, region = made.box, made.region
    yield f"{made.restorer}: {box.width}×{box.height} pixels at {box.x},{box.y} of the estimate"
    part = "the whole picture" if (region.width, region.height) == made.whole else f"at {region.x},{region.y}"
    yield f"  looked at             {region.width}×{region.height} pixels of the input, {part}"
    for name, one in (
        ("local attribution", made.lam),
        ("integrated gradients", made.integrated_gradients),
        ("occlusion", made.occlusion),
    ):
        if one is not None:
            yield f"  {name:<21} {_spread(one)}"
    if made.layers:
        idle = [layer for layer in made.layers if layer.dead]
        told = f", most in {max(idle, key=lambda layer: layer.dead).name}" if idle else ""
        yield f"  layers                {len(made.layers)}, with dead features {len(idle)}{told}"
    measured = f"{'at least ' if made.measured.open else ''}{made.measured.side}"
    yield f"  receptive field       {measured} pixels measured, {made.declared or 'the whole picture'} declared"


def _spread(one: Attribution) -> str:
    shares = f"; frames {', '.join(f'{share:.0%}' for share in one.frames)}" if one.frames else ""
    near = f"99 % within {one.margin} pixels of the box"
    return f"as of {one.pixels:.0f} pixels, {near}, diffusion index {one.diffusion_index:.2f}{shares}"
