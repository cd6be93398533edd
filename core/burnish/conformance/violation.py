"""The exceptions by which a check of the kit fails, or is not asked."""

from __future__ import annotations


class Violation(AssertionError):  # noqa: N818 (it is what the kit looks for, not something that went wrong in it)
    """The subject violates its declaration or its protocol; the message is the fact and the fix."""


class NotAsked(Exception):  # noqa: N818 (it is no error)
    """Something that another check tells must be mended before this one can be asked."""


def demand(fulfilled: bool, message: str) -> None:
    """Raise ``Violation`` unless ``fulfilled`` is true."""
    if not fulfilled:
        raise Violation(message)
