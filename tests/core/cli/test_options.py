"""Numbers on the command line: what no command can mean is refused with the mend, in every command alike."""

from __future__ import annotations

import argparse
import importlib
import math
import pkgutil
from collections.abc import Callable, Iterator

import burnish.cli.commands
import burnish_flows.cli
import pytest
from burnish.cli.options import duration, level, natural, port, positive, seed

TYPES: dict[Callable[[str], float], tuple[list[str], list[str]]] = {
    duration: (["0.5", "3", "1e-9"], ["0", "-1", "nan", "inf", "1e999", "soon", ""]),
    level: (["0", "1", "25/255", "1e-3"], ["-0.1", "25", "nan", "inf", "1/0", "x", ""]),
    natural: (["0", "7"], ["-1", "1.5", "nan", "1e3", "", "many"]),
    port: (["0", "8000", "65535"], ["-1", "65536", "1e3", "nan", "", "http"]),
    positive: (["1", "12"], ["0", "-1", "1.5", "nan", "", "all"]),
    seed: (["0", "4294967295"], ["-1", "4294967296", "nan", "1.0", "", "x"]),
}


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind, (good, _) in TYPES.items() for text in good])
def test_numbers_that_can_be_meant_are_taken(kind: Callable[[str], float], text: str) -> None:
    number = kind(text)
    assert math.isfinite(number)
    assert number >= 0


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind, (_, bad) in TYPES.items() for text in bad])
def test_others_are_refused_in_words(kind: Callable[[str], float], text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError) as refused:
        kind(text)
    assert text in str(refused.value)


def parsers() -> Iterator[tuple[str, argparse.ArgumentParser]]:
    for package in (burnish.cli.commands, burnish_flows.cli):
        for module in pkgutil.iter_modules(package.__path__):
            made = getattr(importlib.import_module(f"{package.__name__}.{module.name}"), "_parser", None)
            if made is not None and not made.__code__.co_argcount:
                yield module.name, made()


def test_no_option_takes_whatever_python_calls_a_number() -> None:
    found = dict(parsers())
    assert {"restore", "evaluate", "serve", "up", "sweep"} <= set(found)
    loose = [
        f"{name} {'/'.join(action.option_strings)}"
        for name, parser in found.items()
        for action in parser._actions
        if action.type in (int, float)
    ]
    assert loose == []
