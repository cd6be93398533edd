"""The plugin host: finds plugins, loads each one alone, collects their declarations, and sends events to observers.

One plugin that fails — at import, by a misspelt hook, half-way through its declarations, in an observer — is shown with
its reason and leaves nothing behind; all others work as if it were not there. ``guard`` holds what this takes.
"""

from __future__ import annotations

import contextlib
import importlib
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import pluggy

from burnish.console import interruption
from burnish.console.redaction import redact, redacted
from burnish.errors import PluginError
from burnish.plugins import deprecations, hookspecs
from burnish.plugins.compatibility import objection
from burnish.plugins.declarations import KINDS
from burnish.plugins.discovery import Candidate, candidates
from burnish.plugins.entry import Entry
from burnish.plugins.guard import deaths
from burnish.plugins.guard.declared import take
from burnish.plugins.guard.importing import STOPS, Cost, Stopwatch, asked_for, contained, signals_kept
from burnish.plugins.guard.patches import Untouched
from burnish.plugins.record import Record
from burnish.version import __version__

if TYPE_CHECKING:
    from burnish.events import Event

STATES = ("loaded", "blocked", "incompatible", "broken")
MOST = 1000
"""Declarations of one kind that a plugin may make; one that never ends is broken, too."""
LONGEST_REASON = 600
"""Characters."""


class PluginState(Record):
    """One plugin as shown by ``burnish plugins``."""

    plugin: str
    """``distribution:entry``."""
    distribution: str
    version: str
    module: str
    state: str
    """One of ``STATES``."""
    reason: str = ""
    """The reason why it is not loaded; empty if it is."""
    declares: tuple[str, ...] = ()
    """``kind id`` of everything that it declares."""
    seconds: float = 0.0
    """How long it took to load, if that is worth telling (``guard.importing.SLOW``, or a framework); else 0."""
    frameworks: tuple[str, ...] = ()
    """The frameworks that it imported while it was loaded, which makes every command slow."""
    deprecated: tuple[str, ...] = ()
    """What it uses that a later version removes, each with what to do instead."""

    def remark(self) -> str:
        """What it costs every command, if that is worth telling."""
        brought = f", imports {' and '.join(self.frameworks)}" if self.frameworks else ""
        return f"takes {self.seconds:.2f} s to load{brought}" if self.seconds or brought else ""


class Failure(Record):
    """An observer that raised an exception."""

    plugin: str
    error: str


