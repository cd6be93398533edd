"""Whether a plugin's declared requirement admits this version of burnish; known before the plugin is imported."""

from __future__ import annotations

import re

from burnish.distributions import normalised

_REQUIREMENT = re.compile(r"^\s*(?P<name>[A-Za-z0-9._-]+)\s*(?:\[[^\]]*\])?\s*\(?(?P<specifier>[^;)]*)\)?\s*(?:;.*)?$")
_SIMPLE = re.compile(r"^(>=|<=|==|<|>|!=)\s*(\d+(?:\.\d+)*)$")


def objection(requires: tuple[str, ...], version: str, host: str = "burnish") -> str:
    """Why ``version`` of the host does not do, or an empty string.

    Only unconditional requirements on the host count; those behind an ``extra`` or another marker do not.
    """
    for line in requires:
        match = _REQUIREMENT.match(line)
        if match and normalised(match["name"]) == host and ";" not in line:
            specifier = match["specifier"].strip()
            if specifier and not _admits(specifier, version):
                return f"needs {host} {specifier}, this is {version}; install a matching version of one of them"
    return ""


def _admits(specifier: str, version: str) -> bool:
    clauses = [_SIMPLE.match(clause.strip()) for clause in specifier.split(",")]
    if re.fullmatch(r"\d+(\.\d+)*", version) and all(clauses):
        return all(_holds(version, clause[1], clause[2]) for clause in clauses if clause)
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        return SpecifierSet(specifier).contains(version, prereleases=True)
    except InvalidSpecifier:
        return False


def _holds(version: str, operator: str, bound: str) -> bool:
    left, right = _release(version), _release(bound)
    return {
        ">=": left >= right,
        "<=": left <= right,
        "==": left == right,
        "!=": left != right,
        "<": left < right,
        ">": left > right,
    }[operator]


def _release(version: str) -> tuple[int, ...]:
    numbers = [int(part) for part in version.split(".")]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)
