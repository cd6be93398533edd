"""Checks a declared value by the annotation of its field, and copies it: what is taken holds plain values alone.

The annotations are those that declarations use: ``str``, ``bool``, ``int``, ``float``, ``None``, ``Any`` or ``object``
(a JSON value), ``X | Y``, ``tuple[X, ...]``, ``frozenset[X]`` and ``Mapping[K, V]``. They are read as text, because
evaluating them, or pydantic, would take longer than all other things that ``burnish list`` does.
"""

from __future__ import annotations

import reprlib
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple, cast

from burnish.console import escaping

LONGEST = 1000
"""Most characters of a text, and most items of a list or mapping."""
LONGEST_IN_JSON = 10_000
"""Most characters of a text in a JSON value, such as a default."""
DEEPEST = 32
"""Most levels of a JSON value."""
LARGEST = 2**63
"""Whole numbers are smaller than this, which other readers of JSON can hold."""

Check = Callable[[object], object]
"""A value → the value as it is taken."""


class UnfitError(Exception):
    """A value that cannot be taken: the value, what is wrong with it, the mend, and where it is in its field."""

    def __init__(self, value: object, fact: str, mend: str, *, other_type: bool = False) -> None:
        super().__init__(fact)
        self.value, self.fact, self.mend, self.other_type = value, fact, mend, other_type
        self.place = ""

    def within(self, place: str) -> UnfitError:
        """The same, told from further out."""
        self.place = place + self.place
        return self

    def told(self, field: str) -> str:
        """Field, value, fact and mend."""
        return f"{field}{self.place}={shown(self.value)} {self.fact}; {self.mend}"


class _Type(NamedTuple):
    check: Check
    said: str
    """What a value of it is: ``a whole number``."""
    many: str
    """And several: ``whole numbers``."""
    example: str


def check_of(annotation: str) -> Check:
    """What takes the values of a field with this annotation: returns a copy, or raises ``UnfitError``.

    Raises:
        TypeError: The annotation is none of those that declarations use.
    """
    return _typed(annotation).check


def shown(value: object) -> str:
    """The value in a message: short, in one line, whatever its ``repr`` does."""
    try:
        text = _REPR.repr(value)
    except Exception:  # a plugin's __repr__, or a number of many thousand digits
        text = f"a value of type {type(value).__name__}"
    return escaping.line(text if len(text) <= 80 else f"{text[:77]}…")


_REPR = reprlib.Repr()
_REPR.maxstring = _REPR.maxother = _REPR.maxlong = 60
_REPR.maxlevel = 3


@lru_cache(maxsize=64)
def _typed(annotation: str) -> _Type:
    """What an annotation says.

    Raises:
        TypeError: It is none of those that declarations use.
    """
    if annotation in _PLAIN:
        return _PLAIN[annotation]
    parts = _split(annotation, "|")
    if len(parts) > 1:
        return _either([_typed(part) for part in parts])
    outer, bracket, inner = annotation.partition("[")
    arguments = _split(inner[:-1], ",")
    if bracket and outer == "tuple" and arguments[1:] == ["..."]:
        return _several(_typed(arguments[0]), tuple, "tuple")
    if bracket and outer == "frozenset" and len(arguments) == 1:
        return _several(_typed(arguments[0]), frozenset, "frozenset")
    if bracket and outer == "Mapping" and len(arguments) == 2:
        return _mapping(_typed(arguments[0]), _typed(arguments[1]))
    raise TypeError(f"declarations have no fields of type {annotation}")


def _split(text: str, separator: str) -> list[str]:
    parts, depth = [""], 0
    for letter in text:
        depth += (letter == "[") - (letter == "]")
        if letter == separator and not depth:
            parts.append("")
        else:
            parts[-1] += letter
    return [part.strip() for part in parts]


