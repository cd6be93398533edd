"""Checks of every declaration: is the record itself valid, before anything is imported?"""

from __future__ import annotations

import difflib
import json
import pickle
from collections.abc import Callable
from typing import Any

from burnish.conformance.subject import Subject
from burnish.conformance.violation import demand
from burnish.plugins.declarations import DegraderSpec, RestorerSpec, Spec

TASKS = ("denoise", "deblur", "super-resolve", "dejpeg", "enhance")
"""The tasks that the host's own plugins declare; others are allowed, misspelt ones are not."""


def questions(spec: Spec) -> list[Callable[[Subject], None]]:
    """The checks that apply to the declaration."""
    asked: list[Callable[[Subject], None]] = [
        has_a_summary_of_one_line,
        survives_pickling_and_json,
        describes_its_settings,
    ]
    if isinstance(spec, RestorerSpec | DegraderSpec):
        asked.append(names_known_tasks)
    return asked


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
    _ = subject.config


def names_known_tasks(subject: Subject) -> None:
    """A task that nearly equals a known word is a misspelling, and would match nothing."""
    tasks: Any = subject.spec.tasks
    demand(bool(tasks), f"no task is declared; known ones are {', '.join(TASKS)}")
    for task in sorted(tasks):
        near = [] if task in TASKS else difflib.get_close_matches(task, TASKS, n=1, cutoff=0.7)
        demand(not near, f"the task {task!r} is nearly {near[0] if near else ''!r}; use that word")
