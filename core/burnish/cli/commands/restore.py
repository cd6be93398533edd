"""``burnish restore IN… OUT``: restore pictures, clips or bursts, or folders of them."""

from __future__ import annotations

import time
from argparse import Namespace
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from burnish import garbage_collection
from burnish.cli.commands.restore_planned import (
    compare,
    failure,
    options_of,
    planned_options,
    refuse_compare,
    refuse_planned,
    run_planned,
)
from burnish.cli.options import MASKS, add_conditions, add_option, add_printing, add_restorer, add_running, add_shared
from burnish.cli.parser import Command, Parser
from burnish.cli.streams import Files, opened
from burnish.cli.values import level, share
from burnish.console.output import answer, say, tell
from burnish.errors import BurnishError, UsageError

if TYPE_CHECKING:
    from burnish.inference import Restored, Restorer


def _parser() -> Parser:
    parser = Parser(
        "restore",
        "Restore pictures, or all pictures of folders. Depth, alpha and metadata stay.\n"
        "Without a restorer each picture is examined: what is wrong with it and can be undone is undone by the\n"
        "installed restorers that are best for it, and a picture with nothing wrong stays as it is.\n"
        "Restorers of clips and bursts take a folder of frames (or a folder of such folders); every restorer takes\n"
        "a video. A burst becomes a picture, a clip a folder of frames, or a video (.mkv is lossless; no sound).",
        "burnish restore photo.jpg clear.png",
        "burnish restore noisy.png clear.png --restorer classical/bm3d --sigma 25/255",
        "burnish restore blurred.jpg sharp.jpg --restorer deconvolution/wiener --kernel kernel.npy --sigma 0.01",
        "burnish restore noisy.png clear.png --bundle bundles/calibrated --coverage 0.9",
    )
    told = "pictures, videos, folders of pictures or frames; - for standard input"
    add_option(parser, "source", told, metavar="IN", type=Path, nargs="+")
    told = "a picture or video (its suffix is the format), - for standard output, or a folder (required for several IN)"
    add_option(parser, "target", told, metavar="OUT", type=Path)
    add_restorer(parser, "default: chosen for each picture", required=False)
    planned_options(parser)
    add_conditions(parser)
    add_running(parser, "--strength", "--precision", "--engine", "--tile", "--memory", "--device", "--allow-damaged")
    add_shared(parser, "--format", "default: the format of IN")
    told = "also write before and after: a page with a line to drag (.html), or of one picture a picture (.png)"
    add_option(parser, "--compare", told, metavar="FILE", type=Path)
    told = (
        "also write between which values this part of the true ones lies, as 0.9: OUT-low, OUT-high and OUT-width\n"
        "beside OUT, of a clip as folders of frames"
    )
    add_option(parser, "--coverage", told, metavar="F", type=share, default=0.0)
    told = "with --coverage: also write OUT-unsure, white where the interval is wider; in [0, 1], also as 25/255"
    add_option(parser, "--unsure", told, metavar="WIDTH", type=level)
    told = "also write OUT-disagreement.png, light where the estimate, degraded again, contradicts IN"
    add_option(parser, "--disagreement", told, action="store_true")
    told = "do it all the same; return the estimate even where the restorer doubts it (as --set force=true)"
    add_option(parser, "--force", told, action="store_true")
    add_printing(parser, "--json", "--quiet")
    return parser


def _run(arguments: Namespace) -> int:
    """Restore; exit status 1 when one of several pictures failed."""
    with opened(arguments.source, arguments.target, format=arguments.format, json=arguments.json) as files:
        if arguments.restorer is None and arguments.bundle is None and arguments.model is None:
            return run_planned(arguments, files)
        refuse_planned(arguments)
        return _restore(arguments, files)


def _restore(arguments: Namespace, files: Files) -> int:
    with garbage_collection.importing("torch"):
        from burnish.inference.files.clips import has_frames
        from burnish.inference.files.made import lines
        from burnish.inference.masks import refuse_unused_mask

    conditions = _conditions(arguments, files.target)
    loaded = _load(arguments)
    _refuse_interval(arguments, files, loaded)
    _refuse_map(arguments, files, loaded, conditions)
    refuse_compare(arguments, files, framed=any(has_frames(loaded, source) for source in files.sources))
    if "mask" in conditions:
        refuse_unused_mask(loaded)
    done = _done(arguments, loaded, files, conditions)
    failed = [restored for restored in done if restored.error]
    for restored in failed:
        tell(f"burnish: {restored.error}")
    told = [each for each in done if not has_frames(loaded, each.source)]  # of frames it was said before
    for line in lines((restored.target, restored.notes) for restored in told):
        tell(f"burnish: {files.named(line)}")
    compare(arguments, files, ((one, f"{loaded.id}") for one in done))
    if arguments.json:
        answer(_record(loaded, done))
    elif not arguments.quiet and not files.piped:
        seconds = sum(restored.seconds for restored in done)
        pictures = f"{len(done)} picture{'s' if len(done) != 1 else ''}"
        by = f"{_light(done)}{_engine(done)}"
        say(f"restored {len(done) - len(failed)} of {pictures} with {loaded.id} in {seconds:.1f} s{by}")
    return 1 if failed else 0


