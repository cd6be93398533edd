"""Interruption of a flow: its run is cancelled, and no worker continues to compute."""
# ruff: noqa: TID253  (imported only with the flows)

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import ParamSpec, TypeVar, cast

from burnish.console import interruption
from prefect.client.schemas.objects import State
from prefect.exceptions import CancelledRun, TerminationSignal
from prefect.states import Cancelled

P = ParamSpec("P")
T = TypeVar("T")


def cancellable(flow: Callable[P, T]) -> Callable[P, T]:
    """Make a flow's function end as cancelled if the command that runs it is interrupted.

    Under a worker, Prefect itself cancels.
    """

    @wraps(flow)
    def ended(*arguments: P.args, **more: P.kwargs) -> T:
        try:
            return flow(*arguments, **more)
        except (KeyboardInterrupt, TerminationSignal):
            if not interruption.handled_here():
                raise
            if not interruption.number():  # Prefect received the signal before the command did
                interruption.note(signal.SIGTERM)
            state: State[object] = Cancelled(message=interruption.line().removeprefix("burnish: "))
            return cast(T, state)  # Prefect takes this as the final state, not as the flow's result

    return ended


@contextmanager
def goes_on(where: str = "") -> Iterator[None]:
    """If interrupted in this block, the command reports that the same command resumes."""
    try:
        yield
    except BaseException:
        interruption.tell(f"{where}; the same command resumes from there")
        raise


def called(flow: Callable[..., T], *arguments: object, **more: object) -> T:
    """Run a flow; raises ``Interrupted`` if an interruption of this command cancelled it."""
    try:
        return flow(*arguments, **more)
    except CancelledRun:
        if interruption.number():
            raise interruption.Interrupted from None
        raise
