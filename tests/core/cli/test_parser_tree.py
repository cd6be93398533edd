"""The parsers of all commands, of host, flows and plugins: an option has one meaning, and a meaning one name."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator

import pytest
from burnish.cli.lookup import CORE_COMMANDS, command, summaries
from burnish.cli.options import SHARED
from burnish.cli.parser import Command, Parser


def _below(name: str, parser: Parser) -> Iterator[tuple[str, Parser]]:
    yield name, parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for inner, below in action.choices.items():
                yield from _below(f"{name} {inner}", below)


def _parsers() -> dict[str, Parser]:
    found = {}
    for name in summaries():
        made = command(name)
        assert isinstance(made, Command), f"{name} shows no parser"
        found |= dict(_below(name, made.parser()))
    return found


PARSERS = _parsers()
OPTIONS = [
    (name, option, action)
    for name, parser in PARSERS.items()
    for action in parser._actions
    for option in action.option_strings
]


def sense(action: argparse.Action) -> str:
    """The help without what is particular about it in one command."""
    return re.split(r"; | \(default: ", action.help or "")[0]


def meaning(action: argparse.Action) -> tuple[object, ...]:
    return action.dest, type(action), action.type, action.nargs, action.metavar, sense(action)


def test_the_tree_holds_the_commands_of_the_host_the_flows_and_the_plugins() -> None:
    assert set(CORE_COMMANDS) <= set(PARSERS)
    assert {"retrain", "data add", "promote", "kernel", "flow"} <= set(PARSERS)


def test_no_option_has_two_meanings() -> None:
    meanings: dict[str, dict[tuple[object, ...], str]] = {}
    for name, option, action in OPTIONS:
        meanings.setdefault(option, {}).setdefault(meaning(action), name)
    assert {option: found for option, found in meanings.items() if len(found) > 1} == {}


def test_no_meaning_has_two_names() -> None:
    names: dict[str, set[str]] = {}
    for _, option, action in OPTIONS:
        if option.startswith("--") and not option.startswith("--no-"):
            names.setdefault(sense(action), set()).add(option)
    pairs = {told: found for told, found in names.items() if len(found) > 1}
    assert pairs == {}


def test_an_option_is_kept_under_its_own_name() -> None:
    for name, option, action in OPTIONS:
        if option.startswith("--"):
            plain = option.removeprefix("--").replace("-", "_")
            assert action.dest in (plain, plain.removeprefix("no_")), name


def test_what_a_command_narrows_are_choices_of_the_shared_option() -> None:
    for name, option, action in OPTIONS:
        if option in SHARED and action.choices is not None:
            assert set(action.choices) <= set(SHARED[option]["choices"]), f"{name} {option}"


@pytest.mark.parametrize("former", ["--every", "--pool", "--kernels", "--licence", "--again", "--log"])
def test_a_name_that_was_given_up_is_no_options_name(former: str) -> None:
    assert [name for name, option, _ in OPTIONS if option == former] == []


def test_a_former_name_leads_to_an_option_of_the_same_command() -> None:
    former = {(name, old): new for name, parser in PARSERS.items() for old, (new, _) in parser.former.items()}
    assert former[("up", "--pool")] == "--work-pool"
    for (name, old), new in former.items():
        options = {option for parser, option, _ in OPTIONS if parser == name}
        assert old not in options
        assert new == "" or new in options


def test_no_option_takes_more_than_one_word_so_that_it_never_swallows_a_file() -> None:
    assert [(name, option) for name, option, action in OPTIONS if action.nargs not in (None, 0)] == []


def test_no_option_takes_whatever_python_calls_a_number() -> None:
    assert [(name, option) for name, option, action in OPTIONS if action.type in (int, float)] == []


def test_every_argument_says_what_it_is() -> None:
    for name, parser in PARSERS.items():
        for action in parser._actions:
            assert action.help, f"{name} {action.dest}"
