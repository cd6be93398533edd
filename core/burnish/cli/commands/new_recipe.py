"""``burnish new-recipe``: write a commented recipe, or the schema with which editors check recipes."""

from __future__ import annotations

import json
import re
import string
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

from burnish.cli.options import add_option, add_shared
from burnish.cli.parser import Command, Parser
from burnish.console.output import say
from burnish.errors import ConfigError, DataError, UsageError

if TYPE_CHECKING:
    from burnish.plugins.catalog import Catalog, Entry
    from burnish.plugins.declarations import DegraderSpec, RestorerSpec

TEMPLATE = Path(__file__).parent.parent / "templates" / "recipe.yaml.template"
FOLDERS = {
    "train": ("train", "training"),
    "validation": ("validation", "valid", "val"),
    "test": ("test", "testing"),
}
"""What pictures are for → how their folder may be called."""
TASKS = ("denoise", "deblur", "super-resolve", "dejpeg")
"""Of several degraders that a restorer can undo, those of the first of these tasks are proposed first."""
OTHERS = 4
"""So many other degraders and baselines are named beside the proposed one."""


def _run(arguments: Namespace) -> int:
    """Write the recipe (to standard output, or a new file), or print the schema."""
    from burnish.recipe.document import schema_text

    if arguments.schema:
        say(schema_text().splitlines())
        return 0
    if missing := [name for name in ("name", "restorer", "data") if getattr(arguments, name) is None]:
        raise UsageError(f"give --{' and --'.join(missing)}, or --schema alone")
    text = written(arguments)
    if arguments.out is None:
        say(text.splitlines())
    else:
        _keep(arguments.out, text, schema_text())
    return 0


def _parser() -> Parser:
    parser = Parser(
        "new-recipe",
        "Write a commented recipe that runs unchanged: the YAML file that says what to train, on which pictures,\n"
        "how long, and how the result is judged; for `burnish train` and `burnish retrain`. The data folder needs\n"
        "a folder of training pictures (train), one of test pictures (test), and optionally one to choose the best\n"
        "checkpoint (validation).",
        "burnish new-recipe --name denoise --restorer cnn/dncnn --data data --out recipes/denoise.yaml",
        "burnish new-recipe --name refocus --restorer cnn/nafnet --degrader defocus-blur --data data",
        "burnish new-recipe --schema > recipes/recipe.schema.json",
    )
    add_option(
        parser, "--name", "name of the model in the registry: lower-case letters, digits, hyphens", metavar="NAME"
    )
    parser.formerly("--model", "--name")
    add_shared(parser, "--restorer", "trained from scratch, or from the given weights")
    add_shared(parser, "--degrader", "default: by the restorer's tasks")
    add_shared(parser, "--data", "with clean pictures, within the project")
    add_shared(parser, "--out", "a new file; default: printed")
    add_option(parser, "--schema", "print the JSON Schema of recipes instead, for editors", action="store_true")
    return parser


def written(arguments: Namespace) -> str:
    """The recipe's text, checked.

    Raises:
        UnknownIdError, ConfigError, DataError: A name or the data do not fit.
    """
    from burnish.plugins.catalog import installed
    from burnish.recipe.document import SCHEMA_COMMENT, parse_recipe
    from burnish.schema.yaml_text import CONTROL

    catalog = installed()
    restorer = catalog.get("restorers", arguments.restorer)
    weights = arguments.restorer.partition(":")[2]
    degrader, others = _degrader(restorer, arguments.degrader, catalog)
    spec = cast("DegraderSpec", degrader.spec)
    scale = _scale(restorer, weights, spec)
    folders = found_folders(arguments.data)
    words = {
        "comment": SCHEMA_COMMENT,
        "file": CONTROL.sub("?", str(arguments.out or "recipe.yaml")),
        "model": _word(arguments.name),
        "model_folder": arguments.name,
        "restorer": f"{restorer.id}:{weights}" if weights else restorer.id,
        "restorer_id": restorer.id,
        "restorer_summary": restorer.spec.summary,
        "own_scale": "" if weights else scale,
        "degrader": degrader.id,
        "degrader_summary": spec.summary,
        "scale": scale,
        "other_degraders": _others(others),
        "root": _word(_relative(arguments.data).as_posix()),
        "train": _word(folders["train"]),
        "validation": _word(folders.get("validation", "")),
        "validation_use": "chooses the best checkpoint, never the champion" if "validation" in folders else "none",
        "test": _word(folders["test"]),
        "frames": "  frames: 7                      # of the clean clips\n" if spec.temporal == "video" else "",
        "benchmark": spec.name,
        "metrics": ", ".join(_metrics(catalog)),
        "baselines": _baselines(catalog.undoing(degrader.id), scale, gives=spec.gives),
    }
    text = string.Template(TEMPLATE.read_text(encoding="utf-8")).substitute(words)
    text = "\n".join(map(_aligned, text.splitlines())) + "\n"
    parse_recipe(text, subject="new recipe")
    return text


def _keep(out: Path, text: str, schema: str) -> None:
    from burnish.io.atomic import write_whole
    from burnish.recipe.document import SCHEMA_FILE

    if out.exists():
        raise UsageError(f"{out}: exists already and is never overwritten; choose another --out")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        write_whole(out, text.encode())
        write_whole(out.with_name(SCHEMA_FILE), schema.encode())
    except OSError as error:
        raise UsageError(f"{out}: cannot be written ({error.strerror}); choose another --out") from error
    say(f"{out}, and {SCHEMA_FILE} next to it for editors; its first lines show how to run it")


