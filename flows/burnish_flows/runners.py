"""The workers for parallel tasks: threads, processes, Dask or Ray, by one setting (``BURNISH_RUNNER``, ``--runner``).

Work is passed as plain values (ids, paths, JSON), never as live objects, so that any runner can carry it.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import queue
import signal
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast
from urllib.parse import urlsplit

from burnish.console import interruption
from burnish.errors import UsageError

if TYPE_CHECKING:
    from types import TracebackType

    from prefect import State, Task
    from prefect.futures import PrefectFuture
    from prefect.task_runners import TaskRunner

Value = TypeVar("Value")

VARIABLE = "BURNISH_RUNNER"
"""The environment variable that holds the setting."""

EXTRAS = {"dask": "prefect_dask", "ray": "prefect_ray"}
"""Kind that needs an extra of burnish-flows → module of the extra."""

FORMS = "threads[:N], processes[:N], dask[:N], dask:tcp://HOST:PORT, ray[:N], ray:ray://HOST:PORT"

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True, kw_only=True)
class Runner:
    """The parsed setting."""

    kind: str
    """``threads``, ``processes``, ``dask`` or ``ray``."""
    workers: int
    """How many tasks at once; 0: as many as the cluster at ``address`` has room for."""
    address: str = ""
    """Address of a running Dask scheduler or Ray head; empty: workers of this machine, for the time of the work."""

    @property
    def serial(self) -> bool:
        """Whether tasks run one after another, in this process and thread."""
        return self.kind == "threads" and self.workers == 1

    def __str__(self) -> str:
        return f"{self.kind}:{self.address or self.workers}"


@dataclass(frozen=True, kw_only=True)
class Landed(Generic[Value]):
    """The result of one call."""

    index: int
    """Number of the call, from 0, in the order of submission."""
    value: Value | None = None
    error: BaseException | None = None
    """Why it failed."""
    died: bool = False
    """Whether its worker died, rather than its code failed; the runner may be broken then."""


def configured(setting: str = "") -> Runner:
    """The given setting, else the environment variable's, else ``threads``.

    Raises:
        UsageError: It is of no known form, its extra is not installed, or remote workers could not reach the server.
    """
    text = setting or os.environ.get(VARIABLE, "") or "threads"
    kind, _, rest = text.partition(":")
    if kind not in {"threads", "processes", *EXTRAS}:
        raise UsageError(f"runner {text!r} is unknown; give one of {FORMS}")
    if kind in EXTRAS and find_spec(EXTRAS[kind]) is None:
        raise UsageError(f"runner {text!r} needs an extra that is not installed: pip install 'burnish-flows[{kind}]'")
    if rest.isdecimal() and int(rest) > 0:
        return Runner(kind=kind, workers=int(rest))
    if rest and kind in EXTRAS and not rest.isdecimal():
        _refuse_unreachable(text, rest)
        return Runner(kind=kind, workers=0, address=rest)
    if rest or text.endswith(":"):
        raise UsageError(f"runner {text!r} has no valid number of workers; give one of {FORMS}")
    return Runner(kind=kind, workers=1 if kind == "threads" else cores())


def task_runner(runner: Runner, environment: Mapping[str, str] | None = None) -> TaskRunner[Any]:
    """Prefect's task runner for the setting, not yet started; imports Prefect.

    Args:
        runner: The setting.
        environment: Variables for workers of this machine in addition to those of this process.
    """
    if runner.kind == "dask":
        return _dask(runner, environment or {})
    if runner.kind == "ray":
        return _ray(runner, environment or {})
    from prefect.task_runners import ProcessPoolTaskRunner, ThreadPoolTaskRunner

    if runner.kind == "threads":
        return ThreadPoolTaskRunner(max_workers=runner.workers)
    return ProcessPoolTaskRunner(
        max_workers=runner.workers, initializer=_init_process, initargs=(os.getpid(), dict(environment or {}))
    )


def each(
    task: Task[..., Value],
    calls: Iterable[tuple[object, ...]],
    runner: Runner,
    *,
    ahead: int = 2,
    environment: Mapping[str, str] | None = None,
) -> Iterator[Landed[Value]]:
    """Call the task with each tuple of arguments and yield the results as they come. Only inside a flow.

    ``calls`` is consumed as workers become free, so it may be endless, or depend on earlier results.

    Args:
        task: An importable Prefect task.
        calls: Positional arguments of each call, as plain values.
        runner: Who does it; a serial one calls in this thread, in order.
        ahead: Number of submitted calls for each worker: with 1 each call sees all earlier results, with 2 workers stay
            busy between calls.
        environment: As ``task_runner`` takes it.
    """
    if runner.serial:
        for index, call in enumerate(calls):
            yield _result(index, partial(_called, task, call))
        return
    with ExitStack() as stack:
        with deaf():
            started = stack.enter_context(task_runner(runner, environment))
        stack.push(_kill_workers)
        yield from _submitted(task, calls, started, ahead * max(1, runner.workers or _capacity(started)))


@contextmanager
def deaf() -> Iterator[None]:
    """Protect child processes started in the block from Ctrl-C; this process ends them itself."""
    if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _kill_workers(kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
    """On interruption, kill the workers of this machine, which might compute for long; threads end by themselves."""
    if error is not None and not isinstance(error, Exception | GeneratorExit):
        for child in multiprocessing.active_children():
            child.kill()


def _submitted(
    task: Task[..., Value], calls: Iterable[tuple[object, ...]], runner: TaskRunner[Any], at_once: int
) -> Iterator[Landed[Value]]:
    from prefect.utilities.callables import get_call_parameters

    come: queue.SimpleQueue[int] = queue.SimpleQueue()
    under_way: dict[int, PrefectFuture[Value]] = {}
    numbered = enumerate(calls)
    exhausted = False
    while under_way or not exhausted:
        while not exhausted and len(under_way) < at_once:
            following = next(numbered, None)
            if following is None:
                exhausted = True
                break
            index, call = following
            with deaf():
                future = runner.submit(task, get_call_parameters(task.fn, call, {}))
            future.add_done_callback(partial(_notify, come, index))
            under_way[index] = future
        if under_way:
            index = come.get()
            future = under_way.pop(index)
            yield _result(index, partial(future.result, raise_on_failure=False))


def _notify(where: queue.SimpleQueue[int], index: int, future: object) -> None:
    where.put(index)


def _called(task: Task[..., Value], call: tuple[object, ...]) -> Value | BaseException:
    state = cast("State[Value]", task(*call, return_state=True))
    return state.result(raise_on_failure=False)


def _result(index: int, result: Callable[[], Value | BaseException]) -> Landed[Value]:
    """The result of a call; a task's exception is returned as a value, a worker's death makes the runner raise."""
    from prefect.exceptions import CrashedRun

    try:
        value = result()
    except (Exception, asyncio.CancelledError) as error:
        _raise_interrupted()
        return Landed(index=index, error=error, died=True)
    if isinstance(value, BaseException):
        _raise_interrupted()
        return Landed(index=index, error=value, died=isinstance(value, CrashedRun))
    return Landed(index=index, value=value)


def _raise_interrupted() -> None:
    """Raise ``Interrupted`` if the command was interrupted, which then explains any failure."""
    if interruption.number():
        raise interruption.Interrupted


def _dask(runner: Runner, environment: Mapping[str, str]) -> TaskRunner[Any]:
    import dask
    from prefect_dask.task_runners import DaskTaskRunner

    if runner.address:
        return DaskTaskRunner(address=runner.address)
    # A worker uses the threads that its task sets; a task that killed its worker twice is given up.
    dask.config.set({"distributed.nanny.pre-spawn-environ": {}, "distributed.scheduler.allowed-failures": 1})
    return DaskTaskRunner(
        cluster_kwargs={
            "n_workers": runner.workers,
            "threads_per_worker": 1,
            "processes": True,
            "host": "127.0.0.1",
            "dashboard_address": None,
            "memory_limit": 0,
            "silence_logs": "CRITICAL",
            "env": dict(environment),
        }
    )


def _ray(runner: Runner, environment: Mapping[str, str]) -> TaskRunner[Any]:
    from prefect_ray import RayTaskRunner

    made: TaskRunner[Any]
    if runner.address:
        made = RayTaskRunner(address=runner.address, init_kwargs={"log_to_driver": False})
        return made
    made = RayTaskRunner(
        init_kwargs={
            "num_cpus": runner.workers,
            "include_dashboard": False,
            "log_to_driver": False,
            "logging_level": "ERROR",
            "_node_ip_address": "127.0.0.1",
            "runtime_env": {"env_vars": dict(environment)},
        }
    )
    return made


def _capacity(runner: TaskRunner[Any]) -> int:
    """The number of tasks that the cluster can run at once."""
    if hasattr(runner, "client"):
        return sum(runner.client.nthreads().values())
    import ray

    return int(ray.cluster_resources().get("CPU", 1))


def _init_process(parent: int, environment: dict[str, str]) -> None:
    """Initialise a pool process: it must end with its parent, however that dies, or it would wait for ever."""
    os.environ.update(environment)

    def follow() -> None:
        import time

        while os.getppid() == parent:
            time.sleep(1)
        os._exit(1)

    threading.Thread(target=follow, daemon=True).start()


def _refuse_unreachable(text: str, address: str) -> None:
    """Refuse workers of other hosts if they could not reach Prefect's server, which listens to this host only."""
    host = urlsplit(address if "//" in address else f"//{address}").hostname
    if host not in _LOOPBACK and address != "auto" and not os.environ.get("PREFECT_API_URL"):
        raise UsageError(
            f"runner {text!r}: its workers cannot reach the Prefect server that this command starts; start a server "
            "that they can reach (prefect server start --host 0.0.0.0) and set PREFECT_API_URL to its address"
        )


def cores() -> int:
    """Processor cores that this process may use."""
    from burnish.training.resources.runtime import available_cores

    return available_cores()
