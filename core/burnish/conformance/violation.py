"""How a question of the kit says no."""

from __future__ import annotations


class Violation(AssertionError):  # noqa: N818 (it is what the kit looks for, not something that went wrong in it)
    """The subject does not do what its declaration, or its protocol, says; the message is the fact and the mend."""


def demand(fulfilled: bool, message: str) -> None:
    """Raise ``Violation`` unless fulfilled."""
    if not fulfilled:
        raise Violation(message)
