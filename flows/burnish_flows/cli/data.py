"""``burnish data``: split, check and version a folder of pictures, fetch it, and set the team's storage."""

from __future__ import annotations

import os
import re
from argparse import Namespace
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from shlex import quote

from burnish.cli.options import add_option, add_shared
from burnish.cli.parser import Command, Parser
from burnish.console.output import answer, say, tell
from burnish.errors import DataError, UsageError

from burnish_flows import environment
from burnish_flows.cli import data_checking
from burnish_flows.environment import Project

SUMMARIES = {
    "sample": "Photographs to try things with, from installed packages: train/, validation/ and test/ in a new folder.",
    "add": "Version a folder of pictures in place: train/, validation/ and test/ below it.",
    "status": "The recorded version, and whether the folder still matches it.",
    "pull": "Fetch the version in the .dvc file, and check it by hash.",
    "verify": "Hash every file again and compare it with the recorded version.",
    "remote": "Use a folder or URL as the team's storage of the data, and send the present data there.",
    "push": "Send the data to the remote.",
}

EXAMPLES = {
    "sample": ("", "photographs"),
    "add": ("pictures", "pictures --split 80/10/10 --dry-run"),
    "pull": ("", "--overwrite pictures"),
    "remote": ("/mnt/team/data", "s3://team/pictures --no-push"),
}
"""What examples say after the action; else nothing, and the folder's name."""


def _parser() -> Parser:
    parser = Parser(
        "data",
        "Versions of the pictures that recipes train on, by DVC: a small .dvc file in git names the version, and a\n"
        "remote holds the pictures.",
        "burnish data check pictures",
        "burnish data add pictures",
        "burnish data remote s3://team/pictures",
        "burnish data pull",
    )
    for name, summary in SUMMARIES.items():
        examples = EXAMPLES.get(name, ("", "pictures"))
        action = Parser(f"data {name}", summary, *(f"burnish data {name} {words}".strip() for words in examples))
        parser.add_action(name, summary, action)
        if name == "remote":
            text = "a folder, or a URL that DVC knows (s3://, ssh://, …)"
            add_option(action, "target", text, metavar="URL")
            add_option(action, "--no-push", "do not send the present data there", action="store_true")
            continue
        text = "a new folder; default: data" if name == "sample" else "the folder; default: data, or the only dataset"
        add_option(action, "target", text, metavar="DIR", nargs="?", default="")
        if name == "pull":
            add_option(action, "--overwrite", "overwrite a folder that differs", action="store_true")
            action.formerly("--force", "--overwrite")
        if name == "add":
            _add_splitting(action)
            add_shared(action, "--quiet")
        if name != "push":
            add_shared(action, "--json")
    parser.add_action("check", data_checking.SUMMARY, data_checking.parser())
    return parser


def _add_splitting(action: Parser) -> None:
    text = "first move a flat folder's pictures, pairs or scenes into train/, validation/ and test/, in percent"
    add_option(action, "--split", text, metavar="80/10/10")
    text = "with --split: a regular expression with one group, which names the scene; scenes stay together"
    add_option(action, "--by", text, metavar="PATTERN")
    add_option(action, "--dry-run", "with --split: only list what would be moved", action="store_true")


def _run(arguments: Namespace) -> int:
    """Run one action on one dataset."""
    if arguments.action == "check":
        return data_checking.run(arguments)
    if arguments.action == "sample":
        return _sample(arguments)
    if arguments.action == "add":
        arguments.target = arguments.target or "data"
    start = Path(arguments.target) if arguments.action == "add" else Path.cwd()
    project = environment.find_project(start)
    environment.prepare(project)
    return ACTIONS[arguments.action](project, arguments)


def _sample(arguments: Namespace) -> int:
    from burnish.io.atomic import whole_folder

    from burnish_flows.data import sample

    target = Path(arguments.target or "data")
    if target.exists():
        raise UsageError(f"{target}: exists already; give a new folder for the photographs")
    with whole_folder(target) as fresh:
        sample.materialise(fresh)
    counts = Counter(photograph.split for photograph in sample.PHOTOGRAPHS)
    if arguments.json:
        answer({"folder": str(target), "pictures": dict(counts)})
    else:
        told = ", ".join(f"{count} {split}" for split, count in counts.items())
        say(f"{target}: {sum(counts.values())} photographs ({told}); any use is allowed, two name their author")
    return 0


def _add(project: Project, arguments: Namespace) -> int:
    from burnish_flows.data import dataset

    if not arguments.split and (arguments.by or arguments.dry_run):
        raise UsageError(f"{'--by' if arguments.by else '--dry-run'} needs --split, as --split 80/10/10")
    split = _split(arguments)
    if arguments.dry_run:
        return 0
    added = dataset.add(project, Path(arguments.target))
    for warning in added.warnings:
        tell(f"burnish: {warning}")
    pin = added.pin
    if arguments.json:
        record = {**pin.as_json(), "pictures": added.pictures, "warnings": added.warnings, **split}
        answer(record)
        return 0
    if arguments.quiet:
        return 0
    counts = ", ".join(f"{count} {split}" for split, count in added.pictures.items())
    say(f"{pin.root}: {pin.md5}, {pin.files} files, {pin.bytes} bytes ({counts})")
    say(_how_to_keep(project, pin.root))
    say(f"Use it in a recipe: data: {{root: {_yaml(pin.root)}}}")
    return 0


