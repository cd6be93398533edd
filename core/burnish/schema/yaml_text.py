"""YAML written by people, parsed to plain values with their positions; traps become errors with line and column.

Plain values are texts, whole numbers, finite numbers, true, false, null, lists and mappings whose keys are texts. A key
that is given twice, NaN, infinity, control characters, tags, deep nesting, and aliases that unfold to far more than is
written are refused.
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias

import yaml

LONGEST = 1_000_000
"""Largest number of characters in a text."""
DEEPEST = 32
"""Largest depth of nested lists and mappings."""
MOST = 20_000
"""Largest number of values, including those repeated by aliases."""
LARGEST = 2**63
"""Limit for the magnitude of integers."""
SHOWN = 12
"""Largest number of problems in one message."""

Path: TypeAlias = tuple[str | int, ...]
"""Keys and indices from the root to a value."""
Place: TypeAlias = tuple[int, int]
"""Line and column, from 1."""

CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
KINDS = {"int": "whole number", "float": "number", "bool": "true or false", "null": "null"}
_TAG = "tag:yaml.org,2002:"


@dataclass(frozen=True, kw_only=True, order=True)
class Problem:
    """One fault in a text."""

    place: Place
    text: str
    """Key, fact and fix."""


class YamlProblemError(Exception):
    """All faults of a text."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = sorted(problems)
        super().__init__(listed(self.problems))


@dataclass(frozen=True, kw_only=True)
class Read:
    """The values of a text, with their positions."""

    value: Any
    keys: Mapping[Path, Place] = field(default_factory=dict)
    """Path of an entry of a mapping → where its key is."""
    values: Mapping[Path, Place] = field(default_factory=dict)
    """Path → where the value begins."""

    def place(self, path: Path, *, key: bool = False) -> Place:
        """The position of a value (or its key); if it is missing, that of its parent."""
        if key and path in self.keys:
            return self.keys[path]
        while path and path not in self.values:
            path = path[:-1]
        return self.values.get(path, (1, 1))


def read_yaml(text: str) -> Read:
    """Read one document.

    Raises:
        YamlProblemError: It is not valid YAML (the first fault), or contains refused values (all of them).
    """
    if len(text) > LONGEST:
        raise YamlProblemError(
            [Problem(place=(1, 1), text=f"has {len(text):,} characters; at most {LONGEST:,} are read")]
        )
    try:
        _refuse_expansion(text)
        node = yaml.compose(text, Loader=_Loader)
    except yaml.reader.ReaderError as error:
        where = text[: error.position].count("\n") + 1
        raise YamlProblemError(
            [Problem(place=(where, 1), text="contains a character that YAML does not allow")]
        ) from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        fact = " ".join(str(error.problem or error.context).split())
        raise YamlProblemError([Problem(place=_place(mark), text=f"is not YAML: {quoted(fact)[1:-1]}")]) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        fact = quoted(" ".join(str(error).split()))[1:-1]
        raise YamlProblemError([Problem(place=(1, 1), text=f"is not YAML: {fact}")]) from error
    reader = _Reader()
    value = reader.plain(node, ()) if node is not None else None
    if reader.problems:
        raise YamlProblemError(reader.problems)
    return Read(value=value, keys=reader.keys, values=reader.values)


def listed(problems: list[Problem]) -> str:
    """The faults in one line: ``3:5: training.bugdet: unknown key; did you mean budget?; 9:3: …``."""
    shown = "; ".join(f"{line}:{column}: {one.text}" for one in problems[:SHOWN] for line, column in [one.place])
    more = len(problems) - SHOWN
    return f"{shown}; and {more} more" if more > 0 else shown


def nearest(word: str, known: Iterable[str]) -> str:
    """``did you mean budget?``, or the list of valid words."""
    names = list(known)
    near = difflib.get_close_matches(word[:100], names, n=1, cutoff=0.5)
    return f"did you mean {near[0]}?" if near else f"there is {', '.join(names) or 'none'}"


def quoted(value: object) -> str:
    """A value for a message: short, in one line, with printable characters only."""
    line = " ".join(value.split()) if isinstance(value, str) else repr(value)
    text = "".join(character if character.isprintable() else "?" for character in line[:100])
    text = f"'{text}'" if isinstance(value, str) else text
    return text if len(text) <= 60 else f"{text[:56]}…{text[-1]}"


class _Loader(yaml.SafeLoader):
    """PyYAML's YAML 1.1, and YAML 1.2's numbers such as 1e-3."""


_Loader.add_implicit_resolver(
    f"{_TAG}float", re.compile(r"^[-+]?([0-9]+\.?|[0-9]*\.[0-9]+)[eE][-+]?[0-9]+$"), list("-+.0123456789")
)


