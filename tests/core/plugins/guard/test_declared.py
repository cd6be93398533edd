"""Every field of every declaration is checked before it is taken, and nothing that was taken breaks a command."""

from __future__ import annotations

import contextlib
import io
import json
import sys
from collections.abc import Callable
from dataclasses import fields
from types import MappingProxyType, ModuleType
from typing import Any

import pytest
from burnish import hookimpl
from burnish.cli.commands import list as listing
from burnish.cli.commands import plugins as states
from burnish.cli.commands import show
from burnish.errors import PluginError
from burnish.plugins.catalog import Catalog
from burnish.plugins.declarations import KINDS, RestorerSpec
from burnish.plugins.discovery import Candidate
from burnish.plugins.guard.declared import take
from burnish.plugins.guard.values import check_of
from burnish.plugins.host import Host, installed
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

GIVEN = {"name": "x", "factory": "a.b:C", "summary": "Does something"}


def declared(kind: str, **values: object) -> Any:
    own = {"benchmarks": {"factory": ""}, "formats": {"suffixes": (".x",)}}
    given: dict[str, Any] = GIVEN | own.get(kind, {}) | values
    return KINDS[kind](**given)


class Wayward:
    def __repr__(self) -> str:
        raise RuntimeError("no")


class Word(str):
    def __str__(self) -> str:
        raise RuntimeError("no")

    def isprintable(self) -> bool:
        raise RuntimeError("no")


class Folder(dict):  # type: ignore[type-arg]
    def __iter__(self) -> Any:
        raise RuntimeError("no")


def test_a_reason_names_field_value_and_mend() -> None:
    with pytest.raises(PluginError) as caught:
        take(declared("restorers", tasks=["denoise"]), "restorers")
    assert str(caught.value) == (
        "restorer x: tasks=['denoise'] is of type list; give a frozenset of texts, as frozenset({\"a\"})"
    )


