"""Checks of every declaration: is the record itself valid, before anything is imported?"""

from __future__ import annotations

import difflib
import json
import os
import pickle
import subprocess
import sys
from functools import lru_cache
from importlib import metadata
from typing import Any

from burnish.conformance.subject import Questions, Subject
from burnish.conformance.violation import demand
from burnish.plugins.declarations import DegraderSpec, RestorerSpec, Spec
from burnish.plugins.guard.importing import FRAMEWORKS, SLOW

TASKS = ("denoise", "deblur", "super-resolve", "dejpeg", "enhance")
"""The tasks that the host's own plugins declare; others are allowed, misspelt ones are not."""


def questions(spec: Spec) -> tuple[Questions, Questions]:
    """Those that must hold before any other can be asked, and the others."""
    others: Questions = [has_a_summary_of_one_line, is_declared_without_a_framework]
    if isinstance(spec, RestorerSpec | DegraderSpec):
        others.append(names_known_tasks)
    return [survives_pickling_and_json, describes_its_settings], others


def has_a_summary_of_one_line(subject: Subject) -> None:
    """The summary is one line without full stop."""
    summary = subject.spec.summary
    demand(bool(summary.strip()), "the summary is empty; describe the id in one line")
    demand("\n" not in summary and len(summary) <= 120, "the summary is longer than one line of 120 characters")
    demand(not summary.endswith("."), "the summary ends with a full stop; remove it")


def survives_pickling_and_json(subject: Subject) -> None:
    """Workers get declarations by pickle, programs by JSON."""
    demand(pickle.loads(pickle.dumps(subject.spec)) == subject.spec, "pickling changes the declaration")  # noqa: S301
    json.dumps(subject.spec.as_json(), allow_nan=False)


def describes_its_settings(subject: Subject) -> None:
    """Every setting has a valid schema, a description, and a valid default (or none, then it is required)."""
    import jsonschema

    for key, schema in subject.spec.config.items():
        try:
            jsonschema.Draft202012Validator.check_schema(dict(schema))
            if "default" in schema:
                jsonschema.Draft202012Validator(dict(schema)).validate(schema["default"])
        except jsonschema.SchemaError as error:
            demand(False, f"the schema of the setting {key!r} is not valid: {error.message}")
        except jsonschema.ValidationError as error:
            demand(False, f"the default of the setting {key!r} does not match its own schema: {error.message}")
        demand(bool(schema.get("description")), f"the setting {key!r} has no description")


def is_declared_without_a_framework(subject: Subject) -> None:
    """The module of the entry point is imported by every command: quickly, and without torch, numpy and their like.

    Asked of installed distributions only, in a process of its own.
    """
    for entry_point in _entry_points(subject.entry.distribution):
        seconds, *brought = _import_alone(entry_point.module)
        demand(
            not brought,
            f"{entry_point.module} imports {' and '.join(brought)}, for which every command of burnish would wait; "
            "import it where it is used, and name the implementation by its factory",
        )
        for _ in range(2):  # the machine may be busy
            if float(seconds) >= SLOW:
                seconds, *_ = _import_alone.__wrapped__(entry_point.module)
        demand(float(seconds) < SLOW, f"{entry_point.module} takes {seconds} s to import; every command waits for it")


def _entry_points(distribution: str) -> list[metadata.EntryPoint]:
    try:
        return list(metadata.distribution(distribution).entry_points.select(group="burnish"))
    except metadata.PackageNotFoundError:
        return []


@lru_cache(maxsize=64)
def _import_alone(module: str) -> tuple[str, ...]:
    """Seconds, and the frameworks that it brings."""
    from burnish.conformance.violation import Violation

    done = subprocess.run(
        [sys.executable, "-c", _IMPORT, module, *FRAMEWORKS],
        capture_output=True,
        text=True,
        env=dict(os.environ, PYTHONPATH=os.pathsep.join(filter(None, sys.path))),
        check=False,
    )
    if done.returncode:
        raise Violation(
            f"{module} cannot be imported: {(done.stderr.strip().splitlines() or ['it ends the process'])[-1]}"
        )
    return tuple(done.stdout.strip().splitlines()[-1].split())


_IMPORT = """
import importlib, sys, time
import burnish.plugins.declarations, burnish.plugins.hookspecs
begin = time.perf_counter()
importlib.import_module(sys.argv[1])
seconds = time.perf_counter() - begin
print(round(seconds, 3), *(name for name in sys.argv[2:] if name in sys.modules))
"""


def is_made_from_its_settings(subject: Subject) -> None:
    """The factory can be imported and called with the complete configuration, and returns a callable."""
    demand(callable(subject.instance), "the factory's result cannot be called")


def names_known_tasks(subject: Subject) -> None:
    """A task that nearly equals a known word is a misspelling, and would match nothing."""
    tasks: Any = subject.spec.tasks
    demand(bool(tasks), f"no task is declared; known ones are {', '.join(TASKS)}")
    for task in sorted(tasks):
        near = [] if task in TASKS else difflib.get_close_matches(task, TASKS, n=1, cutoff=0.7)
        demand(not near, f"the task {task!r} is nearly {near[0] if near else ''!r}; use that word")