def _split(arguments: Namespace) -> dict[str, object]:
    """Split the folder, and say which file went where; nothing where that is not wanted."""
    if not arguments.split:
        return {}
    from burnish_flows.data import splitting

    planned = splitting.plan(
        Path(arguments.target).resolve(), splitting.parse_shares(arguments.split), arguments.by or ""
    )
    counts = ", ".join(f"{count} {split}" for split, count in planned.images.items())
    kept = f", {planned.scenes} scenes kept together" if planned.scenes else ""
    if not arguments.dry_run:
        splitting.apply(planned)
    elif arguments.json:
        answer({"split": planned.as_json()})
    if not arguments.json and (arguments.dry_run or not arguments.quiet):
        what = "would be moved" if arguments.dry_run else "moved"
        say([*planned.lines(), f"{planned.form}: {len(planned.moves)} files {what} ({counts}{kept})"])
    return {"split": planned.as_json()}


def _how_to_keep(project: Project, root: str) -> str:
    """The next command, for the current folder."""
    from burnish_flows.data import dvc_repo, git

    files = [quote(os.path.relpath(path)) for path in dvc_repo.kept_by_git(project.root, root)]
    if git.is_repository(project.root):
        return f"Keep the version: git add {' '.join(files)} && git commit -m {quote(f'data: {root}')}"
    later = f"git init, then: burnish data add {quote(root)}"
    return f"Keep the version: {root}.dvc names it; this folder is not in a git repository ({later})"


def _yaml(text: str) -> str:
    """A scalar of YAML, quoted only where it must be."""
    import json

    return text if re.fullmatch(r"[A-Za-z][\w./-]*(?: [\w./-]+)*", text) else json.dumps(text, ensure_ascii=False)


def _status(project: Project, arguments: Namespace) -> int:
    from burnish_flows.data import dataset

    root = _root(project, arguments.target)
    status = dataset.status(project, root)
    if arguments.json:
        answer(status.as_json())
        return 0
    say(f"{root}.dvc: {status.recorded_md5}, {status.files} files, {status.bytes} bytes")
    say(f"{root}: {status.state}")
    return 0


def _pull(project: Project, arguments: Namespace) -> int:
    from burnish_flows.data import dataset

    root = _root(project, arguments.target)
    origin = dataset.pull(project, root, force=arguments.overwrite)
    words = {"present": "already present", "cache": "from DVC's cache", "remote": "from the remote",
             "wheels": "from the installed scikit-image and scikit-learn"}  # fmt: skip
    if arguments.json:
        answer({"root": root, "origin": origin})
    else:
        say(f"{root}: {words[origin]}, every file as {root}.dvc names it")
    return 0


def _verify(project: Project, arguments: Namespace) -> int:
    from burnish_flows.data import dataset

    root = _root(project, arguments.target)
    differences = dataset.verify(project, root)
    if differences:
        mend = f"restore it with: burnish data pull --overwrite {quote(root)}"
        raise DataError(f"{project.root / root}: {differences}; {mend}")
    if arguments.json:
        answer({"root": root, "differences": []})
    else:
        say(f"{root}: every file as {root}.dvc names it")
    return 0


def _remote(project: Project, arguments: Namespace) -> int:
    from burnish_flows.data import dataset, dvc_repo

    dataset.set_remote(project, arguments.target)
    say(f"{dvc_repo.REMOTE}: {arguments.target} is the default remote; all files from it are verified")
    for root in [] if arguments.no_push else dvc_repo.datasets(project.root):
        if (project.root / root).is_dir():
            say(f"{root}: {dvc_repo.push(project.root, root)} objects sent")
    return 0


def _push(project: Project, arguments: Namespace) -> int:
    from burnish_flows.data import dvc_repo

    root = _root(project, arguments.target)
    say(f"{root}: {dvc_repo.push(project.root, root)} objects sent")
    return 0


def _root(project: Project, target: str) -> str:
    """The dataset's folder relative to the project, from a path that is relative to it or to the current folder.

    Raises:
        UsageError: None is named, and there are several.
    """
    if not target:
        return _only(project)
    path = Path(target.rstrip("/").removesuffix(".dvc"))
    if path.is_absolute() or path.exists() or path.with_name(f"{path.name}.dvc").exists():
        path = path.resolve()
        if path.is_relative_to(project.root):
            return path.relative_to(project.root).as_posix()
    return path.as_posix()


def _only(project: Project) -> str:
    from burnish_flows.data import dvc_repo

    there = dvc_repo.datasets(project.root)
    if "data" in there or not there:
        return "data"
    if len(there) > 1:
        raise UsageError(f"{project.root}: there are several datasets; name one of {', '.join(there)}")
    return there[0]


ACTIONS: dict[str, Callable[[Project, Namespace], int]] = {
    "add": _add,
    "status": _status,
    "pull": _pull,
    "verify": _verify,
    "remote": _remote,
    "push": _push,
}


main = Command(_parser, _run)
