"""``burnish compress``: of a trained restorer a smaller one; of a recipe one that makes it, and lets gates decide."""

from __future__ import annotations

import json
from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from burnish.cli.options import add_option, add_printing, add_restorer, add_shared
from burnish.cli.parser import Command, Parser
from burnish.cli.values import decibels, positive, share
from burnish.console.output import answer, say
from burnish.errors import ConfigError, UsageError

if TYPE_CHECKING:
    from burnish.restorer.bundle import Bundle
    from burnish.training import TrainingResult

RATE = 1e-4
"""The learning rate of further training with 8 bits, which corrects little."""
PRUNED = 0.3
"""The same of a pruned network, as part of the rate of its training."""
RUNNING = ("seed", "cores", "devices", "precision", "learner")
"""The settings of a recipe's training that hold as well."""
EVERY = 200
"""Steps between validations of it."""
KEPT = ("batch", "patch", "frames", "loss", "augment", "optimiser", "learning_rate", "warmup_steps")
"""The settings of a training that hold for the further one as well."""
HEAD = """\
# yaml-language-server: $schema=recipe.schema.json
# Compresses the champion of {model}. Run it with: burnish retrain {file}
# The compressed model becomes champion if it is as good, and cheaper on the recipe's engine.
"""


def _parser() -> Parser:
    parser = Parser(
        "compress",
        "Make a trained restorer smaller and faster: its convolutions multiply whole numbers of 8 bits, whose steps\n"
        "are chosen on training pictures; layers that lose too much stay in float32. Engines that multiply such\n"
        "numbers (pip install 'burnish[openvino]') need a fraction of the time.\n"
        "Of a recipe it makes another recipe, that compresses the recipe's champion; `burnish retrain` runs it, and\n"
        "promotes the compressed model if it is as good, and cheaper.",
        "burnish compress --restorer cnn/dncnn:grey-25 --data photos --out bundles/small",
        "burnish compress --model denoise@champion --data data --train-steps 600 --out bundles/small",
        "burnish compress recipes/denoise.yaml --out recipes/denoise-int8.yaml",
    )
    told = "the recipe of the model; instead of --restorer, --bundle or --model"
    parser.add_argument("recipe", metavar="RECIPE", nargs="?", type=Path, help=told)
    add_restorer(parser, "instead of RECIPE", required=False)
    add_shared(parser, "--data", "clean ones, as for training; with or without folders train and validation")
    add_shared(parser, "--degrader", "default: that of the training")
    told = "a setting of the degrader (`burnish show ID`), may be repeated"
    add_option(parser, "--degrader-set", told, metavar="KEY=VALUE", action="append", default=[])
    told = "int8 (the default); or prune: fewer channels, which need --train-steps, thousands of them"
    add_option(parser, "--method", told, choices=("int8", "prune"), default="int8")
    told = "prune: the largest part of the multiplications that is kept (default: 0.5)"
    add_option(parser, "--keep", told, metavar="F", type=share, default=0.5)
    told = "int8: largest loss in dB before further training (default: 0.05; with --train-steps: any)"
    add_option(parser, "--loss", told, metavar="DB", type=decibels)
    told = "steps of further training with 8 bits (default: 0); a few hundred win back most of a loss"
    add_option(parser, "--train-steps", told, metavar="N", type=positive, default=0)
    add_shared(parser, "--out", "the bundle's folder; of a recipe the new recipe", required=True)
    add_printing(parser, "--json", "--quiet")
    return parser


