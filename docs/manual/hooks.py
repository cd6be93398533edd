"""What mkdocs calls while it builds the site: generated pages, pages of the repository, and links to them."""

from __future__ import annotations

import logging
import sys
from pathlib import Path, PurePosixPath
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

from manual import links, pages


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that nobody writes, and fill in the stars of the navigation."""
    made = pages.generated()
    for address, text in made.items():
        files.append(File.generated(config, address, content=text))
    written = {file.src_uri: file.content_string for file in files.documentation_pages()}
    for address, path in links.outside(written).items():
        if path.suffix in links.PICTURES:
            files.append(File.generated(config, address, abs_src_path=str(path)))
        else:
            files.append(File.generated(config, address, content=links.page(path)))
    config.nav = _filled(config.nav, sorted(file.src_uri for file in files.documentation_pages()))
    return files


def _filled(nav: Any, addresses: list[str]) -> Any:
    """The navigation, each address with a star replaced by those that fit."""
    if isinstance(nav, dict):
        return {title: _filled(below, addresses) for title, below in nav.items()}
    if not isinstance(nav, list):
        return nav
    found = []
    for item in nav:
        if isinstance(item, str) and "*" in item:
            found += [address for address in addresses if PurePosixPath(address).match(item)]
        else:
            found.append(_filled(item, addresses))
    return found


def on_page_markdown(markdown: str, page: Any, **_: object) -> str:
    """The page with links that hold on the site."""
    return links.rewritten(page.file.src_uri, markdown)


def on_post_page(output: str, page: Any, **_: object) -> str:
    """The page, which loads nothing from other hosts: that is a warning, and ends a strict build."""
    for element in links.loaded_from_elsewhere(output):
        logging.getLogger("mkdocs.burnish").warning("%s loads from another host: %s", page.file.src_uri, element)
    return output