def _degrader(restorer: Entry, wanted: str | None, catalog: Catalog) -> tuple[Entry, list[str]]:
    """The degrader that is wanted or proposed, and the ids of others that the restorer can undo, the plainest first.

    Raises:
        UnknownIdError, ConfigError: There is none, or the restorer has nothing to train or cannot undo the wanted one.
    """
    spec = cast("RestorerSpec", restorer.spec)
    if not spec.trainable:
        raise ConfigError(f"{restorer.id} has nothing to train; name a trainable restorer (burnish list restorers)")
    if spec.suffixes:
        raise ConfigError(
            f"{restorer.id} is made of a file: burnish import-weights FILE BUNDLE, and begin a recipe with it by hand "
            "(initial: BUNDLE), as the README of its plugin shows"
        )

    def rank(entry: Entry) -> tuple[bool, int, int, int, str]:
        made = cast("DegraderSpec", entry.spec)
        first = min((TASKS.index(task) for task in made.tasks & spec.tasks if task in TASKS), default=len(TASKS))
        return made.temporal != spec.temporal, len(made.tasks), first, len(made.config), entry.id

    fitting = {entry.id: entry for entry in sorted(catalog.undone_by(restorer.id), key=rank)}
    id = catalog.get("degraders", wanted).id if wanted else next(iter(fitting), "any installed degrader")
    if id not in fitting:
        raise ConfigError(f"{restorer.id} cannot undo {id}; it can undo {', '.join(fitting) or 'none'}")
    return fitting[id], [other for other in fitting if other != id]


def found_folders(data: Path) -> dict[str, str]:
    """Purpose → name of the folder in the data's folder.

    Raises:
        DataError: There are no pictures to train on, or none to judge by.
    """
    found = {purpose: name for purpose, names in FOLDERS.items() for name in names[::-1] if (data / name).is_dir()}
    if missing := [purpose for purpose in ("train", "test") if purpose not in found]:
        wanted = " and ".join(f"{data / purpose}" for purpose in missing)
        raise DataError(f"{data}: there is no {wanted}; put training pictures and test pictures into folders")
    return found


def _relative(data: Path) -> Path:
    """The folder as recipes name it, from where the project is."""
    whole, here = data.resolve(), Path.cwd().resolve()
    return whole.relative_to(here) if whole.is_relative_to(here) else whole


def _scale(restorer: Entry, weights: str, degrader: DegraderSpec) -> str:
    """The factor that both take, where the restorer enlarges: as a setting."""
    from burnish.inference.loading.shipped import shipped_bundle
    from burnish.restorer.bundle import read_bundle

    spec = cast("RestorerSpec", restorer.spec)
    if "scale" not in spec.config or "scale" not in degrader.config:
        return ""
    trained = read_bundle(shipped_bundle(restorer, weights)).config.get("scale") if weights else None
    both = [scale for scale in spec.scale if scale in degrader.scale and scale > 1]
    factor = trained if trained is not None else next(iter(both), None)
    return f"scale: {factor}" if factor is not None else ""


def _metrics(catalog: Catalog) -> list[str]:
    """PSNR and SSIM, otherwise any metric that compares pictures."""
    pictures = [
        entry.id
        for entry in catalog.entries("metrics").values()
        if getattr(entry.spec, "of", "") == "picture" and getattr(entry.spec, "needs_reference", False)
    ]
    if not pictures:
        raise ConfigError("no metric is installed; install burnish-metrics")
    return [id for name in ("psnr", "ssim") for id in pictures if id.rpartition("/")[2] == name] or pictures[:1]


def _baselines(undoing: Sequence[Entry], scale: str, *, gives: frozenset[str]) -> str:
    """One restorer without training, and the names of others."""
    fitting = []
    for entry in undoing:
        spec = cast("RestorerSpec", entry.spec)
        ready = not spec.trainable and not spec.suffixes and not spec.asks
        plain = ready and spec.needs <= gives and entry.id != "burnish/identity"
        if plain and ("scale" in spec.config) == bool(scale):
            fitting.append(entry.id)
    if not fitting:
        return " []                    # restorers that the first champion must beat; none: burnish chooses"
    config = f"\n    config: {{{scale}}}" if scale else ""
    use = "restorers without training: the first champion must beat the best of them"
    return f"  # {use}{_others(fitting[1:])}\n  - id: {fitting[0]}{config}"


def _others(ids: Sequence[str]) -> str:
    return f"\n  # others: {', '.join(ids[:OTHERS])}" if ids else ""


def _word(text: str) -> str:
    """A text as YAML has it: quoted where it needs to be."""
    import yaml

    plain = re.fullmatch(r"[A-Za-z][\w./-]*", text) and yaml.safe_load(text) == text
    return text if plain else json.dumps(text, ensure_ascii=False)


def _aligned(line: str) -> str:
    """A line whose comment stands in one column, where there is room."""
    content, mark, comment = line.partition("  # ")
    return f"{content.rstrip():<32} # {comment}" if mark and content.strip() else line.rstrip()


main = Command(_parser, _run)