def _run(arguments: Namespace) -> int:
    """Write a bundle, or a recipe."""
    models = [one for one in (arguments.restorer, arguments.bundle, arguments.model) if one is not None]
    if (arguments.recipe is not None) + len(models) != 1:
        raise UsageError("give a recipe, or one of --restorer, --bundle, --model")
    if arguments.recipe is not None:
        _write_recipe(arguments)
        return 0
    if arguments.data is None:
        raise UsageError("--data is missing: the folder of pictures by which the steps of the whole numbers are chosen")
    from burnish.compression import repeats

    begin, bundle = _source(arguments)
    if repeats(arguments.method, bundle.compression):
        raise UsageError(f"{models[0]}: is compressed already; compress what it was made of")
    result = _compressed(arguments, begin, bundle)
    if arguments.json:
        answer({"bundle": str(result.bundle), **_figures(result, bundle)})
    else:
        say(_words(result, bundle))
    return 0


main = Command(_parser, _run)


def _source(arguments: Namespace) -> tuple[dict[str, Any], Bundle]:
    """What a recipe says of the weights, and their bundle."""
    from burnish.inference.loading.locating import locate_model
    from burnish.inference.loading.shipped import shipped_bundle
    from burnish.plugins.catalog import installed
    from burnish.plugins.configuration import parse_settings
    from burnish.restorer.bundle import read_bundle

    settings = parse_settings(arguments.set)
    if arguments.restorer is not None:
        weights = arguments.restorer.partition(":")[2]
        if not weights:
            raise UsageError(
                f"{arguments.restorer}: has no weights to compress; name some, as `burnish show` lists them"
            )
        entry = installed().get("restorers", arguments.restorer)
        bundle = read_bundle(shipped_bundle(entry, weights))
        return {"restorer": {"id": f"{entry.id}:{weights}", "config": settings}}, bundle
    folder = arguments.bundle or locate_model(arguments.model)
    bundle = read_bundle(folder)
    return {"restorer": {"id": bundle.restorer, "config": settings}, "initial": str(folder.resolve())}, bundle


def _compressed(arguments: Namespace, begin: dict[str, Any], bundle: Bundle) -> TrainingResult:
    from burnish.recipe.document import parse_recipe
    from burnish.training import TrainingFolders, TrainingOptions, train

    told = {**begin, "model": "compressed", "degrader": _degrader(arguments, bundle), "data": _data(arguments.data)}
    before = dict(bundle.training.get("facts", {}).get("training", {}))
    told["training"] = _further(before, arguments.train_steps, arguments.method)
    told["compression"] = _compression(arguments)
    recipe = parse_recipe(json.dumps(told), subject="burnish compress")
    out = arguments.out
    folders = TrainingFolders(project=Path.cwd(), out=out, work=out.with_name(f"{out.name}.work"))
    return train(recipe, folders, TrainingOptions(quiet=arguments.quiet))


def _compression(arguments: Namespace) -> dict[str, object]:
    if arguments.method == "prune":
        if not arguments.train_steps:
            raise UsageError("--method prune needs --train-steps: without training a pruned network restores badly")
        return {"method": "prune", "keep": arguments.keep}
    loss = arguments.loss
    if loss is None and arguments.train_steps:
        loss = 100.0
    return {"method": "int8", **({} if loss is None else {"loss": loss})}


