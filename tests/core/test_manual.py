"""The manual: its reference is complete, and its commands can be typed; `make docs` builds its site."""

from __future__ import annotations

import json
import re
import shlex
from functools import cache
from pathlib import Path

import pytest
from burnish.cli.lookup import CORE_COMMANDS, parsers, summaries
from burnish.conformance import checks
from burnish.plugins import hookspecs
from burnish.plugins.catalog import installed
from burnish.plugins.declarations import KINDS
from burnish.recipe.document import Recipe
from manual import declarations, links, markdown, pages, recipe

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"


@cache
def generated() -> dict[str, str]:
    return pages.generated()


def test_every_hook_is_in_the_reference_with_its_purpose() -> None:
    marked = {name for name, value in vars(hookspecs).items() if hasattr(value, f"{hookspecs.PROJECT}_spec")}
    assert set(declarations.hooks()) == marked
    page = generated()["reference/hooks.md"]
    for name, purpose in declarations.hooks().items():
        assert (purpose and f"`{name}`" in page) or f"### {name}\n\n{purpose}" in page, name


def test_every_field_of_every_declaration_and_event_has_a_meaning() -> None:
    for spec in KINDS.values():
        told = {
            name: text
            for owner in spec.__mro__
            if owner.__name__.endswith("Spec")
            for name, (_, text) in markdown.fields(owner).items()
            if text
        }
        assert {item.name for item in spec._fields} <= set(told), spec.__name__
        section = generated()["reference/declarations.md"].partition(f"## {spec.__name__}\n")[2].partition("\n## ")[0]
        for name in markdown.fields(spec):
            assert f"| `{name}` |" in section, f"{spec.__name__}.{name}"
    for event in declarations.observed().values():
        for name, (_, told_of) in markdown.fields(event).items():
            assert told_of, f"{event.__name__}.{name}"
            assert f"| `{name}` |" in generated()["reference/hooks.md"]


def test_every_key_of_a_recipe_has_a_meaning() -> None:
    def listed(schema: dict[str, object], place: str = "") -> set[str]:
        found: set[str] = set()
        for name, value in schema.get("properties", {}).items():  # type: ignore[attr-defined]
            found.add(f"{place}{name}")
            for inner in re.findall(r"#/\$defs/(\w+)", json.dumps(value)):
                if inner != "Choice":
                    found |= listed(whole["$defs"][inner], f"{place}{name}.")
        return found

    whole = Recipe.model_json_schema(by_alias=False)
    assert set(recipe.keys()) == listed(whole)
    page = generated()["reference/recipe.md"]
    for place, owner in recipe.parts():
        section = page.partition(f"## {place or 'The whole recipe'}\n")[2].partition("\n## ")[0]
        for name, info in owner.model_fields.items():
            assert info.description, f"{owner.__name__}.{name} has no docstring"
            assert f"| `{name}` |" in section, f"{place}.{name}"


def test_every_check_of_the_conformance_kit_is_told_with_what_it_catches() -> None:
    page = generated()["reference/conformance.md"]
    found = installed()
    names = {each.name for kind in KINDS for name in list(found.entries(kind))[:6] for each in checks(name, kind=kind)}
    assert len(names) > 60
    for name in names:
        assert f"**{name}**" in page, name
    assert page.count("- caught: ") > 110


def test_every_command_and_every_option_is_in_the_reference() -> None:
    text = "\n".join(page for address, page in generated().items() if "commands" in address)
    assert set(CORE_COMMANDS) <= set(summaries())
    for name, parser in parsers().items():
        section = text.partition(f"\n## burnish {name} {{")[2].partition("\n## ")[0]
        assert section, name
        for action in parser._actions:
            for option in action.option_strings:
                assert option in section or option in ("-h", "--help"), f"{name} {option}"


def _blocks(path: Path) -> list[str]:
    found = re.findall(r"^ *```(\w*)[^\n]*\n(.*?)^ *```$", path.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    return [block for language, block in found if language in ("", "bash", "console")]


def _commands() -> list[tuple[str, str]]:
    """Page and line of every command in a block of code, or between backticks in text, of the manual."""
    found = []
    pages_of_errors = {DOCS / "troubleshooting.md"}  # tests/system/test_tutorials.py runs what is on it
    for path in sorted(
        [*{*DOCS.glob("*.md")} - pages_of_errors, *DOCS.glob("tutorials/*.md"), *DOCS.glob("concepts/*.md")]
    ):
        lines = [line for block in _blocks(path) for line in block.replace("\\\n", " ").splitlines()]
        for line in lines:
            if typed := re.match(r" *(?:\$ )?(burnish [a-z].*)", line):
                found.append((path.relative_to(DOCS).as_posix(), typed[1]))
    return found


def test_every_command_of_the_manual_can_be_typed() -> None:
    known = parsers()
    typed = _commands()
    assert len(typed) > 60
    for page, line in typed:
        words = shlex.split(line, comments=True)[1:]
        words = words[: min((words.index(end) for end in ("|", ">", "&&", "&", "2>") if end in words), default=None)]
        if "--help" in words or "…" in words:
            continue
        assert words[0] in known, f"{page}: {line}"
        try:
            known[words[0]].parse_args(words[1:])
        except Exception as error:
            pytest.fail(f"{page}: {line}: {error}")


def test_what_a_page_loads_from_another_host_is_found() -> None:
    own = '<link rel="stylesheet" href="../assets/main.css"><script src="assets/a.js"></script><img src=a.png>'
    told = '<a href="https://example.org">there</a><link rel="canonical" href="https://example.org/a.html">'
    assert links.loaded_from_elsewhere(own + told) == []
    for element in (
        '<img alt="a" src="https://example.org/a.png">',
        "<script src=//example.org/a.js>",
        '<link href="https://example.org/a.css" rel="stylesheet">',
        '<link rel="stylesheet" href="https://example.org/a.css">',
    ):
        assert links.loaded_from_elsewhere(own + element) == [element]


def test_the_tests_build_the_site_and_a_warning_ends_the_build() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert "docs" in re.findall(r"^test: (.*?) *##", makefile, re.MULTILINE)[0].split()
    assert "mkdocs build --strict" in makefile.partition("\ndocs:")[2].partition("\n\n")[0]
    levels = re.findall(r": (\w+)[,}]", (ROOT / "mkdocs.yml").read_text(encoding="utf-8").partition("validation:")[2])
    assert levels.count("warn") == 7
