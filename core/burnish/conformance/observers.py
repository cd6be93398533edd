"""Checks of a plugin's observers: they take every event, and leave what runs around them as it is."""

from __future__ import annotations

import importlib
from typing import Any

from burnish.conformance.behaviour import (
    leaves_global_randomness_untouched,
    leaves_the_settings_of_the_process_as_they_are,
)
from burnish.conformance.sample_events import HOOKS, observing, sample
from burnish.conformance.subject import Questions, Subject
from burnish.conformance.violation import demand
from burnish.plugins.catalog import Catalog
from burnish.plugins.declarations import Spec
from burnish.plugins.discovery import Candidate, candidates, normalised
from burnish.plugins.entry import Entry


class Observers(Spec):
    """The observers of one plugin, as a subject of checks; no plugin declares it."""

    kind = "observers"


class Plugin(Subject):
    """A plugin with observers under test; what is made of it is the module that holds them."""

    def make(self, seed: int = 0) -> Any:
        """The imported module, or the object in it that the entry point names."""
        module, _, attribute = self.spec.factory.partition(":")
        found: Any = importlib.import_module(module)
        return getattr(found, attribute) if attribute else found


def observers_of(distribution: str, catalog: Catalog) -> list[Plugin]:
    """One subject for each entry point of the distribution that observes something."""
    found = []
    for candidate in candidates():
        if candidate.distribution == normalised(distribution):
            subject = Plugin(_entry(candidate), catalog, {})
            if any(hasattr(subject.make(), name) for name in HOOKS):
                found.append(subject)
    return found


def questions(_: Spec) -> tuple[Questions, Questions]:
    """Those that must hold before any other can be asked, and the others."""
    return [takes_every_event_that_it_observes], [
        leaves_global_randomness_untouched,
        leaves_the_settings_of_the_process_as_they_are,
    ]


def takes_every_event_that_it_observes(subject: Subject) -> None:
    """Each observer can be called with ``event=`` and raises nothing, also where there is no network."""
    for name, observer in observing(subject.instance):
        try:
            observer(event=sample(name))
        except OSError:  # no network here
            continue
        except Exception as error:
            demand(False, f"{name} raises {type(error).__name__}: {error}; an event is frozen, and has these fields")


def _entry(candidate: Candidate) -> Entry:
    spec = Observers(name=candidate.entry, factory=candidate.module, summary="What the plugin observes")
    return Entry(id=candidate.distribution, spec=spec, distribution=candidate.distribution, version=candidate.version)