class _Reader:
    """Converts nodes to plain values, and collects problems."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.keys: dict[Path, Place] = {}
        self.values: dict[Path, Place] = {}
        self._scalars = _Loader("")

    def plain(self, node: yaml.Node, path: Path) -> object:
        self.values[path] = _place(node.start_mark)
        if isinstance(node, yaml.MappingNode) and node.tag == f"{_TAG}map":
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode) and node.tag == f"{_TAG}seq":
            return [self.plain(item, (*path, index)) for index, item in enumerate(node.value)]
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node, path)
        self._problem(node, path, f"has the tag {quoted(node.tag.removeprefix(_TAG))}, which is not allowed; remove it")
        return None

    def _mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, object]:
        found: dict[str, object] = {}
        given: dict[str, Place] = {}
        merged = [value for key, value in node.value if key.tag == f"{_TAG}merge"]
        for other in [part for value in merged for part in _parts(value)]:
            if isinstance(other, yaml.MappingNode):
                found = {**self._mapping(other, path), **found}
            else:
                self._problem(other, path, "<< takes a mapping, or a list of mappings")
        for key_node, value in node.value:
            if key_node.tag == f"{_TAG}merge":
                continue
            if not isinstance(key_node, yaml.ScalarNode) or CONTROL.search(key_node.value) or not key_node.value:
                self._problem(key_node, path, "a key must be a text without control characters")
                continue
            key, place = key_node.value, _place(key_node.start_mark)
            if key in given:
                line, column = given[key]
                self._problem(key_node, (*path, key), f"appears twice, first at {line}:{column}; keep one")
                continue
            given[key] = self.keys[(*path, key)] = place
            found[key] = self.plain(value, (*path, key))
        return found

    def _scalar(self, node: yaml.ScalarNode, path: Path) -> object:
        kind = node.tag.removeprefix(_TAG)
        if kind in ("str", "timestamp"):
            if CONTROL.search(node.value):
                self._problem(node, path, "contains control characters; remove them")
            return node.value
        if kind not in KINDS:
            self._problem(node, path, f"has the tag {quoted(kind)}, which is not allowed; remove it")
            return None
        try:
            value = self._scalars.construct_object(node)
        except (yaml.YAMLError, ValueError, KeyError, IndexError, OverflowError):
            return self._problem(node, path, f"{quoted(node.value)} is not a valid {KINDS[kind]}")
        if isinstance(value, float) and not math.isfinite(value):
            return self._problem(node, path, f"{quoted(node.value)} is not a finite number")
        if isinstance(value, int) and abs(value) >= LARGEST:
            return self._problem(node, path, f"{quoted(node.value)} is a number that is too large")
        return value

    def _problem(self, node: yaml.Node, path: Path, text: str) -> object:
        """Record a problem, and return None as the value."""
        self.problems.append(Problem(place=_place(node.start_mark), text=said(path, text)))
        return None


def said(path: Path, text: str) -> str:
    """``training.budget: …``; for a fault of the whole text only the message."""
    dotted = ".".join(quoted(str(part))[1:-1] for part in path)
    return f"{dotted}: {text}" if dotted else text


def _parts(node: yaml.Node) -> list[yaml.Node]:
    return list(node.value) if isinstance(node, yaml.SequenceNode) else [node]


class _Mark(Protocol):
    line: int
    column: int


def _place(mark: _Mark | None) -> Place:
    return (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)


def _refuse_expansion(text: str) -> None:
    """Refuse too deep nesting or too many values after expansion of aliases, before anything is built."""
    sizes: dict[str, tuple[int, int]] = {}  # anchor → number of values, and their depth of nesting
    open_: list[tuple[str | None, int]] = []  # anchor, and number of values before it
    reached = [0]  # depth of each open collection, and of the text
    total = 0
    for event in yaml.parse(text, Loader=_Loader):
        place = _place(event.start_mark)
        if isinstance(event, yaml.AliasEvent):
            if event.anchor not in sizes:
                raise YamlProblemError(
                    [Problem(place=place, text=f"*{quoted(event.anchor)[1:-1]} names nothing above it")]
                )
            total += sizes[event.anchor][0]
            reached[-1] = max(reached[-1], len(open_) + sizes[event.anchor][1])
        elif isinstance(event, yaml.NodeEvent):
            anchor, total = event.anchor, total + 1
            if isinstance(event, yaml.CollectionStartEvent):
                open_.append((anchor, total - 1))
                reached.append(len(open_))
            elif anchor is not None:
                sizes[anchor] = 1, 0
        elif isinstance(event, yaml.CollectionEndEvent):
            anchor, before = open_.pop()
            deepest = reached.pop()
            reached[-1] = max(reached[-1], deepest)
            if anchor is not None:
                sizes[anchor] = total - before, deepest - len(open_)
        if reached[-1] > DEEPEST:
            raise YamlProblemError([Problem(place=place, text=f"is nested more than {DEEPEST} deep")])
        if total > MOST:
            raise YamlProblemError([Problem(place=place, text=f"contains more than {MOST:,} values, aliases unfolded")])
