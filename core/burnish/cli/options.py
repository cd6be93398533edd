"""The options that commands share: each has one name, one type and one meaning, wherever it is taken."""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from burnish.cli import completers
from burnish.cli.parser import SETTING, Parser
from burnish.cli.values import kind, level, positive, seed, share, tile
from burnish.io.formats.own import OWN
from burnish.plugins.declarations import KINDS

Taker = argparse._ActionsContainer
"""A parser, or a group of its options."""

FORMATS = {spec.name: spec.suffixes[0] for spec in OWN}
"""What ``--format`` takes → the suffix of such files."""


class _AllowDamaged(argparse.Action):
    """Holds for every file that the command reads, in its workers, too."""

    def __init__(self, option_strings: list[str], dest: str, **more: Any) -> None:
        super().__init__(option_strings, dest, nargs=0, default=False, **more)

    def __call__(self, parser: Any, namespace: argparse.Namespace, values: Any, option_string: Any = None) -> None:
        os.environ["BURNISH_ALLOW_DAMAGED"] = "1"
        setattr(namespace, self.dest, True)


_FLAG: Mapping[str, Any] = {"action": "store_true"}

DECLARED = tuple(kind(plural) for plural in KINDS)
"""The kinds of what has an id, in the singular; observers have none."""

SHARED: dict[str, dict[str, Any]] = {
    "--restorer": {
        "metavar": "ID",
        "completer": completers.ids("restorers"),
        "help": "an installed restorer (`burnish list restorers`), or ID:WEIGHTS (`burnish show ID` lists the weights)",
    },
    "--bundle": {"metavar": "DIR", "type": Path, "help": "a trained restorer on disk, the result of `burnish train`"},
    "--model": {
        "metavar": "NAME@ALIAS",
        "help": "a model from `burnish retrain`: the version in use, as deblur@champion, or NAME:VERSION",
    },
    "--degrader": {
        "metavar": "ID",
        "completer": completers.ids("degraders"),
        "help": "an installed degrader (see `burnish list degraders`)",
    },
    "--set": {
        "metavar": SETTING,
        "action": "append",
        "default": [],
        "help": "a setting of it (`burnish show ID` lists the keys and defaults), may be repeated",
    },
    "--trained-on": {
        "metavar": "TEXT",
        "default": "",
        "help": "the data that the weights were trained on, and their license; or unknown",
    },
    "--kernel": {"metavar": "PATH", "type": Path, "help": "the blur: .npy, .txt, .csv or a picture"},
    "--sigma": {"metavar": "F", "type": level, "help": "the noise's standard deviation in [0, 1], also as 25/255"},
    "--mask": {
        "metavar": "PATH",
        "type": Path,
        "help": "pixels to ignore: a picture of the same size as stored (or .npy), black there and white elsewhere",
    },
    "--saturated": {
        "metavar": "PATH",
        "type": Path,
        "help": "pixels that were brighter than the file can store: a picture (or .npy) with white there",
    },
    "--transfer": {
        "choices": ("auto", "srgb", "linear", "icc"),
        "help": "for deconvolution: how values stand for light; auto: from profile and kind of file (8 bit: srgb)",
    },
    "--strength": {
        "metavar": "F",
        "type": share,
        "default": 1.0,
        "help": "1: restored; less: that part of the way from the input to it, down to 0 (default: 1)",
    },
    "--precision": {
        "choices": ("auto", "fp32", "bf16"),
        "default": "auto",
        "help": "of the computation; auto: bf16 where device, restorer and picture allow it, otherwise fp32",
    },
    "--engine": {
        "choices": ("auto", "eager", "compile", "onnx-runtime", "openvino"),
        "default": "auto",
        "help": "what computes networks; auto: eager (torch), in serve and for long work the fastest that agrees",
    },
    "--tile": {
        "metavar": "N",
        "type": tile,
        "default": "auto",
        "help": "side of tiles in pixels; 0: no tiles; auto: tiles where --memory requires them",
    },
    "--memory": {
        "metavar": "MIB",
        "type": positive,
        "default": 2048,
        "help": "working memory for a picture in MiB, without the picture and the result",
    },
    "--device": {
        "metavar": "NAME",
        "default": "auto",
        "help": "where it is computed: cpu, cuda, cuda:1, …; auto: a GPU if there is one",
    },
    "--allow-damaged": {"action": _AllowDamaged, "help": "use the readable part of damaged files, and report it"},
    "--seed": {"metavar": "N", "type": seed, "help": "seed of all randomness"},
    "--data": {"metavar": "DIR", "type": Path, "help": "the folder of pictures"},
    "--resume": {
        "action": argparse.BooleanOptionalAction,
        "default": True,
        "help": "resume the same work after an interruption (the default), or start over",
    },
    "--kind": {
        "metavar": "KIND",
        "type": kind,
        "choices": (*DECLARED, "observer"),
        "help": "the kind of plugin",
    },
    "--format": {"choices": tuple(FORMATS), "help": "of the picture written to -"},
    "--out": {"metavar": "PATH", "type": Path, "help": "place of the result"},
    "--json": {**_FLAG, "help": "print JSON"},
    "--quiet": {**_FLAG, "help": "no progress, no summary"},
}
"""Option → what argparse is given, and what a shell may propose."""