def _refuse_interval(arguments: Namespace, files: Files, loaded: Restorer) -> None:
    """Refuse an interval that cannot be given, before a picture is restored."""
    if arguments.unsure is not None and not arguments.coverage:
        raise UsageError("--unsure marks where an interval is wide; give --coverage as well")
    if not arguments.coverage:
        return
    if files.piped:
        raise UsageError("--coverage writes pictures beside OUT, which is standard output; give OUT a name")
    if arguments.strength != 1.0:
        raise UsageError("--coverage is of the whole estimate; leave --strength out")
    from burnish.uncertainty.calibration import read

    if arguments.coverage == 1.0:
        raise UsageError("--coverage 1 is out of range: no interval covers all values for certain; give 0.9")
    read(loaded).factor(arguments.coverage)


def _refuse_map(arguments: Namespace, files: Files, loaded: Restorer, conditions: dict[str, object]) -> None:
    """Refuse a map of disagreement that cannot be made, before a picture is restored."""
    if not arguments.disagreement:
        return
    if files.piped:
        raise UsageError("--disagreement writes a picture beside OUT, which is standard output; give OUT a name")
    from burnish.inference.consistency import refuse_unknown

    refuse_unknown(loaded, conditions)


def _conditions(arguments: Namespace, target: Path) -> dict[str, object]:
    """What is known of all pictures."""
    from burnish.inference import read_kernel
    from burnish.inference.masks import read_mask
    from burnish.io.outputs import refuse_same

    known: dict[str, object] = {} if arguments.sigma is None else {"sigma": arguments.sigma}
    readers = {"kernel": read_kernel, **dict.fromkeys(MASKS, read_mask)}
    for name, read in readers.items():
        path: Path | None = getattr(arguments, name)
        if path is not None:
            refuse_same(path, target)
            known[name] = read(path)
    return known


def _done(arguments: Namespace, loaded: Restorer, files: Files, conditions: dict[str, object]) -> list[Restored]:
    """The outcome of every input; if one of several fails, it is recorded, and the others continue."""
    from burnish.console.progress import track
    from burnish.inference import restore_files
    from burnish.inference.files.folders import Reading
    from burnish.inference.files.inputs import input_targets

    options = options_of(arguments)
    beside = {name: getattr(arguments, name) for name in ("coverage", "unsure", "disagreement")}
    targets = input_targets(loaded, files.sources, files.target)
    if len(targets) == 1:
        ((source, target),) = targets
        done = restore_files(loaded, source, target, conditions, options, **beside, quiet=arguments.quiet)
        return [replace(each, source=files.typed(each.source)) for each in done]
    done, isolated = [], Reading(isolate=True)
    for source, target in track(targets, description=f"Restoring with {loaded.id}", quiet=arguments.quiet):
        begun = time.perf_counter()
        try:
            done += restore_files(loaded, source, target, conditions, options, reading=isolated, **beside, quiet=True)
        except BurnishError as error:
            done.append(failure(source, target, str(error), time.perf_counter() - begun))
    return done


def _load(arguments: Namespace) -> Restorer:
    from burnish.inference import load_bundle, load_restorer, locate_model
    from burnish.plugins.configuration import parse_settings

    config = parse_settings([*arguments.set, "force=true"] if arguments.force else arguments.set)
    if arguments.restorer is not None:
        return load_restorer(arguments.restorer, config, device=arguments.device)
    folder = arguments.bundle if arguments.bundle is not None else locate_model(arguments.model)
    return load_bundle(folder, config, device=arguments.device)


def _record(loaded: Restorer, done: list[Restored]) -> dict[str, Any]:
    return {
        "restorer": loaded.id,
        "distribution": loaded.distribution,
        "version": loaded.version,
        "origin": loaded.origin,
        "device": str(loaded.device),
        "config": dict(loaded.config),
        "failed": sum(bool(restored.error) for restored in done),
        "pictures": [
            {
                "source": str(restored.source),
                "target": None if restored.error else str(restored.target),
                "seconds": round(restored.seconds, 4),
                "megapixels": restored.megapixels,
                "transfer": restored.transfer or None,
                "error": restored.error or None,
                "damage": restored.damage or None,
                "notes": list(restored.notes),
                "doubtful": restored.doubtful,
                "engine": restored.engine or None,
            }
            for restored in done
        ],
    }


def _light(done: list[Restored]) -> str:
    """By which curves values were taken for light, where the restorer works on light."""
    used = sorted({restored.transfer for restored in done} - {""})
    return f" (in linear light: {', '.join(used)})" if used else ""


def _engine(done: list[Restored]) -> str:
    """What computed it, where it was not torch itself."""
    used = sorted({restored.engine for restored in done if not restored.engine.startswith("eager")} - {""})
    return f", computed by {', '.join(used)}" if used else ""


main = Command(_parser, _run)
