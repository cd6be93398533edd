"""The blocks of code on the pages of the manual, and which test runs each of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

DOCS = Path(__file__).parents[1]
FENCE = re.compile(
    r"^(?:<!-- not run: (?P<reason>[^\n]+?) -->\n)?(?P<indent> *)(?P<marks>`{3,}|~{3,})(?P<told>[^\n]*)\n"
    r"(?P<text>.*?)^(?P=indent)(?P=marks) *$",
    re.DOTALL | re.MULTILINE,
)
LANGUAGES = {"bash", "console", "python", "yaml", "toml", "text"}
"""What a fence may say; ``text`` is what a program printed, or a drawing: nothing to be run."""
TUTORIALS = "tests/system/test_tutorials.py"
RUNNERS = (
    ("tutorials/*.md", r"bash|python|yaml", "", TUTORIALS),
    ("troubleshooting.md", r"console", "", TUTORIALS),
    ("gallery/README.md", r"bash|python", "", "tests/core/test_gallery.py"),
    ("weights.md", r"bash|python", "", "tests/core/test_weights_page.py"),
    ("python.md", r"python", r">>> ", "tests/core/test_python_docs.py"),
    ("plugins.md", r"toml|python", r"# \S+: |# pyproject", "tests/core/test_third_party.py"),
    ("*.md", r"yaml|toml", "", "tests/core/test_code_blocks.py"),
    ("*.md", r"bash|python", "", "tests/system/test_code_blocks.py"),
)
"""Pages, languages, how a block begins → the test that runs such a block; the first line that fits holds."""


@dataclass(frozen=True, kw_only=True)
class Block:
    """One block of code."""

    page: str
    """Address below ``docs``."""
    line: int
    language: str
    title: str
    """The file that it is; empty for most."""
    text: str
    reason: str
    """Why no test runs it; empty for most."""

    @property
    def place(self) -> str:
        """File and line."""
        return f"docs/{self.page}:{self.line}"

    @property
    def runner(self) -> str:
        """The test that runs it; empty if none does."""
        if self.reason or self.language == "text":
            return ""
        for pages, languages, beginning, test in RUNNERS:
            if fnmatch(self.page, pages) and re.fullmatch(languages, self.language) and re.match(beginning, self.text):
                return test
        return ""


def pages() -> list[str]:
    """The addresses of all written pages."""
    return sorted(path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md"))


def blocks(page: str) -> Iterator[Block]:
    """The blocks of a page, in their order."""
    text = (DOCS / page).read_text(encoding="utf-8")
    for found in FENCE.finditer(text):
        language, _, more = found["told"].partition(" ")
        title = re.search(r'title="(.+?)"', more)
        yield Block(
            page=page,
            line=text.count("\n", 0, found.start("marks")) + 1,
            language=language,
            title=title[1] if title else "",
            text=found["text"],
            reason=found["reason"] or "",
        )


def run_by(test: str) -> list[Block]:
    """The blocks that a test runs."""
    return [block for page in pages() for block in blocks(page) if block.runner == test]