@pytest.mark.parametrize(
    ("kind", "field", "value", "words"),
    [
        ("formats", "suffixes", (), "suffixes=() is empty; give at least one"),
        ("formats", "suffixes", ("raw",), "has 'raw', which is not a dot and lower case"),
        ("formats", "marks", ("XYZ",), "has 'XYZ', which is no beginning of a file; give bytes in hexadecimal"),
        ("formats", "marks", ("....",), "is no beginning of a file"),
        ("formats", "marks", ("00" * 17,), "of 17 bytes; give at most 16"),
        ("formats", "axes", ("channel",), "lacks rows or columns"),
        ("formats", "axes", ("y", "x", "time"), "unknown word 'time'"),
        ("formats", "depths", ("int8",), "unknown word 'int8'"),
        ("formats", "keeps", frozenset({"mood"}), "unknown word 'mood'"),
        ("restorers", "tasks", "denoise", "tasks='denoise' is a text; give a frozenset of texts"),
        ("restorers", "tasks", frozenset({1}), "holds 1, which is a whole number"),
        ("restorers", "scale", 1, "scale=1 is a whole number; give a tuple of whole numbers, as (1,)"),
        ("restorers", "scale", (True,), "holds True, which is a truth value"),
        ("restorers", "scale", (), "scale=() is empty; give at least one"),
        ("restorers", "scale", (0,), "scale=(0,) holds 0; give 1 or more"),
        (
            "restorers",
            "config",
            {"a": {"default": {1}}},
            "config['a']['default']={1} is of type set, which JSON has not",
        ),
        ("restorers", "config", {"a": {"default": float("nan")}}, "config['a']['default']=nan is not finite"),
        ("restorers", "config", {"a": {"default": [[1, b"x"]]}}, "config['a']['default'][0][1]=b'x' is of type bytes"),
        ("restorers", "config", {"a": {"type": "integr"}}, "config['a']['type']='integr' is no valid value"),
        ("restorers", "config", {"a": {"anyOf": [{"enum": 3}]}}, "config['a']['anyOf'][0]['enum']=3 is no valid"),
        ("restorers", "config", {"a b": {}}, "has the key 'a b'; give names of the factory's keywords"),
        ("restorers", "config", {3: {}}, "has the key 3, which is a whole number"),
        ("restorers", "receptive_field", 4, "receptive_field=4 is even; give the odd side"),
        ("restorers", "receptive_field", 3.0, "receptive_field=3.0 is a number; give a whole number or None"),
        ("restorers", "license", None, "license=None is None; give a text"),
        ("restorers", "asks", "x", "asks='x' is a text; give a tuple of texts"),
        ("restorers", "summary", "s" * 5000, "has 5000 characters; give at most 1000"),
        ("restorers", "summary", "s" * 500, "has 500 characters; give one line of at most 200"),
        ("restorers", "summary", "a\x1b[31mred", r"has the control character \x1b; give one line of plain text"),
        ("restorers", "summary", "a\nb", r"has the control character \n"),
        ("restorers", "reference", "\u202e", r"has the control character \u202e"),
        ("restorers", "name", "x" * 65, "has 65 characters; give at most 64"),
        ("restorers", "name", ("a",), "name=('a',) is of type tuple"),
        ("restorers", "factory", "a b:c", "factory='a b:c' is not of the form module:attribute"),
        ("restorers", "learner", "nothing", "learner='nothing' is not of the form module:attribute"),
        ("restorers", "window_overlap", -1, "window_overlap=-1 is less than 0"),
        ("restorers", "precision_tolerance", 2.0, "precision_tolerance=2.0 is more than 1"),
        ("restorers", "weights", {"A": "b"}, "weights={'A': 'b'} has 'A' in 'b'"),
        ("restorers", "suffixes", (".ONNX",), "has '.ONNX', which is not a dot and lower case"),
        ("restorers", "suffixes", (".onnx",), "needs a setting 'file' that takes such a file"),
        ("restorers", "deterministic", "no", "deterministic='no' is a text; give True or False"),
        ("restorers", "size_multiple", 2**70, "has more than 64 bits"),
        ("restorers", "license", Wayward(), "license=<Wayward instance"),
        ("restorers", "config", Folder({"a": {}}), "config={'a': {}} cannot be read (RuntimeError); give plain values"),
        ("degraders", "gives", frozenset({"sgima"}), "has the unknown word 'sgima'; known are curve"),
        ("metrics", "protocol", {"a": {1}}, "protocol['a']={1} is of type set"),
        ("metrics", "version", 0, "version=0 is less than 1"),
        ("learners", "temporal", "single", "temporal='single' is a text; give a tuple of texts"),
        ("benchmarks", "published", {"a": 1}, "published['a']=1 is a whole number; give a dict of texts to numbers"),
        ("benchmarks", "colour", "grey8", "colour='grey8' has the unknown word 'grey8'; known are grey, rgb, y"),
        ("gates", "summary", None, "summary=None is None"),
        ("commands", "group", "", "group='' is empty; give a word"),
    ],
    ids=lambda value: str(value)[:24] if isinstance(value, str) else "",
)
def test_a_value_that_no_declaration_may_hold_is_refused(kind: str, field: str, value: object, words: str) -> None:
    with pytest.raises(PluginError) as caught:
        take(declared(kind, **{field: value}), kind)
    told = str(caught.value)
    assert words in told
    assert field in told
    assert told.isprintable()
    assert len(told) < 600


def test_what_is_taken_are_plain_values_of_the_hosts_own_class() -> None:
    class Mine(RestorerSpec):
        def as_json(self) -> dict[str, Any]:
            raise RuntimeError("no")

    setting = {"default": (1, 2)}
    given = Mine(**GIVEN | {"name": Word("x"), "tasks": {"denoise"}, "config": MappingProxyType({"a": setting})})  # type: ignore[arg-type]
    spec = take(given, "restorers")
    setting["default"] = (3,)
    assert type(spec) is RestorerSpec
    assert (type(spec.name), spec.tasks, spec.config) == (str, frozenset({"denoise"}), {"a": {"default": (1, 2)}})


def test_a_cycle_and_a_deep_value_are_refused() -> None:
    cycle: list[object] = []
    cycle.append(cycle)
    deep: object = 1
    for _ in range(5000):
        deep = [deep]
    for value in (cycle, deep):
        with pytest.raises(PluginError, match="has more than 32 levels"):
            take(declared("restorers", config={"a": {"default": value}}), "restorers")


def test_what_is_half_made_or_of_another_class_is_refused() -> None:
    with pytest.raises(PluginError, match="name is not given"):
        take(object.__new__(RestorerSpec), "restorers")
    with pytest.raises(PluginError, match="yields RestorerSpec instead of DegraderSpec"):
        take(declared("restorers"), "degraders")


def test_every_type_of_every_field_is_known() -> None:
    for spec in KINDS.values():
        for field in fields(spec):  # type: ignore[arg-type]
            assert callable(check_of(str(field.type)))
    with pytest.raises(TypeError, match="no fields of type bytes"):
        check_of("bytes")


