"""The budget of a training and its progress: steps, or seconds, and the reason for its end."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from burnish.errors import TrainingError

if TYPE_CHECKING:
    from burnish.recipe.training import Budget


class Clock:
    """Steps and seconds of one training, resumed parts included, against its budget."""

    def __init__(self, *, steps: int | None = None, seconds: float | None = None) -> None:
        if (steps is None) == (seconds is None):
            raise ValueError("give either steps or seconds")
        self.total_steps = steps
        """Optimizer steps in all; None: the budget is time."""
        self.total_seconds = seconds
        """Wall-clock seconds in all; None: the budget is steps."""
        self.step = 0
        """Steps done."""
        self.seconds = 0.0
        """Wall-clock seconds trained, validations included, reading of pictures excluded."""
        self.ended = ""
        """Why it ended: ``budget``, ``patience`` or ``diverged``; empty while it goes on."""

    @property
    def fraction(self) -> float:
        """Part of the budget that is used, in [0, 1]."""
        if self.total_steps is not None:
            return min(1.0, self.step / self.total_steps)
        assert self.total_seconds is not None
        return min(1.0, self.seconds / self.total_seconds)

    @property
    def exhausted(self) -> bool:
        """Whether nothing of the budget is left."""
        return self.fraction >= 1.0

    def end(self, reason: str) -> None:
        """Record why the training ends; the first reason stays."""
        self.ended = self.ended or reason


def clock_for(budget: Budget, *, area: int, batch: int, patch: int) -> Clock:
    """The clock of a budget, where the training pictures have ``area`` pixels together.

    An epoch is as many steps as it takes to draw ``area`` pixels: ``ceil(epochs · area / (batch · patch²))``.
    """
    if budget.steps is not None:
        return Clock(steps=budget.steps)
    if budget.epochs is not None:
        return Clock(steps=max(1, math.ceil(budget.epochs * area / (batch * patch * patch))))
    if budget.minutes is not None:
        return Clock(seconds=60.0 * budget.minutes)
    raise TrainingError("the budget is empty; set one of steps, epochs, minutes in training.budget")
