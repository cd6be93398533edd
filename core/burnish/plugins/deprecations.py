"""Hooks and fields of declarations that plugins should no longer use; each works until a major version removes it."""

from __future__ import annotations

from collections.abc import Iterator

from burnish.plugins.record import Record


class Deprecation(Record):
    """One hook, or one field of a declaration."""

    name: str
    """``register_x``, ``on_x``, or ``RestorerSpec.field``."""
    since: str
    """The version that deprecated it."""
    until: str
    """The major version that removes it."""
    instead: str
    """What a plugin does in its place, as an order."""

    def words(self) -> str:
        """In a sentence without its end."""
        return f"uses {self.name}, which is deprecated since {self.since} and goes with {self.until}; {self.instead}"


DEPRECATIONS: tuple[Deprecation, ...] = ()
"""All that are in force; docs/compatibility.md has them as a table."""


def of_hooks(names: set[str]) -> Iterator[Deprecation]:
    """Of the hooks that a plugin implements."""
    yield from (one for one in DEPRECATIONS if one.name in names)


def of_spec(spec: Record) -> Iterator[Deprecation]:
    """Of the fields that a declaration sets to something else than their default."""
    owners = {owner.__name__ for owner in type(spec).__mro__}
    for one in DEPRECATIONS:
        owner, _, name = one.name.partition(".")
        field = next((field for field in spec._fields if field.name == name), None)
        if owner in owners and field is not None and getattr(spec, name) != field.default:
            yield one
