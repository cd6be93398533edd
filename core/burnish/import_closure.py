"""The modules of a computation, found by their imports, and one hash over their code.

Sources are parsed, never imported. A hash covers what a module does. Comments, docstrings, the words of errors, layout,
type-only imports and the places of modules do not count, so that a file may be moved. An imported name stands for the
code that it comes from.
"""

from __future__ import annotations

import ast
import hashlib
import importlib.machinery
import importlib.util
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

_LAZY = ("__getattr__", "__dir__")
"""The functions of PEP 562, by which a package passes names on when they are first used."""


@dataclass(frozen=True)
class Closure:
    """The modules and libraries of a computation."""

    modules: Mapping[str, str]
    """Module → sha256 over what it does."""
    libraries: frozenset[str]
    """Top-level names that are imported and were not followed; without the standard library."""
    texts: Mapping[str, frozenset[str]]
    """Top-level package → every string constant in its modules, by which code names its data files."""


def closure(roots: Iterable[str], *, follow: Callable[[str], bool], leave_out: Collection[str] = ()) -> Closure:
    """Everything that the roots import, directly or not, within functions or not, or name in text.

    A package that only passes names on is not part of it: a name leads to the module that it is from.

    Args:
        roots: Names of modules.
        follow: Whether a top-level package is read as source; of others only the name is kept.
        leave_out: Modules and packages that are neither read nor followed.

    Raises:
        SyntaxError: A module is no Python.
    """
    return _SourceReader(follow, leave_out).closure(roots)


def module_file(name: str) -> Path | None:
    """The Python file of a module, or of a package's ``__init__``; None: there is none. Nothing is imported."""
    top, *rest = name.split(".")
    spec = _spec(top)
    if spec is None:
        return None
    if spec.submodule_search_locations is None:
        single = Path(spec.origin or "")
        return single if not rest and spec.has_location and single.suffix == ".py" else None
    for place in spec.submodule_search_locations:
        path = Path(place, *rest)
        for file in (path / "__init__.py", path.with_name(f"{path.name}.py")):
            if file.is_file() and (rest or file.name == "__init__.py"):
                return file
    return None


def package_folders(top: str) -> list[Path]:
    """Where a top-level package lies; none, where it is a single module or not installed."""
    spec = _spec(top)
    return [Path(place) for place in (spec.submodule_search_locations or ())] if spec else []


def _spec(top: str) -> importlib.machinery.ModuleSpec | None:
    try:
        return importlib.util.find_spec(top)
    except (ImportError, ValueError):  # a module made by hand has no spec
        return None


@dataclass(frozen=True)
class _Import:
    """``from module import name as local``, or ``import module as local`` (no ``name``)."""

    module: str
    name: str
    local: str

    @property
    def top(self) -> str:
        return _top(self.module)


@dataclass(frozen=True)
class _Word:
    """A name in a syntax tree, or a text that may name a module: it stands for the code that it comes from."""

    name: str


@dataclass(frozen=True)
class _Statement:
    """An import, which says nothing where it is followed."""

    top: str
    text: str


@dataclass(frozen=True, eq=False)
class _Source:
    """One parsed file."""

    code: Sequence[str | _Word | _Statement]
    """What it does: its syntax tree in prefix order, without docstrings and what only type checkers see."""
    imports: Sequence[_Import]
    """At run time, wherever they stand."""
    exports: Mapping[str, _Import]
    """What its imports bind, type-only ones as well, since those say what is passed on when it is first used."""
    facade: bool
    """Whether it is a package's ``__init__`` that only passes names on."""
    texts: frozenset[str]
    """Its string constants."""

    @cached_property
    def named(self) -> frozenset[str]:
        """Texts that may name a module, to import it later: ``package.module``, ``package.module:name``."""
        return frozenset(filter(_names_module, self.texts))