class Host:
    """The loaded plugins: their states, their declarations, and their observers."""

    def __init__(
        self,
        found: Sequence[Candidate],
        *,
        block: Iterable[str] = (),
        allow: Iterable[str] = (),
        version: str = __version__,
        dead: deaths.Deaths | None = None,
    ) -> None:
        self._manager = pluggy.PluginManager(hookspecs.PROJECT)
        self._manager.add_hookspecs(hookspecs)
        blocked, allowed = frozenset(block), frozenset(allow)
        self._dead = dead or deaths.Deaths()
        self._untouched = Untouched()
        loaded: list[tuple[PluginState, list[Entry]]] = []
        with signals_kept() as self._stop:
            for candidate in found:
                if reason := _block_reason(candidate, blocked, allowed):
                    loaded.append((_state(candidate, "blocked", reason), []))
                elif reason := objection(candidate.requires, version):
                    loaded.append((_state(candidate, "incompatible", reason), []))
                elif reason := self._dead.verdict(_plugin_name(candidate), candidate):
                    loaded.append((_state(candidate, "broken", reason), []))
                else:
                    loaded.append(self._load(candidate))
        loaded = self._refuse_rival_claims(loaded)
        self.plugins: tuple[PluginState, ...] = tuple(state for state, _ in loaded)
        self.entries: tuple[Entry, ...] = tuple(entry for _, entries in loaded for entry in entries)

    def notify(self, hook: str, event: Event) -> list[Failure]:
        """Send the event, without secrets, to all observers; errors are logged and returned, and stop no other one."""
        failures = []
        event = _without_secrets(event)
        for name, _ in self._manager.list_name_plugin():
            try:
                self._call_alone(name, hook, {"event": event})
            except STOPS as error:
                if asked_for(error):
                    raise
                failures.append(Failure(plugin=name, error=_one_line(error)))
                _warn("observer %s of plugin %s failed: %s", hook, name, _one_line(error))
        return failures

    def objections(self) -> list[str]:
        """One line for each plugin that should work and does not; blocked ones are left out."""
        return [f"{p.plugin} {p.version} is {p.state}: {p.reason}" for p in self.plugins if p.state in STATES[2:]]

    def _load(self, candidate: Candidate) -> tuple[PluginState, list[Entry]]:
        name = _plugin_name(candidate)
        self._dead.begins(name)
        watch = Stopwatch()
        try:
            with contained():
                entries = self._entries(name, candidate)
        except BaseException as error:
            if self._stop:
                interruption.tell(f" while the plugin {name} was loaded")
                raise
            reason = self._reason(error)
            if changed := self._untouched.undo():
                reason = f"{reason}; it also changes {changed[0]}, which every plugin needs as it is"
            self._forget(name)
            return _with_cost(_state(candidate, "broken", reason), watch.cost()), []
        declares = tuple(f"{entry.spec.kind} {entry.id}" for entry in entries)
        state = replace(_state(candidate, "loaded"), declares=declares, deprecated=self._deprecated(name, entries))
        return _with_cost(state, watch.cost()), entries

    def _deprecated(self, name: str, entries: Sequence[Entry]) -> tuple[str, ...]:
        """What it uses that goes, once each."""
        hooks = {caller.name for caller in self._manager.get_hookcallers(self._manager.get_plugin(name)) or ()}
        found = [*deprecations.of_hooks(hooks), *(one for entry in entries for one in deprecations.of_spec(entry.spec))]
        return tuple(dict.fromkeys(one.words() for one in found))

    def _entries(self, name: str, candidate: Candidate) -> list[Entry]:
        """Import the plugin, and ask it for its declarations."""
        if self._manager.has_plugin(name):
            raise PluginError("is named twice among the entry points of its distribution; remove one")
        plugin = _import(candidate.module)
        self._manager.register(plugin, name=name)
        self._manager.check_pending()
        hooks = {caller.name for caller in self._manager.get_hookcallers(plugin) or ()}
        kinds = [kind for kind in KINDS if f"register_{kind}" in hooks]
        entries = [entry for kind in kinds for entry in self._declared(name, candidate, kind)]
        self._untouched.demand()
        return entries

    def _declared(self, name: str, candidate: Candidate, kind: str) -> list[Entry]:
        entries: dict[str, Entry] = {}
        for results in self._call_alone(name, f"register_{kind}", {}):
            for given in results:
                spec = take(given, kind)
                entry = Entry(
                    id=f"{namespace(candidate.distribution)}/{spec.name}",
                    spec=spec,
                    distribution=candidate.distribution,
                    version=candidate.version,
                )
                if entry.id in entries:
                    raise PluginError(f"declares {entry.id} twice among its {kind}; give each its own name")
                if len(entries) == MOST:
                    raise PluginError(f"declares more than {MOST} {kind}; declare fewer, with settings")
                entries[entry.id] = entry
        return list(entries.values())

    def _call_alone(self, name: str, hook: str, arguments: Mapping[str, object]) -> list[Any]:
        others = [plugin for other, plugin in self._manager.list_name_plugin() if other != name and plugin is not None]
        return list(self._manager.subset_hook_caller(hook, others)(**arguments))

    def _forget(self, name: str) -> None:
        plugin = self._manager.get_plugin(name)
        if plugin is not None:
            with contextlib.suppress(Exception):
                self._manager.unregister(plugin)

    def _reason(self, error: BaseException) -> str:
        text = _one_line(error)
        if isinstance(error, pluggy.PluginValidationError) and "unknown hook" in text:
            import difflib

            unknown = text.split("unknown hook")[1].split()[0].strip("'\"")
            known = [name for name in vars(hookspecs) if name.startswith(("register_", "on_"))]
            near = difflib.get_close_matches(unknown, known, n=1)
            return f"implements the hook {unknown}, which does not exist" + (
                f"; did you mean {near[0]}?" if near else ""
            )
        return text

    def _refuse_rival_claims(
        self, loaded: list[tuple[PluginState, list[Entry]]]
    ) -> list[tuple[PluginState, list[Entry]]]:
        """Mark plugins that claim the same id as broken: ``burnish-X`` owns ``X/``; among equals, none does."""
        claims: dict[tuple[str, str], list[PluginState]] = {}
        for state, entries in loaded:
            for entry in entries:
                claims.setdefault((entry.spec.kind, entry.id), []).append(state)
        losers: dict[str, str] = {}
        for (_, claimed), states in claims.items():
            owner = f"burnish-{claimed.partition('/')[0]}"
            rightful = [state for state in states if state.distribution == owner]
            winner = rightful[0] if len(rightful) == 1 else None
            for state in states if len(states) > 1 else ():
                if state is not winner:
                    rivals = ", ".join(other.plugin for other in states if other is not state)
                    losers[state.plugin] = f"claims {claimed}, which {rivals} claims too; rename one of them"
        for state in (state for state, _ in loaded if state.plugin in losers):
            self._forget(state.plugin)
        return [
            (replace(state, state="broken", reason=losers[state.plugin], declares=()), [])
            if state.plugin in losers
            else (state, entries)
            for state, entries in loaded
        ]


