"""The restorers of the host itself: one that changes nothing, and one that asks another one several times."""

from burnish.restorers.identity import Identity

__all__ = ["Identity"]
