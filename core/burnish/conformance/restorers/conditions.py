"""What a restorer makes of the conditions that it needs: it uses each one, whatever its size."""

from __future__ import annotations

from burnish.conformance.restorers.running import awake, demand_estimate, difference, restored
from burnish.conformance.samples import conditions, observed
from burnish.conformance.subject import Subject
from burnish.conformance.violation import demand

_SIDES = (1, 3, 9, 21)
"""Sides of kernels in pixels; those of the other checks have 5."""
_LEAST = 1e-6
"""The smallest change of an estimate that counts."""


def uses_every_condition_that_it_needs(subject: Subject) -> None:
    """Another kernel, σ, mask or motion gives another estimate."""
    loaded = awake(subject)
    degraded = observed(loaded, 32, 36)
    told, others = conditions(loaded, degraded), conditions(loaded, degraded, seed=1)
    estimate = restored(loaded, degraded, told)
    for name in sorted(loaded.spec.needs - {"scale"}):
        changed = restored(loaded, degraded, {**told, name: others[name]})
        used = difference(changed, estimate) > _LEAST
        demand(used, f"it needs {name}, but another {name} gives the same estimate; use it, or do not ask for it")


def takes_kernels_of_every_odd_side(subject: Subject) -> None:
    """A kernel of one pixel, of three, nine and 21."""
    loaded = subject.loaded
    degraded = observed(loaded, 32, 36)
    for side in _SIDES:
        try:
            found = restored(loaded, degraded, conditions(loaded, degraded, side=side))
        except Exception as error:
            demand(
                False, f"with a kernel of {side}×{side} it raises {type(error).__name__}: {error}; take every odd side"
            )
        demand_estimate(loaded, degraded, found, f"with a kernel of {side}×{side} ")
