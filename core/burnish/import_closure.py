"""Which modules a computation is made of, by what they import, and one hash over what each of them does.

Sources are parsed, never imported. A hash holds for what a module does: comments, docstrings, layout, type-only imports
and the places of modules do not count, so that a file may be moved. A name that is imported stands for the code that it
comes from.
"""

from __future__ import annotations

import ast
import hashlib
import importlib.machinery
import importlib.util
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

_LAZY = ("__getattr__", "__dir__")
"""The functions of PEP 562, by which a package passes names on when they are first used."""


@dataclass(frozen=True)
class Closure:
    """What a computation is made of."""

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
    return _Reader(follow, leave_out).closure(roots)


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


@dataclass(frozen=True, eq=False)
class _Source:
    """One parsed file."""

    tree: ast.Module
    imports: tuple[_Import, ...]
    """At run time, wherever they stand."""
    exports: Mapping[str, _Import]
    """What its imports bind, type-only ones as well, since those say what is passed on when it is first used."""
    facade: bool
    """Whether it is a package's ``__init__`` that only passes names on."""
    texts: frozenset[str]

    @cached_property
    def named(self) -> frozenset[str]:
        """Modules that it may name in text, to import them later: ``"package.module"``, ``"package.module:name"``."""
        modules = (text.partition(":")[0] for text in self.texts)
        return frozenset(name for name in modules if "." in name and all(map(str.isidentifier, name.split("."))))


class _Reader:
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
            waiting += [module for module in source.named if self._follows(module) and not self._is_facade(module)]
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

    def _follows(self, module: str) -> bool:
        return self._follow(_top(module))

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
        followed = frozenset(one.top for one in source.imports if self._follow(one.top))
        return _digest(source, tuple(sorted(stands_for.items())), followed)


@lru_cache(maxsize=8192)
def _digest(source: _Source, stands_for: tuple[tuple[str, str], ...], followed: frozenset[str]) -> str:
    text = "".join(_dumped(source.tree, dict(stands_for), followed))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _dumped(node: object, stands_for: Mapping[str, str], followed: frozenset[str]) -> Iterator[str]:
    """As ``ast.dump``, without imports that are followed, and without what says nothing."""
    if isinstance(node, list):
        yield "["
        for item in node:
            yield from _dumped(item, stands_for, followed)
        yield "]"
    elif isinstance(node, ast.Name):
        yield f"Name({stands_for.get(node.id, node.id)})"
    elif isinstance(node, ast.Import):
        yield from (f"{one.name} {one.asname}," for one in node.names if _top(one.name) not in followed)
    elif isinstance(node, ast.ImportFrom) and (node.level or _top(node.module or "") in followed):
        return
    elif not isinstance(node, ast.AST):
        yield repr(node)
    elif not isinstance(node, ast.expr_context | ast.Pass):
        yield f"{type(node).__name__}("
        for _, value in ast.iter_fields(node):
            yield from _dumped(value, stands_for, followed)
            yield ";"
        yield ")"


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
    package = name if is_package else name.rpartition(".")[0]
    tree = ast.parse(path.read_bytes(), filename=str(path))
    exports = {one.local: one for one in _imports(tree, package)}
    tree = _Stripped().visit(tree)
    texts = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant))
    return _Source(
        tree=tree,
        imports=tuple(_imports(tree, package)),
        exports=exports,
        facade=is_package and all(_passes_on(node) for node in tree.body),
        texts=frozenset(text for text in texts if isinstance(text, str)),
    )


class _Stripped(ast.NodeTransformer):
    """Without docstrings and what only type checkers see."""

    def visit_Expr(self, node: ast.Expr) -> ast.AST:
        is_text = isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        return ast.Pass() if is_text else self.generic_visit(node)

    def visit_If(self, node: ast.If) -> ast.AST | list[ast.stmt]:
        self.generic_visit(node)
        test = node.test
        name = test.id if isinstance(test, ast.Name) else test.attr if isinstance(test, ast.Attribute) else ""
        return (node.orelse or [ast.Pass()]) if name == "TYPE_CHECKING" else node


def _imports(tree: ast.AST, package: str) -> Iterator[_Import]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield _Import(alias.name, "", alias.asname or alias.name.partition(".")[0])
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: 1 - node.level or None] if node.level else []
            module = ".".join([*above, *filter(None, [node.module])])
            for alias in node.names:
                yield _Import(module, "" if alias.name == "*" else alias.name, alias.asname or alias.name)


def _passes_on(node: ast.stmt) -> bool:
    """Whether a statement of a package's ``__init__`` does nothing but pass names on."""
    if isinstance(node, ast.Assign):
        plain = not any(isinstance(inner, ast.Call) for inner in ast.walk(node.value))
        return plain and all(isinstance(target, ast.Name) and target.id.startswith("_") for target in node.targets)
    if isinstance(node, ast.FunctionDef):
        return node.name in _LAZY
    return isinstance(node, ast.Import | ast.ImportFrom | ast.Pass)
