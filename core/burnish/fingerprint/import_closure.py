"""The modules of a computation, found by their imports, and one hash over their code.

Sources are parsed, never imported. A hash covers what a module does. Comments, docstrings, texts of errors, layout,
type-only imports and paths of modules do not count, so that a file may be moved. An imported name is hashed as the code
that defines it.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from burnish.fingerprint.source import Source, Statement, Word, module_file, package_of, parents, read


@dataclass(frozen=True)
class Closure:
    """The modules and libraries of a computation."""

    modules: Mapping[str, str]
    """Module → sha256 of its code."""
    libraries: frozenset[str]
    """Imported top-level names that were not followed, without the standard library."""
    texts: Mapping[str, frozenset[str]]
    """Top-level package → every string constant in its modules, by which code names its data files."""


def closure(roots: Iterable[str], *, follow: Callable[[str], bool], leave_out: Collection[str] = ()) -> Closure:
    """All modules and libraries that the roots import, directly or not, inside functions too, or name in a text.

    A package that only passes names on is not part of it: a name leads to the module that it is from.

    Args:
        roots: Names of modules.
        follow: Whether a top-level package is read as source; of others only the name is kept.
        leave_out: Modules and packages that are neither read nor followed.

    Raises:
        SyntaxError: A module is not valid Python.
    """
    return _SourceReader(follow, leave_out).closure(roots)


class _SourceReader:
    """Reads the modules of one closure, each file once."""

    def __init__(self, follow: Callable[[str], bool], leave_out: Collection[str]) -> None:
        self._follow = follow
        self._leave_out = leave_out
        self._sources: dict[str, Source | None] = {}
        self._homes: dict[tuple[str, str], str] = {}

    def closure(self, roots: Iterable[str]) -> Closure:
        found: dict[str, Source] = {}
        libraries = set[str]()
        waiting = list(roots)
        while waiting:
            name = waiting.pop()
            source = None if name in found or self._left_out(name) else self._source(name)
            if source is None:
                continue
            found[name] = source
            waiting += [parent for parent in parents(name) if not self._is_facade(parent)]
            for one in source.imports:
                if self._follow(one.top):
                    waiting.append(self._home(one.module, one.name))
                elif one.top not in sys.stdlib_module_names:
                    libraries.add(one.top)
            waiting += [module for text in source.named if (module := self._named(text))]
        alone = {name: self._digest(source, {}) for name, source in found.items()}
        texts: dict[str, frozenset[str]] = {}
        for name, source in found.items():
            top = package_of(name)
            texts[top] = texts.get(top, frozenset()) | source.texts
        return Closure(
            modules={name: self._digest(source, alone) for name, source in found.items()},
            libraries=frozenset(libraries),
            texts=texts,
        )

    def _source(self, name: str) -> Source | None:
        if name not in self._sources:
            path = module_file(name)
            self._sources[name] = read(path, name) if path else None
        return self._sources[name]

    def _named(self, text: str) -> str:
        """The module that a text names, if that module is followed; else empty."""
        module = text.partition(":")[0]
        return module if self._follow(package_of(module)) and not self._is_facade(module) else ""

    def _left_out(self, name: str) -> bool:
        return any(one in self._leave_out for one in (name, *parents(name)))

    def _is_facade(self, package: str) -> bool:
        source = self._source(package)
        return source is None or source.facade

    def _home(self, module: str, name: str) -> str:
        """The module that defines an imported name, found through packages that re-export it."""
        if (module, name) not in self._homes:
            self._homes[module, name] = module  # ends a circle of re-exports
            self._homes[module, name] = self._find_home(module, name)
        return self._homes[module, name]

    def _find_home(self, module: str, name: str) -> str:
        if not name:
            return module
        if self._source(f"{module}.{name}"):
            return f"{module}.{name}"
        source = self._source(module)
        export = source.exports.get(name) if source and source.facade else None
        return self._home(export.module, export.name) if export else module

    def _digest(self, source: Source, alone: Mapping[str, str]) -> str:
        """The hash of one module; an imported name is replaced by the hash in ``alone`` of the code that defines it."""
        homes: dict[str, set[str]] = {}
        for one in source.imports:
            if self._follow(one.top):
                home = self._home(one.module, one.name)
                name = "" if home == f"{one.module}.{one.name}" else one.name
                homes.setdefault(one.local, set()).add(f"{alone.get(home, '')}:{name}")
        stands_for = {local: " ".join(sorted(found)) for local, found in homes.items()}
        for text in source.named:
            if module := self._named(text):
                stands_for[text] = f"{alone.get(module, '')}:{text.partition(':')[2]}"
            elif self._follow(package_of(text)) and self._source(text):  # the name of a package, such as a logger's
                stands_for[text] = ""
        followed = frozenset(one.top for one in source.imports if self._follow(one.top))
        return _digest(source, tuple(sorted(stands_for.items())), followed)


@lru_cache(maxsize=8192)
def _digest(source: Source, stands_for: tuple[tuple[str, str], ...], followed: frozenset[str]) -> str:
    homes = dict(stands_for)
    digest = hashlib.sha256()
    for part in source.code:
        if isinstance(part, Word):
            text = homes.get(part.name, part.name)
        elif isinstance(part, Statement):
            text = "" if part.top in followed else part.text
        else:
            text = part
        digest.update(f"{text}\n".encode("utf-8", "surrogatepass"))
    return digest.hexdigest()