def _further(before: Mapping[str, Any], steps: int, method: str) -> dict[str, object]:
    """The settings of the further training.

    Args:
        before: Those of the training.
        steps: How long; 0: there is none.
        method: Of the compression.
    """
    kept = {key: before[key] for key in KEPT if key in before}
    if not steps:
        return {**kept, "budget": {"steps": 0}}
    every = {"validate_every": min(EVERY, steps), "checkpoint_every": min(EVERY, steps)}
    if method == "int8":
        return {
            **kept,
            "budget": {"steps": steps},
            **every,
            "optimiser": "adamw",
            "learning_rate": RATE,
            "warmup_steps": 0,
        }
    warmup = min(int(before.get("warmup_steps", 0)), steps // 10)
    rate = PRUNED * float(before.get("learning_rate", 1e-3))
    return {**kept, "budget": {"steps": steps}, **every, "learning_rate": rate, "warmup_steps": warmup}


def _degrader(arguments: Namespace, bundle: Bundle) -> dict[str, object]:
    """The one asked for, else that of the training.

    Raises:
        UsageError: The bundle knows none.
    """
    from burnish.plugins.configuration import parse_settings

    settings = parse_settings(arguments.degrader_set)
    if arguments.degrader is not None:
        return {"id": arguments.degrader, "config": settings}
    known = bundle.training.get("facts", {}).get("degrader")
    if not known:
        raise UsageError(f"{bundle.restorer}: its bundle does not say what it was trained against; give --degrader")
    return {"id": known["id"], "config": {**known.get("config", {}), **settings}}


def _data(folder: Path) -> dict[str, object]:
    """A folder with train and validation, or of pictures alone, as a recipe names it."""
    whole = folder.resolve()
    if (whole / "train").is_dir():
        return {"root": str(whole)}
    return {"root": str(whole.parent), "train": whole.name, "validation": ""}


def _write_recipe(arguments: Namespace) -> None:
    """The recipe with the champion as its beginning, compression, an engine, and the gate for compressed models.

    Raises:
        ConfigError, UsageError: The recipe compresses already, or the new one exists.
    """
    import yaml

    from burnish.io.atomic import write_whole
    from burnish.recipe.document import parse_recipe, read_recipe

    recipe, out = read_recipe(arguments.recipe), arguments.out
    if recipe.compression:
        raise ConfigError(f"{arguments.recipe}: compresses already; run it with burnish retrain")
    if not recipe.benchmarks:
        raise ConfigError(f"{arguments.recipe}: has no benchmark to compare champion and compressed model on; add one")
    if out.exists():
        raise UsageError(f"{out}: exists already and is never overwritten; choose another --out")
    plain = recipe.model_dump(mode="json", exclude_unset=True)
    told: dict[str, Any] = {key: plain[key] for key in plain if key not in ("gates", "baselines", "initial")}
    told["restorer"] = {**plain["restorer"], "id": recipe.restorer.id.partition(":")[0]}
    told["initial"] = f"{recipe.model}@champion"
    former = recipe.training.model_dump(mode="json", by_alias=True)
    told["training"] = _further(former, arguments.train_steps, arguments.method)
    told["training"] |= {key: former[key] for key in RUNNING if key in plain["training"]}
    told["training"]["optimizer"] = told["training"].pop("optimiser")
    told["compression"] = _compression(arguments)
    if arguments.method == "int8":
        told["engine"] = "openvino"
    told["gates"] = [{"id": "burnish/non-inferior", "config": {"delta": 0.05, "factor": 1.5}}]
    text = HEAD.format(model=recipe.model, file=out) + yaml.safe_dump(told, sort_keys=False, allow_unicode=True)
    parse_recipe(text, subject=str(out))
    out.parent.mkdir(parents=True, exist_ok=True)
    write_whole(out, text.encode())
    needed = "openvino" if arguments.method == "int8" else "compress"
    say(f"{out}: run it with burnish retrain {out}; it needs pip install 'burnish[{needed}]'")


def _figures(result: TrainingResult, before: Bundle) -> dict[str, Any]:
    from burnish.restorer.bundle import WEIGHTS, read_bundle

    found = read_bundle(result.bundle)
    return {
        "restorer": before.restorer,
        "parent": before.weights_sha256,
        "compression": dict(found.compression),
        "steps": result.steps,
        "validation": found.training["validation"],
        "weights_bytes": (result.bundle / WEIGHTS).stat().st_size,
    }


def _words(result: TrainingResult, before: Bundle) -> str:
    from burnish.compression import described

    found = _figures(result, before)
    made = found["compression"]
    trained = f" after {result.steps} steps" if result.steps else ""
    psnr = f"PSNR {found['validation']:.2f} dB{trained}, was {made['psnr_before']:.2f}"
    how = "; run it with --engine openvino" if made["method"] == "int8" else ""
    return f"{result.bundle}: {described(made)}; {psnr}; {found['weights_bytes'] / 1e6:.2f} MB{how}"