def _other(value: object, wanted: str) -> UnfitError:
    kind = type(value).__name__
    named = {"str": "a text", "int": "a whole number", "bool": "a truth value", "float": "a number", "NoneType": "None"}
    fact = f"is {named.get(kind) or f'of type {kind}'}"
    return UnfitError(value, fact, f"give {wanted}", other_type=True)


def _text(value: object) -> object:
    """A line without control characters; of a subclass of ``str``, such as an enumeration's, the plain text."""
    if type(value) is str and len(value) <= LONGEST and value.isprintable():
        return value
    if not isinstance(value, str):
        raise _other(value, 'a text, as "…"')
    plain = value if type(value) is str else str.__str__(value)
    if len(plain) > LONGEST:
        raise UnfitError(plain, f"has {len(plain)} characters", f"give at most {LONGEST}")
    if not plain.isprintable() and (clean := escaping.line(plain)) != plain:
        raise UnfitError(plain, _control(plain, clean), "give one line of plain text")
    return plain


def _control(plain: str, clean: str) -> str:
    at = next(i for i, (one, other) in enumerate(zip(plain, clean, strict=False)) if one != other)
    return f"has the control character {escaping.line(plain[at])}"


def _truth(value: object) -> object:
    if value is True or value is False:
        return value
    raise _other(value, "True or False")


def _whole(value: object) -> object:
    if not isinstance(value, int) or isinstance(value, bool):
        raise _other(value, "a whole number, as 1")
    plain = int.__index__(value)
    if not -LARGEST < plain < LARGEST:
        raise UnfitError("a number", "has more than 64 bits", "give a smaller one")
    return plain


def _number(value: object) -> object:
    if isinstance(value, int) and not isinstance(value, bool):
        return _whole(value)
    if not isinstance(value, float):
        raise _other(value, "a number, as 0.5")
    plain = float.__float__(value)
    if plain != plain or plain in (float("inf"), float("-inf")):
        raise UnfitError(plain, "is not finite", "give a finite number")
    return plain


def _nothing(value: object) -> object:
    if value is None:
        return None
    raise _other(value, "None")


class _UnusualError(Exception):
    """Something that only the slower way can judge."""


def _usual(value: dict[Any, Any], depth: int = 0) -> dict[str, object]:
    """A copy of the mapping if all in it is what nearly all declarations have; as ``_json``, in a tenth of the time."""
    if depth > DEEPEST or len(value) > LONGEST:
        raise _UnusualError
    made: dict[str, object] = {}
    for name, item in value.items():
        if type(name) is not str or len(name) > LONGEST or not name.isprintable():
            raise _UnusualError
        kind = type(item)
        if kind is str and len(item) <= LONGEST and item.isprintable():
            made[name] = item
        elif kind is dict:
            made[name] = _usual(item, depth + 1)
        elif kind is list and len(item) <= LONGEST:
            made[name] = [_usual(one, depth + 2) if type(one) is dict else _usual_one(one) for one in item]
        else:
            made[name] = _usual_one(item)
    return made


def _usual_one(item: Any) -> object:
    kind = type(item)
    if (
        (kind is str and len(item) <= LONGEST and item.isprintable())
        or (kind is int and -LARGEST < item < LARGEST)
        or (kind is float and item - item == 0.0)
        or item is None
        or kind is bool
    ):
        return cast(object, item)
    raise _UnusualError


def _json(value: object, depth: int = 0) -> object:
    """A value that JSON has; tuples stay tuples, all mappings become ``dict``."""
    if value is None or value is True or value is False:
        return value
    kind = type(value)
    if kind is str or isinstance(value, str):
        return _text_in_json(value)  # type: ignore[arg-type]
    if kind is int or isinstance(value, int | float):
        return _number(value)
    if depth >= DEEPEST:
        raise UnfitError(value, f"has more than {DEEPEST} levels", "give a flatter value")
    if kind is dict or isinstance(value, Mapping):
        return _items(value, _text, _json, depth + 1)  # type: ignore[arg-type]
    if isinstance(value, list | tuple):
        _refuse_many(value)
        made = [_listed(index, item, depth + 1) for index, item in enumerate(value)]
        return tuple(made) if isinstance(value, tuple) else made
    said = type(value).__name__
    raise UnfitError(
        value, f"is of type {said}, which JSON has not", "give a text, number, True, False, None, list or dict"
    )