def test_every_installed_declaration_is_taken_as_it_is() -> None:
    for entry in installed().entries:
        assert take(entry.spec, entry.spec.kind) == entry.spec


LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 70),
    st.integers(),
    st.builds(lambda: 10**5000),
    st.floats(),
    st.text(max_size=12),
    st.sampled_from(["denoise", "sigma", "single", "a.b:C", "x" * 5000, "\x1b[2J", "\ud800", ".onnx", "psnr"]),
    st.binary(max_size=4),
    st.builds(Wayward),
    st.builds(Word, st.text(max_size=5)),
    st.builds(object),
)
HASHABLE = st.one_of(st.text(max_size=6), st.integers(-5, 9), st.none(), st.booleans())
SCHEMAS = st.dictionaries(
    st.sampled_from(["type", "default", "enum", "minimum", "description", "anyOf", "items", "properties", "later"]),
    st.one_of(LEAVES, st.lists(LEAVES, max_size=2), st.sampled_from(["integer", ["string", "null"], {"type": "x"}])),
    max_size=3,
)
ANYTHING = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.lists(inner, max_size=3).map(tuple),
        st.frozensets(HASHABLE, max_size=3),
        st.sets(HASHABLE, max_size=3),
        st.dictionaries(HASHABLE, inner, max_size=3),
        st.dictionaries(HASHABLE, inner, max_size=3).map(MappingProxyType),
        st.dictionaries(HASHABLE, inner, max_size=2).map(Folder),
    ),
    max_leaves=6,
)


@st.composite
def declarations(draw: st.DrawFn) -> tuple[str, dict[str, object]]:
    """A kind, and strange values for one to three of its fields."""
    kind = draw(st.sampled_from(sorted(KINDS)))
    names = st.sampled_from([field.name for field in fields(KINDS[kind])])  # type: ignore[arg-type]
    chosen = draw(st.sets(names, min_size=1, max_size=3))
    values = {
        name: draw(
            st.dictionaries(st.text(max_size=4), SCHEMAS, max_size=2) | ANYTHING if name == "config" else ANYTHING
        )
        for name in sorted(chosen)
    }
    return kind, values


@pytest.fixture
def answer(monkeypatch: pytest.MonkeyPatch) -> Callable[[Host, Any, list[str]], str]:
    """``(host, command, words)``: what the command prints where that host's plugins are installed beside ours."""

    def run(host: Host, command: Any, words: list[str]) -> str:
        catalog = Catalog([*host.entries, *(entry for entry in installed().entries if entry.spec.kind == "degraders")])
        for module in (listing, show):
            monkeypatch.setattr(module, "installed", lambda: catalog)
        monkeypatch.setattr(states, "installed", lambda: host)
        with contextlib.redirect_stdout(io.StringIO()) as out:
            assert command(words) == 0
        return out.getvalue()

    return run


@given(declarations())
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_fuzzed_declaration_is_taken_or_broken_with_its_field_named_and_no_command_raises(
    answer: Callable[[Host, Any, list[str]], str], fuzzed: tuple[str, dict[str, object]]
) -> None:
    kind, values = fuzzed
    module = ModuleType("fuzzed_plugin")

    def register() -> list[object]:
        return [declared(kind, **values)]

    register.__name__ = f"register_{kind}"
    setattr(module, register.__name__, hookimpl(register))
    sys.modules["fuzzed_plugin"] = module
    host = Host([Candidate(entry="f", module="fuzzed_plugin", distribution="burnish-f", version="1", requires=())])
    (plugin,) = host.plugins
    assert json.loads(answer(host, states.main, ["--json"]))["plugins"][0]["state"] == plugin.state
    assert answer(host, states.main, [])
    if plugin.state == "broken":
        assert any(name in plugin.reason for name in values), plugin.reason
        assert not plugin.reason.startswith(("TypeError", "AttributeError"))
        return
    assert plugin.state == "loaded"
    (entry,) = host.entries
    assert json.loads(answer(host, listing.main, [kind, "--json"]))[kind]
    assert answer(host, listing.main, [kind])
    assert answer(host, listing.main, ["restorers", "--undoing", "gaussian-noise", "--json"])
    words = [entry.id, "--kind", kind[:-1]]
    assert json.loads(answer(host, show.main, [*words, "--json"]))["id"] == entry.id
    assert answer(host, show.main, words)
