"""The installed declarations by id: look-up with suggestions, resolving on first use, restorer-degrader pairs."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import PurePath
from typing import Any

from burnish.errors import BurnishError, PluginError, UnknownIdError
from burnish.plugins.declarations import DegraderSpec, RestorerSpec, Spec
from burnish.plugins.entry import Entry
from burnish.plugins.guard.importing import STOPS, asked_for
from burnish.plugins.host import installed as installed_host
from burnish.plugins.packages import lacking

__all__ = ["Catalog", "Entry", "installed", "undoes"]


class Catalog:
    """The declarations of all loaded plugins, sorted by id."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._kinds: dict[str, dict[str, Entry]] = {}
        for entry in sorted(entries, key=lambda entry: entry.id):
            self._kinds.setdefault(entry.spec.kind, {})[entry.id] = entry

    def entries(self, kind: str) -> dict[str, Entry]:
        """Id → entry for one kind (``restorers``), sorted by id."""
        return dict(self._kinds.get(kind, {}))

    def get(self, kind: str, name: str) -> Entry:
        """The entry with that id, or with that short name while it is unique.

        What follows a colon in a restorer's name, the name of weights (``cnn/dncnn:grey-25``), is not looked at. The
        name of a file (it has a suffix, which no id has) is that of the restorer that is made of such files.

        Raises:
            UnknownIdError: Nothing, or more than one, has that name; lists the nearest.
        """
        entries = self._kinds.get(kind, {})
        if kind == "restorers" and is_file(name):
            return self._made_of(name, entries)
        name = name.partition(":")[0] if kind == "restorers" else name
        if name in entries:
            return entries[name]
        short = [entry for entry in entries.values() if entry.spec.name == name]
        if len(short) == 1:
            return short[0]
        if short:
            ids = ", ".join(entry.id for entry in short)
            raise UnknownIdError(f"{name!r} names {len(short)} {kind}: {ids}; give the full id")
        raise UnknownIdError(f"there is no {kind[:-1]} {name!r}; {_suggestion(kind, name, entries)}")

    def _made_of(self, name: str, entries: Mapping[str, Entry]) -> Entry:
        """The restorer that is made of a file of that name."""
        suffix, known = PurePath(name).suffix.lower(), dict[str, list[Entry]]()
        for entry in entries.values():
            for claimed in entry.spec.suffixes if isinstance(entry.spec, RestorerSpec) else ():
                known.setdefault(claimed, []).append(entry)
        found = known.get(suffix, [])
        if len(found) == 1:
            return found[0]
        if found:
            ids = " or ".join(entry.id for entry in found)
            raise UnknownIdError(f"{name}: give {ids} with the setting file={name}; each is made of {suffix} files")
        raise UnknownIdError(
            f"{name}: no installed restorer is made of {suffix} files"
            + (f", but some are of {', '.join(sorted(known))}" if known else "")
            + "; see `burnish list restorers`"
        )

    def find(self, name: str, kind: str | None = None) -> Entry:
        """The one entry of any kind (or of ``kind``) with that id or short name.

        Raises:
            UnknownIdError: There is none, or there are several; lists the candidates.
        """
        if kind:
            return self.get(kind, name)
        every = [entry for entries in self._kinds.values() for entry in entries.values()]
        found = [entry for entry in every if entry.id == name] or [entry for entry in every if entry.spec.name == name]
        if len(found) == 1:
            return found[0]
        if found:
            candidates = ", ".join(f"{entry.id} (--kind {entry.spec.kind})" for entry in found)
            raise UnknownIdError(f"{name!r} matches {len(found)} ids: {candidates}; choose one")
        raise UnknownIdError(f"there is no id {name!r}; {_suggestion('', name, {e.id: e for e in every})}")

    def resolve(self, entry: Entry) -> Any:
        """Import the object that the entry's ``factory`` names.

        Raises:
            PluginError: The module or attribute is not there, or fails; names plugin, distribution and version.
        """
        module, _, attribute = entry.spec.factory.partition(":")
        try:
            found: Any = importlib.import_module(module)
            for part in attribute.split("."):
                found = getattr(found, part)
        except STOPS as error:
            if asked_for(error):
                raise
            subject = f"{entry.id} ({entry.distribution} {entry.version})"
            if one := lacking(getattr(entry.spec, "packages", {})):
                raise PluginError(f"{subject} needs {one.name}, which {one.fact}; {one.mend}") from error
            fact = " ".join(str(error).split())
            raise PluginError(
                f"{subject}: {entry.spec.factory} cannot be imported: {type(error).__name__}: {fact}; "
                f"reinstall or update {entry.distribution}"
            ) from error
        return found

    def create(self, kind: str, name: str, config: Mapping[str, object] | None = None) -> Any:
        """Resolve the factory and call it with the complete, checked configuration.

        Raises:
            UnknownIdError, ConfigError, PluginError: see ``get``, ``configuration.complete``, ``resolve``.
        """
        from burnish.plugins.configuration import complete

        entry = self.get(kind, name)
        keywords = complete(entry.spec, config or {}, subject=entry.id)
        factory = self.resolve(entry)
        try:
            return factory(**keywords)
        except BurnishError:
            raise
        except STOPS as error:
            if asked_for(error):
                raise
            fact = " ".join(str(error).split())
            raise PluginError(
                f"{entry.id} ({entry.distribution} {entry.version}) cannot be created with {keywords}: "
                f"{type(error).__name__}: {fact}"
            ) from error

    def undoing(self, degrader: str) -> list[Entry]:
        """The restorers that can undo the degrader, judged by declarations alone."""
        spec = self.get("degraders", degrader).spec
        return [entry for entry in self._kinds.get("restorers", {}).values() if undoes(entry.spec, spec)]

    def undone_by(self, restorer: str) -> list[Entry]:
        """The degraders that the restorer can undo."""
        spec = self.get("restorers", restorer).spec
        return [entry for entry in self._kinds.get("degraders", {}).values() if undoes(spec, entry.spec)]


def is_file(name: str) -> bool:
    """Whether a restorer's name is that of a file: it has a suffix, and ids have no dot."""
    return bool(PurePath(name).suffix)


def undoes(restorer: Spec, degrader: Spec) -> bool:
    """Whether tasks overlap, needs are given, the scale matches, and the restorer takes such frames or single ones."""
    if not isinstance(restorer, RestorerSpec) or not isinstance(degrader, DegraderSpec):
        return False
    return (
        bool(restorer.tasks & degrader.tasks)
        and restorer.needs <= degrader.gives
        and bool(set(restorer.scale) & set(degrader.scale))
        and restorer.temporal in {"single", degrader.temporal}
    )


@lru_cache(maxsize=1)
def installed() -> Catalog:
    """The catalog of all installed plugins, created once per process."""
    return Catalog(installed_host().entries)


def _suggestion(kind: str, name: str, entries: Mapping[str, Entry]) -> str:
    import difflib

    names = [*entries, *(entry.spec.name for entry in entries.values())]
    near = difflib.get_close_matches(name.rpartition("/")[2], names, n=3, cutoff=0.5)
    near = near or difflib.get_close_matches(name, names, n=3, cutoff=0.5)
    if near:
        ids = dict.fromkeys(
            n if n in entries else next(e.id for e in entries.values() if e.spec.name == n) for n in near
        )
        return f"did you mean {' or '.join(ids)}?"
    if not kind:
        return "see `burnish plugins` for what is installed"
    return f"see `burnish list {kind}`" if entries else f"no plugin that declares {kind} is installed"
