"""``burnish degrade IN… OUT``: degrade clean pictures with a seed, and write the drawn parameters next to them."""

from __future__ import annotations

import json
from argparse import Namespace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from burnish.cli.options import add_option, add_printing, add_running, add_shared
from burnish.cli.parser import Command, Parser
from burnish.cli.streams import Files, opened
from burnish.console.output import answer, say, tell
from burnish.errors import BurnishError, DataError, ImagingError, UsageError

if TYPE_CHECKING:
    from burnish.plugins.catalog import Entry
    from burnish.protocols import Degrader, Observation

FORMAT = 1
"""Version of the record beside a degraded picture."""

LOSSLESS = {".jpg": ".png", ".jpeg": ".png", ".webp": ".png"}
"""In a folder, the suffix that a picture of a lossy format gets: nothing but the degrader shall degrade it."""


def _run(arguments: Namespace) -> int:
    """Degrade; exit status 1 when one of several pictures failed."""
    if arguments.replay and (arguments.set or arguments.seed is not None):
        raise UsageError("--replay repeats a record; remove --set and --seed")
    with opened(
        arguments.source, arguments.target, format=arguments.format, json=arguments.json, lossless=LOSSLESS
    ) as files:
        return _degrade(arguments, files)


def _degrade(arguments: Namespace, files: Files) -> int:
    from burnish.cli.commands.degrade_frames import degrade_frames
    from burnish.console.progress import track
    from burnish.inference.files.made import lines

    job = _Replay(arguments, files) if arguments.replay else _Draw(arguments, files)
    done: list[dict[str, Any]] = []
    framed = job.temporal != "single"
    pairs = _pairs(files, job.temporal)
    for source, target in track(pairs, description="Degrading", quiet=arguments.quiet):
        record: dict[str, Any] = {
            "source": str(files.typed(source)),
            "target": str(target),
            "parameters": str(record_of(target)),
        }
        record |= {"error": None, "notes": []}
        try:
            if framed:
                degrade_frames(partial(_made, job, source, target), source, target, record_of=record_of)
            else:
                record["notes"] = list(_degrade_file(job, source, target))
        except (BurnishError, OSError) as error:
            if len(pairs) == 1 and (framed or not files.sources[0].is_dir()):
                raise _named(error, source) from error
            record["error"] = str(_named(error, source))
            tell(f"burnish: {record['error']}")
        done.append(record)
    failed = sum(bool(record["error"]) for record in done)
    for line in lines((record["target"], record["notes"]) for record in done):
        tell(f"burnish: {files.named(line)}")
    if arguments.json:
        answer({"failed": failed, "pictures": done})
    elif not arguments.quiet and not files.piped:
        say(f"degraded {len(done) - failed} of {len(done)} picture{'s' if len(done) != 1 else ''}")
    return 1 if failed else 0


def _pairs(files: Files, temporal: str) -> list[tuple[Path, Path]]:
    """What becomes which picture or folder of frames; refused before any work where two would become one."""
    from burnish.cli.commands.degrade_frames import frame_pairs
    from burnish.io.outputs import check_pairs, output_pairs

    def suffix(path: Path) -> str:
        return "" if temporal != "single" else LOSSLESS.get(path.suffix.lower(), path.suffix)

    pairs = []
    for source, target in files.targets(suffix):
        framed = temporal != "single"
        pairs += frame_pairs(source, target, temporal) if framed else output_pairs(source, target, renamed=LOSSLESS)
    check_pairs(pairs)
    return pairs


def record_of(target: Path) -> Path:
    """Where the record of a degraded picture is: ``noisy.png`` → ``noisy.png.json``."""
    return target.with_name(target.name + ".json")


def _parser() -> Parser:
    parser = Parser(
        "degrade",
        "Degrade clean pictures, or all pictures of folders. Depth and metadata stay; values beyond black and\n"
        "white are clipped, as in every file. The drawn parameters are written next to each picture: OUT.json (except\n"
        "if OUT is -). With several pictures, JPEG and WebP become PNG, so only the degrader degrades them.\n"
        "A degrader of bursts makes a folder of frames from each picture; a degrader of clips takes folders of frames.",
        "burnish degrade clean noisy --degrader gaussian-noise --set sigma=0.1 --seed 1",
        "burnish degrade photo.png small.png --degrader bicubic --set scale=4",
        "burnish degrade clean again --replay noisy",
    )
    told = "pictures, folders of pictures or clips; - for standard input"
    add_option(parser, "source", told, metavar="IN", type=Path, nargs="+")
    told = "a picture (its suffix is the format), - for standard output, or a folder (required for several IN)"
    add_option(parser, "target", told, metavar="OUT", type=Path)
    group = parser.add_argument_group(
        "the degrader, which makes noise, blur or small pictures: one of --degrader, --replay"
    )
    which = group.add_mutually_exclusive_group(required=True)
    add_shared(which, "--degrader")
    told = "repeat this record (for several pictures: the folder of records)"
    add_option(which, "--replay", told, metavar="PATH", type=Path)
    add_shared(group, "--set")
    add_shared(group, "--seed", "with the picture's name; default: 0")
    add_running(parser, "--allow-damaged")
    add_shared(parser, "--format", "default: the format of IN, PNG for a lossy one")
    add_printing(parser, "--json", "--quiet")
    return parser


