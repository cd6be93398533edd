"""Small pieces of Markdown, and the docstrings beneath the fields of a class."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterable, Sequence


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; each cell becomes one line."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell(text) for text in line) + " |" for line in lines) + "\n"


def cell(text: str) -> str:
    """Text in one line, without what ends a cell."""
    return " ".join(text.split()).replace("|", "\\|")


def code(text: str) -> str:
    """Text as code; nothing where there is none."""
    return f"`{text}`" if text else ""


def words(text: str) -> str:
    """A plain text of help, in which Markdown and HTML mean nothing; what is in backticks stays code."""
    pieces = re.split(r"(`[^`]+`)", text)
    return "".join(
        piece if number % 2 else re.sub(r"([*_<>\[\]])", r"\\\1", piece) for number, piece in enumerate(pieces)
    )


def fields(owner: type) -> dict[str, tuple[str, str]]:
    """Field → its annotation as written, and the docstring beneath it; those of the class itself, in their order."""
    tree = ast.parse(inspect.getsource(owner)).body[0]
    assert isinstance(tree, ast.ClassDef)
    found = {}
    for line, after in zip(tree.body, [*tree.body[1:], None], strict=True):
        if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name):
            annotation = ast.unparse(line.annotation)
            if not annotation.startswith("ClassVar"):
                found[line.target.id] = annotation, _text(after)
    return found


def _text(line: ast.stmt | None) -> str:
    if isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant) and isinstance(line.value.value, str):
        return inspect.cleandoc(line.value.value)
    return ""