@lru_cache(maxsize=1)
def installed() -> Host:
    """The host of all installed plugins, created once per process; obeys ``BURNISH_BLOCK`` and ``BURNISH_ALLOW``."""
    with deaths.watched(deaths.folder()) as dead:
        return Host(candidates(), block=_names("BURNISH_BLOCK"), allow=_names("BURNISH_ALLOW"), dead=dead)


def namespace(distribution: str) -> str:
    """The part of an id before the slash: the distribution's name without ``burnish-``."""
    return distribution.removeprefix("burnish-")


def strict() -> bool:
    """Whether ``BURNISH_STRICT`` is set, so that a plugin that does not load is an error."""
    return os.environ.get("BURNISH_STRICT", "").lower() in {"1", "true", "yes", "on"}


def _names(variable: str) -> list[str]:
    return [name.strip() for name in os.environ.get(variable, "").split(",") if name.strip()]


def _plugin_name(candidate: Candidate) -> str:
    return f"{candidate.distribution}:{candidate.entry}"


def _state(candidate: Candidate, state: str, reason: str = "") -> PluginState:
    return PluginState(
        plugin=_plugin_name(candidate),
        distribution=candidate.distribution,
        version=candidate.version,
        module=candidate.module,
        state=state,
        reason=reason,
    )


def _block_reason(candidate: Candidate, block: frozenset[str], allow: frozenset[str]) -> str:
    names = {candidate.distribution, candidate.entry, namespace(candidate.distribution), _plugin_name(candidate)}
    if names & block:
        return "named in BURNISH_BLOCK"
    if allow and not names & allow and candidate.distribution != hookspecs.PROJECT:
        return "not named in BURNISH_ALLOW"
    return ""


def _import(reference: str) -> object:
    module, _, attribute = reference.partition(":")
    found: object = importlib.import_module(module)
    for part in attribute.split(".") if attribute else ():
        found = getattr(found, part)
    return found


def _without_secrets(event: Event) -> Event:
    values = {item.name: getattr(event, item.name) for item in fields(event)}
    changed: dict[str, Any] = {name: clean for name, value in values.items() if (clean := redacted(value)) != value}
    return replace(event, **changed) if changed else event


def _warn(message: str, *arguments: object) -> None:
    import logging

    logging.getLogger("burnish.plugins.host").warning(message, *arguments)


def _with_cost(state: PluginState, cost: Cost) -> PluginState:
    return replace(state, seconds=cost.seconds, frameworks=cost.frameworks) if cost != Cost() else state


def _one_line(error: BaseException) -> str:
    try:
        text = " ".join(str(error).split())
    except Exception:  # a plugin's own error that cannot even be told
        text = ""
    text = text if len(text) <= LONGEST_REASON else f"{text[:LONGEST_REASON]}…"
    return redact(f"{type(error).__name__}: {text}" if text else type(error).__name__)