class _SourceReader:
    """Reads what one closure needs; each file once."""

    def __init__(self, follow: Callable[[str], bool], leave_out: Collection[str]) -> None:
        self._follow = follow
        self._leave_out = leave_out
        self._sources: dict[str, _Source | None] = {}
        self._homes: dict[tuple[str, str], str] = {}

    def closure(self, roots: Iterable[str]) -> Closure:
        found: dict[str, _Source] = {}
        libraries = set[str]()
        waiting = list(roots)
        while waiting:
            name = waiting.pop()
            source = None if name in found or self._left_out(name) else self._source(name)
            if source is None:
                continue
            found[name] = source
            waiting += [parent for parent in _parents(name) if not self._is_facade(parent)]
            for one in source.imports:
                if self._follow(one.top):
                    waiting.append(self._home(one.module, one.name))
                elif one.top not in sys.stdlib_module_names:
                    libraries.add(one.top)
            waiting += [module for text in source.named if (module := self._named(text))]
        alone = {name: self._digest(source, {}) for name, source in found.items()}
        texts: dict[str, frozenset[str]] = {}
        for name, source in found.items():
            top = _top(name)
            texts[top] = texts.get(top, frozenset()) | source.texts
        return Closure(
            modules={name: self._digest(source, alone) for name, source in found.items()},
            libraries=frozenset(libraries),
            texts=texts,
        )

    def _source(self, name: str) -> _Source | None:
        if name not in self._sources:
            path = module_file(name)
            self._sources[name] = _read(path, name) if path else None
        return self._sources[name]

    def _named(self, text: str) -> str:
        """The module that a text names, where it is one that is followed; else empty."""
        module = text.partition(":")[0]
        return module if self._follow(_top(module)) and not self._is_facade(module) else ""

    def _left_out(self, name: str) -> bool:
        return any(one in self._leave_out for one in (name, *_parents(name)))

    def _is_facade(self, package: str) -> bool:
        source = self._source(package)
        return source is None or source.facade

    def _home(self, module: str, name: str) -> str:
        """The module that an imported name is from, through packages that pass it on."""
        if (module, name) not in self._homes:
            self._homes[module, name] = module  # for names that are passed on in a circle
            self._homes[module, name] = self._found(module, name)
        return self._homes[module, name]

    def _found(self, module: str, name: str) -> str:
        if not name:
            return module
        if self._source(f"{module}.{name}"):
            return f"{module}.{name}"
        source = self._source(module)
        export = source.exports.get(name) if source and source.facade else None
        return self._home(export.module, export.name) if export else module

    def _digest(self, source: _Source, alone: Mapping[str, str]) -> str:
        """Of one module; what it imports stands for the code that it comes from, as far as ``alone`` knows that."""
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
            elif self._follow(_top(text)) and self._source(text):  # a package's name, as of a log
                stands_for[text] = ""
        followed = frozenset(one.top for one in source.imports if self._follow(one.top))
        return _digest(source, tuple(sorted(stands_for.items())), followed)