class _Draw:
    """Degrading by a seed and a picture's name."""

    def __init__(self, arguments: Namespace, files: Files) -> None:
        from burnish.plugins.catalog import installed
        from burnish.plugins.configuration import complete, parse_settings

        self.entry: Entry = installed().get("degraders", arguments.degrader)
        self.config = complete(self.entry.spec, parse_settings(arguments.set), subject=self.entry.id)
        self.seed: int = arguments.seed or 0
        self.files = files
        self.degrader: Degrader = installed().create("degraders", self.entry.id, self.config)
        self.temporal: str = _temporal(self.entry)

    def __call__(self, clean: Any, source: Path, target: Path) -> tuple[Degrader, Observation, dict[str, Any]]:
        import torch

        from burnish.evaluation.benchmarks.degraded_inputs import image_seed

        name = self.files.name_of(source)
        made = self.degrader(clean, torch.Generator().manual_seed(image_seed(self.seed, name)))
        record = {
            "format": FORMAT,
            "degrader": self.entry.id,
            "distribution": self.entry.distribution,
            "version": self.entry.version,
            "config": self.config,
            "seed": self.seed,
            "name": name,
            "parameters": dict(made.parameters),
        }
        return self.degrader, made, record


class _Replay:
    """Degrading as recorded: from one record, or from a folder with one per picture."""

    def __init__(self, arguments: Namespace, files: Files) -> None:
        self.records: Path = arguments.replay
        self.folder = len(files.sources) > 1 or files.sources[0].is_dir()
        self.target = files.target
        if self.folder != self.records.is_dir():
            kind = "folder of records" if self.folder else "record (a file)"
            raise UsageError(f"--replay {self.records}: is not a {kind}, but {arguments.source[0]} needs one")
        self.temporal = self._first_temporal()

    def _first_temporal(self) -> str:
        """The kind of degrader in the records, by the first one."""
        from burnish.plugins.catalog import installed

        found = sorted(self.records.rglob("*.json")) if self.folder else [self.records]
        if not found:
            raise DataError(f"{self.records}: contains no record; give the output of `burnish degrade`")
        return _temporal(installed().get("degraders", read_record(found[0])["degrader"]))

    def __call__(self, clean: Any, source: Path, target: Path) -> tuple[Degrader, Observation, dict[str, Any]]:
        from burnish.plugins.catalog import installed

        path = record_of(self.records / target.relative_to(self.target)) if self.folder else self.records
        record = read_record(path)
        degrader: Degrader = installed().create("degraders", record["degrader"], record["config"])
        try:
            made = degrader.replay(clean, record["parameters"])
        except BurnishError:
            raise
        except Exception as error:
            fact = f"{type(error).__name__}: {error}"
            raise DataError(f"{path}: does not match the installed {record['degrader']} ({fact})") from error
        return degrader, made, record


def read_record(path: Path) -> dict[str, Any]:
    """Read the record next to a degraded picture.

    Raises:
        DataError: It is missing, no record, or of another format.
    """
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise DataError(
            f"{path}: cannot be read ({error.strerror}); give a record that `burnish degrade` wrote"
        ) from error
    except ValueError as error:
        raise DataError(f"{path}: is not valid JSON; give a record that `burnish degrade` wrote") from error
    if not isinstance(record, dict) or record.get("format") != FORMAT:
        raise DataError(f"{path}: is not a record of format {FORMAT}; give a record that `burnish degrade` wrote")
    missing = [key for key in ("degrader", "config", "parameters") if key not in record]
    if missing:
        raise DataError(f"{path}: lacks {', '.join(missing)}; give a record that `burnish degrade` wrote")
    return record


def _temporal(entry: Entry) -> str:
    from burnish.plugins.declarations import DegraderSpec

    return entry.spec.temporal if isinstance(entry.spec, DegraderSpec) else "single"


def _made(job: _Draw | _Replay, source: Path, target: Path, clean: Any) -> tuple[Observation, dict[str, Any]]:
    _, made, record = job(clean, source, target)
    return made, record


def _degrade_file(job: _Draw | _Replay, source: Path, target: Path) -> tuple[str, ...]:
    """Degrade one picture, and return the lines about it."""
    from burnish.cli.commands.degrade_frames import plain
    from burnish.io import from_tensor, read_picture, to_tensor, upright, write_picture
    from burnish.io.atomic import write_whole
    from burnish.io.cropping import cropped
    from burnish.io.metadata_loss import clipped, not_kept

    original = read_picture(source)
    picture = upright(original)
    clean = to_tensor(picture)
    degrader, made, record = job(clean, source, target)
    like = picture
    if made.target.shape != clean.shape:
        like = cropped(picture, clean, lambda whole: degrader.replay(whole, made.parameters).target)
    degraded = from_tensor(made.degraded, like)
    record["conditions"] = plain(made.conditions)
    target.parent.mkdir(parents=True, exist_ok=True)
    write_whole(record_of(target), (json.dumps(record, indent=2) + "\n").encode())
    write_picture(target, degraded)
    return clipped(made.degraded, picture) + not_kept(original, degraded, target)


def _named(error: BurnishError | OSError, source: Path) -> BurnishError:
    """The error in one line that names the picture."""
    if isinstance(error, OSError):
        return ImagingError(f"{source}: cannot be degraded ({error}); check permissions and space")
    line = " ".join(str(error).split())
    return type(error)(line if str(source) in line else f"{source}: {line}")


main = Command(_parser, _run)
