"""Whether what is installed fits together: what distributions require of each other, and pairs that break."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable, Iterator
from importlib import metadata

from packaging.requirements import InvalidRequirement, Requirement
from packaging.version import InvalidVersion, Version

from burnish.installation.finding import Finding

KNOWN_BROKEN: tuple[tuple[str, str, str], ...] = (
    ("fastapi", "0.151", "Prefect 3.8 fails on the first flow run"),
    ("sqlalchemy", "2.1", "Prefect never creates scheduled runs and loses task records"),
)
"""Distribution, first version known not to work together with Prefect 3.8, and how that shows."""
VISION = "torchvision"
WITHOUT = "install the torchvision that is made for it, or pip uninstall torchvision: burnish itself needs none"
"""The mend."""
PATIENCE = 120.0
"""Seconds that a module may take to be imported."""


def known_broken() -> Iterator[Finding]:
    """Versions that break Prefect, where both are installed."""
    for distribution, bound, symptom in KNOWN_BROKEN:
        found = _version(distribution)
        if found is None or _version("prefect") is None:
            continue
        mend = f"{symptom}: pip install '{distribution}<{bound}'"
        good = found < Version(bound)
        yield Finding(name=distribution, good=good, fact=f"{found} (must be below {bound})", mend=mend)


def unmet(distributions: Iterable[str]) -> Iterator[Finding]:
    """What these distributions require and is not installed, or in another version.

    Args:
        distributions: Their names; those that are not installed are passed over.
    """
    told: set[str] = set()
    for name in distributions:
        for requirement in _required(name, ""):
            found = _version(requirement.name)
            if found is not None and requirement.specifier.contains(found, prereleases=True):
                continue
            plain = f"{requirement.name}{requirement.specifier}"
            fact = f"is required by {name} ({plain}), and " + (f"is {found}" if found else "is not installed")
            if (finding := f"{requirement.name}: {fact}") not in told:
                told.add(finding)
                yield Finding(name=requirement.name, good=False, fact=fact, mend=f"pip install '{plain}'")


def _required(distribution: str, extra: str) -> Iterator[Requirement]:
    """What it requires here, also by the extras of others that it asks for."""
    try:
        lines = metadata.requires(distribution) or []
    except metadata.PackageNotFoundError:
        return
    for line in lines:
        try:
            requirement = Requirement(line)
        except InvalidRequirement:
            continue
        if requirement.marker is None or requirement.marker.evaluate({"extra": extra}):
            yield requirement
            for wanted in requirement.extras:
                yield from _required(requirement.name, wanted)


def torchvision() -> Iterator[Finding]:
    """Whether torchvision, which libraries import by themselves, is for the torch that is installed."""
    vision = _version(VISION)
    if vision is None:
        return
    if fact := mismatch():
        yield Finding(name=VISION, good=False, fact=fact, mend=WITHOUT)
        return
    words = [sys.executable, "-I", "-c", f"import {VISION}"]
    try:
        done = subprocess.run(words, capture_output=True, text=True, timeout=PATIENCE, check=False)
    except subprocess.TimeoutExpired:
        yield Finding(name=VISION, good=False, fact=f"{vision} is not imported within {PATIENCE:.0f} s", mend=WITHOUT)
        return
    last = done.stderr.strip().splitlines()[-1:] or ["ended without a word"]
    fact = f"{vision} can be imported" if done.returncode == 0 else f"{vision} cannot be imported ({last[0][:200]})"
    yield Finding(name=VISION, good=done.returncode == 0, fact=fact, mend=WITHOUT)


def mismatch() -> str:
    """That torchvision was made for another torch than is installed, in words; empty if it was not, or is not there.

    Lightning imports torchvision where it is installed, and then fails with a traceback that names neither.
    """
    vision, torch = _version(VISION), _version("torch")
    if vision is None or torch is None:
        return ""
    for requirement in _required(VISION, ""):
        if requirement.name == "torch" and not requirement.specifier.contains(torch.public, prereleases=True):
            return f"{vision} is for torch{requirement.specifier}, and torch is {torch}"
    return ""


def _version(distribution: str) -> Version | None:
    try:
        return Version(metadata.version(distribution))
    except (metadata.PackageNotFoundError, InvalidVersion):
        return None