@lru_cache(maxsize=8192)
def _digest(source: _Source, stands_for: tuple[tuple[str, str], ...], followed: frozenset[str]) -> str:
    homes = dict(stands_for)
    digest = hashlib.sha256()
    for part in source.code:
        if isinstance(part, _Word):
            text = homes.get(part.name, part.name)
        elif isinstance(part, _Statement):
            text = "" if part.top in followed else part.text
        else:
            text = part
        digest.update(f"{text}\n".encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def _top(module: str) -> str:
    return module.partition(".")[0]


def _parents(name: str) -> list[str]:
    parts = name.split(".")
    return [".".join(parts[:i]) for i in range(1, len(parts))]


def _read(path: Path, name: str) -> _Source:
    status = path.stat()
    return _parsed(path, name, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=4096)
def _parsed(path: Path, name: str, changed: int, size: int) -> _Source:
    is_package = path.name == "__init__.py"
    tree = ast.parse(path.read_bytes(), filename=str(path))
    scan = _Scan(package=name if is_package else name.rpartition(".")[0])
    scan.visit(tree.body)
    return _Source(
        code=scan.code,
        imports=scan.imports,
        exports=scan.exports,
        facade=is_package and all(_passes_on(node) for node in tree.body),
        texts=frozenset(scan.texts),
    )


class _Scan:
    """One walk through a syntax tree that takes down all that is asked about it."""

    def __init__(self, package: str) -> None:
        self.code: list[str | _Word | _Statement] = []
        self.imports: list[_Import] = []
        self.exports: dict[str, _Import] = {}
        self.texts: set[str] = set()
        self._package = package
        self._typed = 0
        self._raising = 0

    def visit(self, node: Any) -> None:
        """Take down a node, a list of nodes, or a value."""
        if isinstance(node, list):
            for item in node:
                self.visit(item)
            self.code.append("]")
        elif not isinstance(node, ast.AST):
            if isinstance(node, str):
                self.texts.add(node)
            self.code.append(_Word(node) if isinstance(node, str) and _names_module(node) else repr(node))
        elif isinstance(node, ast.Name):
            self.code.append(_Word(node.id))
        elif isinstance(node, ast.Import | ast.ImportFrom):
            self._import(node)
        elif isinstance(node, ast.If) and _is_typing(node.test):
            self._for_type_checkers(node)
        elif not (_says_nothing(node) or (self._raising and _is_text(node))):
            self.code.append(type(node).__name__)
            self._raising += isinstance(node, ast.Raise)
            for field in node._fields:
                if field != "ctx":
                    self.visit(getattr(node, field))
            self._raising -= isinstance(node, ast.Raise)

    def _import(self, node: ast.Import | ast.ImportFrom) -> None:
        found = list(_imports(node, self._package))
        self.exports.update((one.local, one) for one in found)
        if self._typed:
            return
        self.imports += found
        self.code += [_Statement(one.top, f"{one.module} {one.name} {one.local}") for one in found]

    def _for_type_checkers(self, node: ast.If) -> None:
        before = len(self.code)
        self._typed += 1
        self.visit(node.body)
        self._typed -= 1
        del self.code[before:]
        for item in node.orelse:
            self.visit(item)


def _imports(node: ast.Import | ast.ImportFrom, package: str) -> Iterator[_Import]:
    if isinstance(node, ast.Import):
        for alias in node.names:
            yield _Import(alias.name, "", alias.asname or _top(alias.name))
        return
    above = package.split(".")[: 1 - node.level or None] if node.level else []
    module = ".".join([*above, *filter(None, [node.module])])
    for alias in node.names:
        yield _Import(module, "" if alias.name == "*" else alias.name, alias.asname or alias.name)


def _names_module(text: str) -> bool:
    module = text.partition(":")[0]
    return "." in module and all(map(str.isidentifier, module.split(".")))


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _is_typing(test: ast.expr) -> bool:
    return getattr(test, "id", getattr(test, "attr", "")) == "TYPE_CHECKING"


def _says_nothing(node: ast.AST) -> bool:
    """A docstring, or any other text alone, and ``pass``."""
    if isinstance(node, ast.Expr):
        return _is_text(node.value)
    return isinstance(node, ast.Pass)


def _passes_on(node: ast.stmt) -> bool:
    """Whether a statement of a package's ``__init__`` does nothing but pass names on."""
    if isinstance(node, ast.Assign):
        names = [inner.id for target in node.targets for inner in ast.walk(target) if isinstance(inner, ast.Name)]
        plain = not any(isinstance(inner, ast.Call) for inner in ast.walk(node.value))
        return all(name in _LAZY for name in names) or (plain and all(name.startswith("_") for name in names))
    if isinstance(node, ast.If):
        return _is_typing(node.test) and not node.orelse
    if isinstance(node, ast.FunctionDef):
        return node.name in _LAZY
    return isinstance(node, ast.Import | ast.ImportFrom) or _says_nothing(node)
