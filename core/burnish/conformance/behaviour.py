"""Checks of everything that runs: what does it do to the process, beside its work?"""

from __future__ import annotations

import pickle
from typing import Any

from burnish.conformance import exercise
from burnish.conformance.process import Traces, watched
from burnish.conformance.subject import Questions, Subject
from burnish.conformance.violation import demand
from burnish.plugins.declarations import BenchmarkSpec, CommandSpec, LearnerSpec, RestorerSpec, Spec


def questions(spec: Spec) -> Questions:
    """The checks that apply to the declaration."""
    if isinstance(
        spec, BenchmarkSpec | CommandSpec
    ):  # nothing is made of the one; the other is there to print and write
        return []
    asked: Questions = [
        prints_nothing,
        reaches_no_network,
        writes_no_file,
        leaves_the_settings_of_the_process_as_they_are,
    ]
    if not isinstance(spec, RestorerSpec) or spec.deterministic:
        asked.append(leaves_global_randomness_untouched)
    if isinstance(spec, LearnerSpec) or (isinstance(spec, RestorerSpec) and spec.suffixes):
        return asked  # a learner is made where it learns; what is made of a file is made of it anew
    return [*asked, can_be_sent_to_a_worker]


def prints_nothing(subject: Subject) -> None:
    """Nothing reaches standard output or standard error: others read them. Use ``logging``, or a restorer's notes."""
    said = _traces(subject).printed.strip()
    demand(not said, f"it prints {said.splitlines()[0][:60] if said else ''!r}; use logging, which the host controls")


def reaches_no_network(subject: Subject) -> None:
    """It connects to nothing: many machines have no network, and nobody was asked."""
    reached = _traces(subject).reached
    demand(not reached, f"it connects to {reached[0] if reached else ''}; ship what it needs inside the package")


def writes_no_file(subject: Subject) -> None:
    """It makes no file but temporary ones."""
    written = _traces(subject).written
    demand(not written, f"it writes {written[0] if written else ''}; return results, and use tempfile for the rest")


def leaves_global_randomness_untouched(subject: Subject) -> None:
    """Neither torch's, NumPy's nor Python's global generator is drawn from or seeded."""
    drawn = _traces(subject).drawn
    demand(
        not drawn,
        f"it uses the global random generator of {' and '.join(drawn)}; "
        "draw from a generator that it receives or makes itself",
    )


def leaves_the_settings_of_the_process_as_they_are(subject: Subject) -> None:
    """dtype, gradient mode and threads of torch, folder, environment and the rest are as before, also for others."""
    changed = _traces(subject).changed
    demand(not changed, f"it leaves {'; '.join(changed)}; set such things for a block only, and put them back")


def can_be_sent_to_a_worker(subject: Subject) -> None:
    """It can be pickled, as workers in other processes need, and works as before."""
    try:
        copy: Any = pickle.loads(pickle.dumps(subject.instance))  # noqa: S301 (the kit's own bytes)
    except Exception as error:
        demand(
            False, f"it cannot be pickled ({' '.join(str(error).split())[:120]}); keep no lambdas, locks or files in it"
        )
    exercise.run(subject, copy)


def _traces(subject: Subject) -> Traces:
    """What it does to the process while it is made and does its work once."""
    if subject.traces is None:
        learner = subject.spec.kind == "learners"
        subject.traces = watched(lambda: exercise.run(subject, None if learner else subject.make()))
    return subject.traces