def _text_in_json(value: str) -> str:
    if type(value) is str and len(value) <= LONGEST_IN_JSON and value.isprintable():
        return value
    plain = value if type(value) is str else str.__str__(value)
    if len(plain) > LONGEST_IN_JSON:
        raise UnfitError(plain, f"has {len(plain)} characters", f"give at most {LONGEST_IN_JSON}")
    if not plain.isprintable() and (clean := escaping.block(plain)) != plain:
        raise UnfitError(plain, _control(plain, clean), "give text without control characters")
    return plain


def _listed(index: int, value: object, depth: int) -> object:
    try:
        return _json(value, depth)
    except UnfitError as error:
        raise error.within(f"[{index}]") from None


def _part(holds: str, whole: object, part: object, check: Check, wanted: str = "") -> object:
    """An item or key that has no place of its own: it is told with the whole."""
    try:
        return check(part)
    except UnfitError as error:
        mend = f"give {wanted}" if error.other_type and wanted else error.mend
        raise UnfitError(whole, f"{holds} {shown(error.value)}, which {error.fact}", mend) from None


def _refuse_many(value: object) -> None:
    if (count := len(value)) > LONGEST:  # type: ignore[arg-type]
        raise UnfitError(value, f"has {count} items", f"give at most {LONGEST}")


def _items(value: Mapping[object, object], key: Check, item: Callable[..., object], *more: int) -> dict[object, object]:
    _refuse_many(value)
    made = {}
    for name in value:
        plain = name if type(name) is str and name.isalnum() else _part("has the key", value, name, key)
        try:
            made[plain] = item(value[name], *more)
        except UnfitError as error:
            raise error.within(f"[{shown(plain)}]") from None
    return made


def _either(types: list[_Type]) -> _Type:
    said = " or ".join(one.said for one in types)

    def check(value: object) -> object:
        for one in types:
            try:
                return one.check(value)
            except UnfitError as error:
                if not error.other_type:
                    raise
        raise _other(value, said)

    return _Type(check, said, said, types[0].example)


def _several(of: _Type, made: Callable[[Iterable[object]], object], name: str) -> _Type:
    example = f"({of.example},)" if name == "tuple" else f"frozenset({{{of.example}}})"
    said = f"a {name} of {of.many}, as {example}"
    kinds = (tuple,) if name == "tuple" else (frozenset, set)

    def check(value: object) -> object:
        if not isinstance(value, kinds):
            raise _other(value, said)
        _refuse_many(value)
        return made([_part("holds", value, item, of.check, said) for item in value])

    return _Type(check, said, f"{name}s of {of.many}", example)


def _mapping(key: _Type, item: _Type) -> _Type:
    example = f"{{{key.example}: {item.example}}}"
    said = f"a dict of {key.many} to {item.many}, as {example}"
    json = item is _JSON

    def check(value: object) -> object:
        if type(value) is dict and json:
            try:
                return _usual(value)
            except _UnusualError:
                pass
        if not isinstance(value, Mapping):
            raise _other(value, said)
        return _items(value, key.check, item.check)

    return _Type(check, said, f"dicts of {key.many} to {item.many}", example)


_JSON = _Type(_json, "a JSON value", "JSON values", "1")
_PLAIN = {
    "str": _Type(_text, "a text", "texts", '"a"'),
    "bool": _Type(_truth, "True or False", "truth values", "True"),
    "int": _Type(_whole, "a whole number", "whole numbers", "1"),
    "float": _Type(_number, "a number", "numbers", "0.5"),
    "None": _Type(_nothing, "None", "None", "None"),
    "Any": _JSON,
    "object": _JSON,
}
