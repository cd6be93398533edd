"""What an interrupted flow leaves behind: a run that is cancelled, and no worker that still computes."""
# ruff: noqa: TID253  (imported only with the flows)

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, TypeVar

from burnish.console import interruption
from prefect.exceptions import CancelledRun, TerminationSignal
from prefect.states import Cancelled

T = TypeVar("T")


def cancellable(flow: Callable[..., T]) -> Callable[..., Any]:
    """Let the function of a flow that a command runs end as cancelled where the command is interrupted.

    Under a worker, Prefect itself cancels.
    """

    @wraps(flow)
    def ended(*arguments: Any, **more: Any) -> Any:
        try:
            return flow(*arguments, **more)
        except (KeyboardInterrupt, TerminationSignal):
            if not interruption.handled_here():
                raise
            if not interruption.number():  # Prefect took the signal before the command could
                interruption.note(signal.SIGTERM)
            return Cancelled(message=interruption.line().removeprefix("burnish: "))

    return ended


@contextmanager
def goes_on(where: str = "") -> Iterator[None]:
    """Interrupted in this block, the command says that the same command goes on with what is left."""
    try:
        yield
    except BaseException:
        interruption.tell(f"{where}; the same command goes on from there")
        raise


def called(flow: Callable[..., T], *arguments: Any, **more: Any) -> T:
    """Run a flow; raises ``Interrupted`` where it was cancelled by an interruption of this command."""
    try:
        return flow(*arguments, **more)
    except CancelledRun:
        if interruption.number():
            raise interruption.Interrupted from None
        raise
