"""Finds the installed distributions with an entry point in the group ``burnish``, by reading files only.

``importlib.metadata`` does the same but costs 30 ms to import (it pulls the e-mail parser), which would be the largest
part of ``burnish --help``. Only unpacked distributions (``*.dist-info``), which is what pip installs, are seen.
"""

from __future__ import annotations

import os
import sys

from burnish.plugins.record import Record

GROUP = "burnish"


class Candidate(Record):
    """An entry point that may be a plugin, before any of it is imported."""

    entry: str
    """Name of the entry point."""
    module: str
    """The module (``package.module``) or object in it (``package.module:attribute``) that it names."""
    distribution: str
    """Normalised name of the distribution: lower case with hyphens."""
    version: str
    requires: tuple[str, ...]
    """Its ``Requires-Dist`` lines."""


def candidates(path: list[str] | None = None) -> list[Candidate]:
    """All plugins on ``path`` (default ``sys.path``), sorted by distribution and entry.

    A distribution that is on the path twice counts once, where it is first, as in an import.
    """
    seen: set[str] = set()
    found: list[Candidate] = []
    for folder in sys.path if path is None else path:
        try:
            names = os.listdir(folder or ".")
        except OSError:
            continue
        for name in sorted(names):
            if not name.endswith(".dist-info"):
                continue
            key = normalised(name[: -len(".dist-info")].rsplit("-", 1)[0])
            if key not in seen:
                seen.add(key)
                found.extend(_of_distribution(os.path.join(folder or ".", name)))
    return sorted(found, key=lambda candidate: (candidate.distribution, candidate.entry))


def normalised(name: str) -> str:
    """The normalised name of a distribution (PEP 503)."""
    return name.lower().replace("_", "-").replace(".", "-")


def _of_distribution(info: str) -> list[Candidate]:
    entries = _entry_points(info)
    if not entries:
        return []
    headers = _headers(info)
    return [
        Candidate(
            entry=entry,
            module=module,
            distribution=normalised(headers.get("name", [os.path.basename(info).rsplit("-", 2)[0]])[0]),
            version=headers.get("version", ["0"])[0],
            requires=tuple(headers.get("requires-dist", ())),
        )
        for entry, module in entries
    ]


def _entry_points(info: str) -> list[tuple[str, str]]:
    try:
        with open(os.path.join(info, "entry_points.txt"), encoding="utf-8") as file:
            text = file.read()
    except (OSError, UnicodeDecodeError):
        return []
    if f"[{GROUP}]" not in text:
        return []
    entries, inside = [], False
    for line in map(str.strip, text.splitlines()):
        if line.startswith("["):
            inside = line == f"[{GROUP}]"
        elif inside and "=" in line and not line.startswith(("#", ";")):
            entry, _, module = line.partition("=")
            entries.append((entry.strip(), module.partition("[")[0].strip()))
    return entries


def _headers(info: str) -> dict[str, list[str]]:
    headers: dict[str, list[str]] = {}
    try:
        with open(os.path.join(info, "METADATA"), encoding="utf-8", errors="replace") as file:
            for line in file:
                if not line.strip():
                    break
                key, colon, value = line.partition(":")
                if colon and not line[0].isspace():
                    headers.setdefault(key.lower(), []).append(value.strip())
    except OSError:
        pass
    return headers
