"""Links of a page to files of the repository outside of ``docs``: each of these files becomes a page of the site."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = "docs/"
FOLDER = "repository"
"""Where on the site the files of the repository are."""
LINK = re.compile(r"(\]\()((?!https?:|mailto:|#)[^)\s#]+)(#[^)\s]*)?(\))")
PICTURES = {".png", ".jpg", ".svg"}
ELSEWHERE = re.compile(
    r"<(?:script|img|iframe)\b[^>]*\bsrc=\"?(?:https?:)?//[^>]*>|<link\b[^>]*\bhref=\"?(?:https?:)?//[^>]*stylesheet[^>]*>"
    r"|<link\b[^>]*\bstylesheet[^>]*\bhref=\"?(?:https?:)?//[^>]*>"
)
"""What a browser loads from another host when it shows a page."""


def outside(pages: dict[str, str]) -> dict[str, Path]:
    """The files that the pages link to, and those that these link to, and so on.

    Args:
        pages: Address within the site's sources → text.

    Returns:
        Address within the site's sources → file or folder of the repository.
    """
    found = {on_site(path): ROOT / path for path in always()}
    waiting = [(in_repository(address), page(path)) for address, path in found.items()]
    waiting += [(in_repository(address), text) for address, text in pages.items()]
    while waiting:
        place, text = waiting.pop()
        for target in _targets(place, text):
            address = on_site(target)
            if not target.startswith(DOCS) and address not in found and (ROOT / target).exists():
                found[address] = ROOT / target
                if target.endswith(".md") or (ROOT / target).is_dir():
                    waiting.append((in_repository(address), page(ROOT / target)))
    return found


def always() -> list[str]:
    """The files of the repository that are pages whether anything links to them or not."""
    readmes = (path.relative_to(ROOT).as_posix() for path in ROOT.glob("plugins/*/README.md"))
    return ["CONTRIBUTING.md", "CHANGELOG.md", *sorted(readmes)]


def _targets(place: str, text: str) -> Iterable[str]:
    for link in LINK.finditer(text):
        yield posixpath.normpath(posixpath.join(posixpath.dirname(place), link[2]))


def in_repository(address: str) -> str:
    """The path in the repository of a page of the site."""
    return address.removeprefix(f"{FOLDER}/") if address.startswith(f"{FOLDER}/") else DOCS + address


def on_site(path: str) -> str:
    """The page of the site for a path in the repository."""
    if path == "README.md":
        return "index.md"
    if path.startswith(DOCS) or path == DOCS.rstrip("/"):
        inner = path.removeprefix(DOCS)
        return f"{inner}/README.md" if (ROOT / path).is_dir() else inner
    if (ROOT / path).is_dir():
        return f"{FOLDER}/{path}/README.md"
    return f"{FOLDER}/{path}" if Path(path).suffix in {".md", *PICTURES} else f"{FOLDER}/{path}.md"


def rewritten(address: str, text: str) -> str:
    """The text with links that hold on the site."""
    place = in_repository(address)

    def replaced(link: re.Match[str]) -> str:
        target = posixpath.normpath(posixpath.join(posixpath.dirname(place), link[2]))
        if target.startswith("..") or not (ROOT / target).exists():
            return link[0]  # a page that is generated; mkdocs checks it
        there = posixpath.relpath(on_site(target), posixpath.dirname(address) or ".")
        return f"{link[1]}{there}{link[3] or ''}{link[4]}"

    return LINK.sub(replaced, text)


def loaded_from_elsewhere(html: str) -> list[str]:
    """The elements of a page for which a browser asks another host."""
    return ELSEWHERE.findall(html)


def page(path: Path) -> str:
    """A file or folder of the repository as a page."""
    if path.is_dir():
        readme = path / "README.md"
        if readme.is_file():
            return readme.read_text(encoding="utf-8")
        inside = sorted(item for item in path.iterdir() if item.is_file())
        names = [f"- [{item.name}]({item.name})" for item in inside if item.suffix in {".yaml", ".md"}]
        return f"# {path.relative_to(ROOT)}\n\n" + "\n".join(names) + "\n"
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".md":
        return text
    return f"# {path.relative_to(ROOT)}\n\n````{path.suffix[1:]}\n{text}````\n"
