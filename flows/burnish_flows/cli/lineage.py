"""``burnish lineage``: where a model comes from, and which models saw a dataset or a picture."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from burnish.cli.options import add_option, add_printing
from burnish.cli.parser import Command, Parser
from burnish.console.output import answer, say
from burnish.errors import UsageError

from burnish_flows import environment
from burnish_flows.cli.options import add_reference

if TYPE_CHECKING:
    from burnish_flows.registry.lineage import Sighting
    from burnish_flows.registry.store import Registry


def _parser() -> Parser:
    parser = Parser(
        "lineage",
        "The inputs of a model: data, recipe, code, plugins, seed, environment, and its decisions.\n"
        "Or the reverse: every model version that saw a dataset (--data-hash) or a picture (--image).",
        "burnish lineage denoise@champion",
        "burnish lineage --image photo.png",
        "burnish lineage --data-hash 3f2a91",
    )
    add_reference(parser, nargs="?", default="")
    told = "hash of a dataset, or its first characters; see `burnish data status`"
    add_option(parser, "--data-hash", told, metavar="HASH", default="")
    told = "a picture; found by its bytes, under any name"
    add_option(parser, "--image", told, metavar="FILE", type=Path)
    add_printing(parser, "--json")
    parser.formerly("--data", "--data-hash")
    return parser


def _run(arguments: Namespace) -> int:
    """Print it, in one direction or the other."""
    if sum(bool(given) for given in (arguments.model, arguments.data_hash, arguments.image)) != 1:
        raise UsageError("give exactly one of NAME@ALIAS, --data-hash HASH, --image FILE")
    project = environment.find_project(Path.cwd())
    environment.prepare(project)
    from burnish_flows.registry.store import Registry

    registry = Registry.existing(environment.tracking_uri())
    if arguments.model:
        return _forward(registry, arguments.model, project.cache, arguments.json)
    return _backward(registry, arguments.data_hash, arguments.image, project.cache, arguments.json)


def _forward(registry: Registry, reference: str, cache: Path, as_json: bool) -> int:
    from burnish_flows.registry import lineage
    from burnish_flows.registry.locate import parsed

    model, wanted = parsed(reference)
    told = lineage.of_version(registry, registry.version(model, wanted), cache)
    if as_json:
        answer(told)
    else:
        say(_lines(told))
    return 0


def _backward(registry: Registry, data: str, image: Path | None, cache: Path, as_json: bool) -> int:
    from burnish_flows.data.manifest import file_md5
    from burnish_flows.registry import lineage

    unknown: list[Any] = []
    if image is not None:
        if not image.is_file():
            raise UsageError(f"{image}: is not a file; give the path of a picture")
        sightings, unknown = lineage.of_picture(registry, file_md5(image), cache)
    else:
        sightings = lineage.of_data(registry, data)
    if as_json:
        told = {
            "versions": [sighting.as_json() for sighting in sightings],
            "unknown": [f"{version.model}:{version.number}" for version in unknown],
        }
        answer(told)
        return 0
    say([_seen(sighting) for sighting in sightings] or "no model version saw it")
    for version in unknown:
        say(f"{version.model} v{version.number}: its data are unknown")
    return 0


def _seen(sighting: Sighting) -> str:
    where = f"  {', '.join(sighting.roles)}: {', '.join(sighting.paths)}" if sighting.paths else ""
    return f"{sighting.model} v{sighting.version} ({sighting.status})  data {sighting.data}{where}"


def _lines(told: dict[str, Any]) -> list[str]:
    data, aliases = told["data"], f" ({', '.join(told['aliases'])})" if told["aliases"] else ""
    committed = f", git {data['git_revision'][:12]}" if data.get("git_revision") and data.get("committed") else ""
    dirty = ", not as recorded" if data.get("dirty") else ""
    lines = [
        f"{told['model']} v{told['version']}{aliases}: {told['status']}",
        f"  data      {data['root']} {data['md5']}, {data['files']} files{committed}{dirty}",
        f"  recipe    {told['recipe_digest']}, seed {told['seed']}",
        f"  cause     {told['cause'] or 'started manually'}",
        f"  code      git {told['git_revision'][:12] or '-'}; "
        + ", ".join(f"{name} {number}" for name, number in told["plugins"].items()),
        f"  libraries {', '.join(f'{name} {number}' for name, number in told['libraries'].items())}",
        f"  license   {told.get('licence') or 'unknown'}",
        f"  weights   {told['weights_sha256'] or '-'}",
        f"  parent    {_parent(told.get('parent'))}",
    ]
    decision = told["decision"]
    if decision is not None:
        by = f" by {decision['who']}" if decision["who"] else ""
        lines.append(
            f"  decision  {decision['kind']}, {decision['when'][:19].replace('T', ' ')} UTC{by}: {decision['reason']}"
        )
    return lines


def _parent(parent: dict[str, Any] | None) -> str:
    return f"{parent['restorer']}, weights {parent['weights_sha256']}" if parent else "none: trained from scratch"


main = Command(_parser, _run)
