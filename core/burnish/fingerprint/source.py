"""One Python file as a computation uses it: its code, its imports and its texts.

Files are found and parsed, never imported.
"""

from __future__ import annotations

import ast
import importlib.machinery
import importlib.util
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

_LAZY = ("__getattr__", "__dir__")
"""The functions of PEP 562, by which a package re-exports names lazily."""


@dataclass(frozen=True)
class Import:
    """``from module import name as local``, or ``import module as local`` (no ``name``)."""

    module: str
    name: str
    local: str

    @property
    def top(self) -> str:
        """The top-level package of the module."""
        return package_of(self.module)


@dataclass(frozen=True)
class Word:
    """A name in a syntax tree, or a text that may name a module; hashed as the code that it refers to."""

    name: str


@dataclass(frozen=True)
class Statement:
    """An import statement, which is left out of the hash if the import is followed."""

    top: str
    text: str


@dataclass(frozen=True, eq=False)
class Source:
    """One parsed file."""

    code: Sequence[str | Word | Statement]
    """Its syntax tree in prefix order, without docstrings and code for type checkers."""
    imports: Sequence[Import]
    """Imports at run time, at any level."""
    exports: Mapping[str, Import]
    """Names bound by its imports; type-only ones too, since they declare what is re-exported lazily."""
    facade: bool
    """Whether it is a package's ``__init__`` that only re-exports names."""
    texts: frozenset[str]
    """Its string constants."""

    @cached_property
    def named(self) -> frozenset[str]:
        """Texts that may name a module, to import it later: ``package.module``, ``package.module:name``."""
        return frozenset(filter(_names_module, self.texts))


def module_file(name: str) -> Path | None:
    """The Python file of a module, or of a package's ``__init__``; None if there is none. Nothing is imported."""
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
    """The folders of a top-level package; empty for a single module, or if it is not installed."""
    spec = _spec(top)
    return [Path(place) for place in (spec.submodule_search_locations or ())] if spec else []


def _spec(top: str) -> importlib.machinery.ModuleSpec | None:
    try:
        return importlib.util.find_spec(top)
    except (ImportError, ValueError):  # a module created at run time has no spec
        return None


def read(path: Path, name: str) -> Source:
    """The parsed file of the module ``name``; parsed again only after the file has changed.

    Raises:
        SyntaxError: It is not valid Python.
    """
    status = path.stat()
    return _parsed(path, name, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=4096)
def _parsed(path: Path, name: str, changed: int, size: int) -> Source:
    is_package = path.name == "__init__.py"
    tree = ast.parse(path.read_bytes(), filename=str(path))
    scan = _Scan(package=name if is_package else name.rpartition(".")[0])
    scan.visit(tree.body)
    return Source(
        code=scan.code,
        imports=scan.imports,
        exports=scan.exports,
        facade=is_package and all(_only_reexports(node) for node in tree.body),
        texts=frozenset(scan.texts),
    )


class _Scan:
    """One walk through a syntax tree that collects code, imports, exports and texts."""

    def __init__(self, package: str) -> None:
        self.code: list[str | Word | Statement] = []
        self.imports: list[Import] = []
        self.exports: dict[str, Import] = {}
        self.texts: set[str] = set()
        self._package = package
        self._typed = 0
        self._raising = 0

    def visit(self, node: Any) -> None:
        """Record a node, a list of nodes, or a value."""
        if isinstance(node, list):
            for item in node:
                self.visit(item)
            self.code.append("]")
        elif not isinstance(node, ast.AST):
            if isinstance(node, str):
                self.texts.add(node)
            self.code.append(Word(node) if isinstance(node, str) and _names_module(node) else repr(node))
        elif isinstance(node, ast.Name):
            self.code.append(Word(node.id))
        elif isinstance(node, ast.Import | ast.ImportFrom):
            self._import(node)
        elif isinstance(node, ast.If) and _is_typing(node.test):
            self._for_type_checkers(node)
        elif not (_has_no_effect(node) or (self._raising and _is_text(node))):
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
        self.code += [Statement(one.top, f"{one.module} {one.name} {one.local}") for one in found]

    def _for_type_checkers(self, node: ast.If) -> None:
        before = len(self.code)
        self._typed += 1
        self.visit(node.body)
        self._typed -= 1
        del self.code[before:]
        for item in node.orelse:
            self.visit(item)


def _imports(node: ast.Import | ast.ImportFrom, package: str) -> Iterator[Import]:
    if isinstance(node, ast.Import):
        for alias in node.names:
            yield Import(alias.name, "", alias.asname or package_of(alias.name))
        return
    above = package.split(".")[: 1 - node.level or None] if node.level else []
    module = ".".join([*above, *filter(None, [node.module])])
    for alias in node.names:
        yield Import(module, "" if alias.name == "*" else alias.name, alias.asname or alias.name)


def _names_module(text: str) -> bool:
    module = text.partition(":")[0]
    return "." in module and all(map(str.isidentifier, module.split(".")))


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _is_typing(test: ast.expr) -> bool:
    return getattr(test, "id", getattr(test, "attr", "")) == "TYPE_CHECKING"


def _has_no_effect(node: ast.AST) -> bool:
    """Whether a statement has no effect: a docstring or other text alone, or ``pass``."""
    if isinstance(node, ast.Expr):
        return _is_text(node.value)
    return isinstance(node, ast.Pass)


def _only_reexports(node: ast.stmt) -> bool:
    """Whether a statement of a package's ``__init__`` only re-exports names."""
    if isinstance(node, ast.Assign):
        names = [inner.id for target in node.targets for inner in ast.walk(target) if isinstance(inner, ast.Name)]
        plain = not any(isinstance(inner, ast.Call) for inner in ast.walk(node.value))
        return all(name in _LAZY for name in names) or (plain and all(name.startswith("_") for name in names))
    if isinstance(node, ast.If):
        return _is_typing(node.test) and not node.orelse
    if isinstance(node, ast.FunctionDef):
        return node.name in _LAZY
    return isinstance(node, ast.Import | ast.ImportFrom) or _has_no_effect(node)


def package_of(module: str) -> str:
    """The top-level package of a dotted name."""
    return module.partition(".")[0]


def parents(name: str) -> list[str]:
    """The packages that contain a module, outermost first."""
    parts = name.split(".")
    return [".".join(parts[:i]) for i in range(1, len(parts))]
