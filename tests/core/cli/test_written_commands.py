"""Every ``burnish`` command that is written in the README, the manual and the plugins' pages parses as it stands."""

from __future__ import annotations

import re
import shlex
from argparse import Namespace
from pathlib import Path
from typing import Any

import burnish
import pytest
from burnish.cli import main as cli
from burnish.cli.parser import Parser

ROOT = Path(burnish.__file__).parents[2]
PAGES = [
    ROOT / "README.md",
    *(ROOT / name / "README.md" for name in ("core", "flows")),
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted((ROOT / "plugins").glob("*/README.md")),
]


class ParsedError(Exception):
    """The arguments were understood; the command goes no further."""


def commands(page: Path) -> list[str]:
    """The ``burnish`` lines of a page's fenced blocks, continued lines joined, comments left out."""
    found = []
    for block in re.findall(r"^```\w*\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE):
        for line in block.replace("\\\n", " ").splitlines():
            if re.match(r"burnish [a-z]", line.strip()) and "…" not in line:
                found.append(shlex.join(shlex.split(line.strip(), comments=True)))
    return found


WRITTEN = [(page.relative_to(ROOT).as_posix(), command) for page in PAGES for command in commands(page)]


@pytest.fixture(autouse=True)
def _only_parsing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    parse = Parser.parse_args

    def and_stop(self: Parser, *arguments: Any, **named: Any) -> Namespace:
        parse(self, *arguments, **named)
        raise ParsedError

    monkeypatch.setattr(Parser, "parse_args", and_stop)
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(("page", "command"), WRITTEN)
def test_a_written_command_is_understood(page: str, command: str) -> None:
    words = shlex.split(command)[1:]
    for operator in ("|", "&&", "<", ">", ";"):
        words = words[: words.index(operator)] if operator in words else words
    with pytest.raises(ParsedError):
        cli._dispatch(words)


def test_an_option_that_does_not_exist_would_be_found() -> None:
    with pytest.raises(burnish.BurnishError, match="--nowhere"):
        cli._dispatch(["history", "refocus", "--nowhere"])


def test_the_pages_hold_commands() -> None:
    assert len([page for page, _ in WRITTEN if page == "README.md"]) >= 14
    assert len(WRITTEN) >= 50
