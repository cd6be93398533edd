"""The parsers of all commands, of host, flows and plugins: an option has one meaning, and a meaning one name."""

from __future__ import annotations

import argparse
import re
import shlex

import pytest
from burnish.cli.lookup import CORE_COMMANDS, HEADINGS, parsers, summaries
from burnish.cli.options import SHARED
from burnish.cli.parser import SETTING
from burnish.plugins.catalog import installed
from burnish.plugins.declarations import CONDITIONS

PARSERS = parsers()
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


@pytest.mark.parametrize("name", ["restore", "batch", "serve", "evaluate"])
def test_a_command_that_restores_takes_every_option_of_a_restoration(name: str) -> None:
    taken = {option for parser, option, _ in OPTIONS if parser == name}
    assert {"--precision", "--tile", "--memory", "--device", "--allow-damaged"} <= taken


@pytest.mark.parametrize("name", ["restore", "batch"])
def test_what_may_be_known_of_a_picture_is_an_option(name: str) -> None:
    taken = {option.removeprefix("--") for parser, option, _ in OPTIONS if parser == name}
    # The scale is the restorer's own, a setting; no file holds a flow; --transfer settles the curve.
    assert CONDITIONS - {"scale", "flow", "curve"} <= taken


@pytest.mark.parametrize("name", ["restore", "degrade", "batch", "kernel"])
def test_a_command_that_makes_files_of_files_takes_several(name: str) -> None:
    positionals = [action for action in PARSERS[name]._actions if not action.option_strings]
    assert [(action.metavar, action.nargs) for action in positionals] == [("IN", "+"), ("OUT", None)]


def test_where_auto_can_be_chosen_the_help_says_what_it_chooses() -> None:
    for name, option, action in OPTIONS:
        if action.default == "auto" or "auto" in (action.choices or ()):
            assert re.search(r"\bauto: \w", action.help or ""), f"{name} {option}"


def test_the_help_names_every_default() -> None:
    for name, option, action in OPTIONS:
        if action.default not in (None, "", False, argparse.SUPPRESS) and action.default != []:
            assert "default" in (action.help or ""), f"{name} {option}"


def test_a_setting_says_where_its_keys_are_listed() -> None:
    for name, option, action in OPTIONS:
        if action.metavar == SETTING:
            assert re.search(r"`burnish (show|list|noise)", action.help or ""), f"{name} {option}"


def test_a_kind_says_which_there_are() -> None:
    kinds = [(name, action) for name, option, action in OPTIONS if option == "--kind"]
    assert kinds
    for name, action in kinds:
        assert all(kind in (action.help or "") for kind in action.choices or ()), name


@pytest.mark.parametrize("name", PARSERS)
def test_every_command_ends_its_help_with_two_to_four_calls_of_it(name: str) -> None:
    parser = PARSERS[name]
    calls = [line for line in parser.examples if shlex.split(line)[1 : 1 + len(name.split())] == name.split()]
    assert 2 <= len(calls) <= 4
    told = parser.format_help()
    assert "Examples:\n" in told
    assert all(f"\n  {line}\n" in told for line in parser.examples)


EXAMPLES = [(name, line) for name, parser in PARSERS.items() for line in parser.examples if line.startswith("burnish ")]


@pytest.mark.parametrize(("name", "line"), EXAMPLES)
def test_an_example_is_understood_as_it_stands_and_its_ids_are_installed(name: str, line: str) -> None:
    words = shlex.split(line)[1:]
    for operator in (">", ">>", "<", "|"):
        words = words[: words.index(operator)] if operator in words else words
    parser = PARSERS[words[0]]
    found = vars(parser.parse_args(words[1:]))
    for kind in ("restorer", "degrader", "benchmark"):
        if id := found.get(kind):
            entry = installed().get(f"{kind}s", id.partition(":")[0])
            weights = id.partition(":")[2]
            assert not weights or weights in entry.spec.weights  # type: ignore[attr-defined]


def test_the_list_of_commands_has_a_heading_and_one_short_line_for_each() -> None:
    assert {heading for heading, _ in summaries().values()} <= set(HEADINGS)
    told = [summary for _, summary in summaries().values()]
    assert len(set(told)) == len(told)
    assert [line for line in told if len(line) > 85 or line.endswith(".")] == []


def test_every_argument_says_what_it_is() -> None:
    for name, parser in PARSERS.items():
        for action in parser._actions:
            assert action.help, f"{name} {action.dest}"