def add_shared(taker: Taker, name: str, note: str = "", **changes: Any) -> argparse.Action:
    """Add a shared option to a command.

    Args:
        taker: Its parser, or a group.
        name: The option.
        note: What is particular about it here; follows the help.
        changes: Defaults and the like, for argparse.
    """
    return add_option(taker, name, SHARED[name]["help"] + (f"; {note}" if note else ""), **{**SHARED[name], **changes})


def add_option(
    taker: Taker, name: str, told: str, *, completer: completers.Completer | None = None, **given: Any
) -> argparse.Action:
    """Add an option or positional to a command; the help names the default, unless ``told`` does.

    Args:
        taker: Its parser, or a group.
        name: The option, or the attribute of a positional.
        told: The help.
        completer: What a shell may propose.
        given: As argparse takes it.
    """
    given["help"] = told if "default: " in told else told + _default(given.get("default"))
    action = taker.add_argument(name, **given)
    if completer is not None:
        action.completer = completer  # type: ignore[attr-defined]
    return action


def _default(value: Any) -> str:
    return "" if value in (None, "", [], argparse.SUPPRESS) or isinstance(value, bool) else f" (default: {value})"


def add_restorer(parser: Parser, note: str = "", *, required: bool = True) -> None:
    """Add the options that choose a restorer, in one of three ways, and its settings.

    Args:
        parser: The command's.
        note: On the group.
        required: Whether one must be chosen.
    """
    title = "the restorer, which makes the clear pictures: one of --restorer, --bundle, --model"
    group = parser.add_argument_group(f"{title} ({note})" if note else title)
    which = group.add_mutually_exclusive_group(required=required)
    for name in ("--restorer", "--bundle", "--model"):
        add_shared(which, name)
    add_shared(group, "--set")


MASKS = ("mask", "saturated")
"""The conditions that are read with ``read_mask``."""


def add_conditions(parser: Parser, note: str = "", *, kernel: str = "", masks: bool = True) -> None:
    """Add the conditions of the degraded pictures.

    Args:
        parser: The command's.
        note: On the group.
        kernel: On the kernel.
        masks: Also those with a value for each pixel.
    """
    group = parser.add_argument_group("known conditions of the pictures" + (f" ({note})" if note else ""))
    add_shared(group, "--kernel", kernel)
    add_shared(group, "--sigma")
    for name in MASKS if masks else ():
        add_shared(group, f"--{name}")
    add_shared(group, "--transfer", "default: auto")


def add_running(parser: Parser, *names: str) -> None:
    """How it is computed."""
    group = parser.add_argument_group("how it runs")
    for name in names:
        add_shared(group, name)


def add_printing(parser: Parser, *names: str) -> None:
    """What is printed."""
    group = parser.add_argument_group("output")
    for name in names:
        add_shared(group, name)
