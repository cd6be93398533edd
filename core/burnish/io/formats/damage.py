"""Damaged files: refused, or read as far as possible if the caller allows it."""

from __future__ import annotations

import os

from burnish.errors import ImagingError, UsageError

ENVIRONMENT = "BURNISH_ALLOW_DAMAGED"
"""Environment variable that allows damaged files by default: 1 or 0."""

MEND = "get a complete copy of the file"
CHOICE = f"{MEND}, or add --allow-damaged to use the readable part"


LEAST_PART = 8
"""A damaged file is read only if it has at least 1/8 of the bytes that its size needs at the best compression."""


class DamagedError(ImagingError):
    """A file is damaged, but part of it could be read."""


def damage_allowed(given: bool | None) -> bool:
    """Whether damaged files are read: the argument, else the environment variable, else no.

    Raises:
        UsageError: The environment says neither 1 nor 0.
    """
    if given is not None:
        return given
    text = os.environ.get(ENVIRONMENT, "") or "0"
    if text not in ("0", "1"):
        raise UsageError(f"{ENVIRONMENT} is {text!r}; set 1 to read the readable part of damaged files, otherwise 0")
    return text == "1"


def tolerate(kind: str, fault: str, *, allowed: bool) -> str:
    """Return the fault for the picture's ``damage`` if damage is allowed, else raise; empty if there is no fault.

    Raises:
        DamagedError: There is one, and it is not allowed.
    """
    if fault and not allowed:
        raise DamagedError(f"is a damaged {kind}: {fault}; {CHOICE}")
    return fault


def check_room(kind: str, size: tuple[int, int], least: float, held: int, *, allowed: bool) -> str:
    """Whether ``held`` bytes can hold a picture that needs at least ``least`` bytes in this format.

    Returns the fault; empty: they can.

    Raises:
        DamagedError: They cannot, and damage is not allowed, or they cannot by far: memory is made by what a file
            holds, not by what its header claims.
    """
    if least <= held:
        return ""
    fault = f"{held:,} bytes cannot hold the {size[0]} x {size[1]} pixels that its header declares"
    if least > held * LEAST_PART:
        raise DamagedError(f"is a damaged {kind}: {fault}; {MEND}")
    return tolerate(kind, fault, allowed=allowed)
