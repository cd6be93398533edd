"""Whether a plugin's declared requirement allows this version of burnish; checked before the plugin is imported."""

from __future__ import annotations

from burnish.plugins.discovery import normalised

_OPERATORS = (">=", "<=", "==", "!=", "<", ">")


def objection(requires: tuple[str, ...], version: str, host: str = "burnish") -> str:
    """The reason why ``version`` of the host is not allowed; empty if it is.

    Only unconditional requirements on the host count; those behind an ``extra`` or another marker do not.
    """
    for line in requires:
        name, specifier = _split(line)
        if normalised(name) == host and ";" not in line and specifier and not _admits(specifier, version):
            return f"needs {host} {specifier}, but this is {version}; install a matching version of one of them"
    return ""


def _split(requirement: str) -> tuple[str, str]:
    end = next(
        (i for i, letter in enumerate(requirement) if not (letter.isalnum() or letter in "._-")), len(requirement)
    )
    specifier = requirement[end:].strip()
    if specifier.startswith("["):
        specifier = specifier.partition("]")[2].strip()
    return requirement[:end], specifier.strip("()").strip()


def _admits(specifier: str, version: str) -> bool:
    clauses = [_clause(clause.strip()) for clause in specifier.split(",")]
    mine = _release(version)
    if mine and all(operator and bound for operator, bound in clauses):
        return all(_holds(mine, operator, bound) for operator, bound in clauses)
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        return SpecifierSet(specifier).contains(version, prereleases=True)
    except InvalidSpecifier:
        return False


def _clause(text: str) -> tuple[str, tuple[int, ...]]:
    """Operator and bound of a plain clause such as ``>=0.1``; empty if packaging must parse it."""
    for operator in _OPERATORS:
        if text.startswith(operator) and text[len(operator) :][:1] != "=":
            return operator, _release(text[len(operator) :].strip())
    return "", ()


def _release(version: str) -> tuple[int, ...]:
    """``"1.2.0"`` → (1, 2, 0, 0, 0, 0); empty for anything but numbers and dots."""
    parts = version.split(".")
    if not all(part.isdecimal() and part.isascii() and len(part) < 20 for part in parts) or len(parts) > 6:
        return ()
    return tuple(int(part) for part in parts) + (0,) * (6 - len(parts))


def _holds(mine: tuple[int, ...], operator: str, bound: tuple[int, ...]) -> bool:
    return {
        ">=": mine >= bound,
        "<=": mine <= bound,
        "==": mine == bound,
        "!=": mine != bound,
        "<": mine < bound,
        ">": mine > bound,
    }[operator]
