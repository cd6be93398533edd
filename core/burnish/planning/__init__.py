"""What to do about a picture: which installed restorers undo what is wrong with it, in which order, and why."""

from typing import TYPE_CHECKING

from burnish import lazy

if TYPE_CHECKING:
    from burnish.planning.plan import Plan, Step
    from burnish.planning.planner import Planner

__all__ = ["Plan", "Planner", "Step"]

__getattr__, __dir__ = lazy.names(
    __name__, {"burnish.planning.plan": "Plan Step", "burnish.planning.planner": "Planner"}
)
