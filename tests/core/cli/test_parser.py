"""Facts about the parser that all commands share: former names, one setting an option, errors in one line."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

import pytest
from burnish.cli.options import add_option, add_shared
from burnish.cli.parser import Command, Parser
from burnish.cli.values import period
from burnish.errors import UsageError


@pytest.fixture
def parser() -> Parser:
    made = Parser("test", "Under test.", "burnish test a b")
    add_option(made, "source", "what is read", type=Path, nargs="+")
    add_option(made, "target", "what is written", type=Path)
    add_shared(made, "--set")
    add_option(made, "--interval", "between two", type=period, default="5s")
    made.formerly("--every", "--interval")
    made.formerly("--again", "--interval", unit="h")
    made.formerly("--log", "")
    return made


def test_options_may_stand_between_the_files(parser: Parser) -> None:
    found = parser.parse_args(["a", "--set", "k=1", "b", "--set", "j=2", "out"])
    assert ([str(path) for path in found.source], str(found.target)) == (["a", "b"], "out")
    assert found.set == ["k=1", "j=2"]


@pytest.mark.parametrize(
    ("words", "seconds"),
    [
        ([], 5),
        (["--every", "30"], 30),
        (["--every=30"], 30),
        (["--again", "2"], 7200),
        (["--again=0.5"], 1800),
        (["--again", "30m"], 1800),
        (["--log", "--interval", "9"], 9),
    ],
)
def test_a_former_name_is_understood_with_the_unit_that_it_had(
    parser: Parser, words: list[str], seconds: float
) -> None:
    assert parser.parse_args(["a", "b", *words]).interval == seconds


def test_behind_two_hyphens_nothing_is_an_option(parser: Parser) -> None:
    assert str(parser.parse_args(["a", "--", "--every"]).target) == "--every"


def test_an_error_names_the_present_option(parser: Parser) -> None:
    with pytest.raises(UsageError, match=r"--interval: 0 is not a time; .*; see `burnish test --help`"):
        parser.parse_args(["a", "b", "--every", "0"])


def test_a_second_setting_behind_one_option_is_refused_with_the_mend(parser: Parser) -> None:
    with pytest.raises(UsageError, match="b=2: each --set takes one setting; write --set b=2"):
        parser.parse_args(["in", "out", "--set", "a=1", "b=2"])


def test_a_file_whose_name_is_like_a_setting_is_a_file(
    parser: Parser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("b=2").touch()
    assert [str(path) for path in parser.parse_args(["--set", "a=1", "b=2", "out"]).source] == ["b=2"]


def test_the_help_names_the_default_and_hides_former_names(parser: Parser) -> None:
    told = parser.format_help()
    assert "between two (default: 5s)" in told
    assert "--every" not in told


def test_a_command_runs_what_its_parser_understood() -> None:
    def make() -> Parser:
        made = Parser("count", "Counts.", "burnish count 3")
        made.add_argument("number", type=int)
        return made

    def run(arguments: Namespace) -> int:
        return int(arguments.number)

    assert Command(make, run)(["3"]) == 3


def test_an_action_has_a_parser_of_its_own() -> None:
    made = Parser("data", "Data.", "burnish data pull")
    pull = Parser("data pull", "Pulls.", "burnish data pull")
    add_shared(pull, "--json")
    made.add_action("pull", "pulls", pull)
    assert vars(made.parse_args(["pull", "--json"])) == {"action": "pull", "json": True}
    with pytest.raises(UsageError, match="unrecognized arguments: --quiet"):
        made.parse_args(["pull", "--quiet"])
