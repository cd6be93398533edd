"""The served model: it follows its alias, and is replaced while requests run."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from burnish.errors import BurnishError, UsageError
from burnish.restorer.options import RestoreOptions

from burnish_flows.registry.locate import fetch_bundle, parsed
from burnish_flows.registry.store import Registry, Version

if TYPE_CHECKING:
    from burnish.inference import Restorer

SERVED_NEEDS = {"sigma"}
"""Conditions that a request can give."""

_log = logging.getLogger("burnish.serve")


@dataclass(frozen=True, kw_only=True)
class Served:
    """A loaded version; a request keeps the one that it began with."""

    model: str
    version: str
    loaded: Restorer
    since: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))
    """ISO 8601, UTC: since when this process serves it."""
    engine: str = ""
    """What computes it, decided before its first picture: ``openvino fp32``; empty: not yet, torch does until then."""

    @property
    def name(self) -> str:
        """``denoise:3``."""
        return f"{self.model}:{self.version}"


class Following:
    """Looks at the alias now and then; loads what it points at beside the running requests, then swaps.

    A registry that does not answer, or a version that cannot be loaded, changes nothing: the present one stays. The
    engines race for a version before it is swapped in; for the first one beside its requests.
    """

    def __init__(
        self,
        reference: str,
        uri: str,
        cache: Path,
        *,
        device: str = "auto",
        every: float = 5.0,
        options: RestoreOptions | None = None,
    ) -> None:
        self.reference = reference
        self.every = every
        self.trouble = ""
        """Why the last look failed; empty: it did not."""
        self._model, self._wanted = parsed(reference)
        self._uri, self._cache, self._device = uri, cache, device
        self._options = options or RestoreOptions()
        self._registry: Registry | None = None
        self._current: Served | None = None
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="burnish-follow", daemon=True)

    @property
    def current(self) -> Served:
        """The version for the next request."""
        assert self._current is not None, "start() comes first"
        return self._current

    def start(self) -> None:
        """Load the first version and begin to follow.

        Raises:
            RegistryError, BundleError, PluginError: There is none, or it cannot be loaded.
            UsageError: It needs conditions that a request cannot give.
            UsageError, RestorationError: A named engine cannot compute it.
        """
        self.look()
        self._thread.start()

    def stop(self) -> None:
        """Follow no longer."""
        self._done.set()

    def look(self) -> bool:
        """Swap if the alias points elsewhere; True when it did.

        Raises:
            RegistryError, BundleError, PluginError, UsageError: As ``start``; the present version stays.
        """
        if self._registry is None:
            self._registry = Registry.existing(self._uri)
        number = self._registry.aliases(self._model).get(self._wanted, self._wanted)
        if self._current is not None and number == self._current.version:
            return False
        first = self._current is None
        served = self._load(self._registry.version(self._model, number))
        self._current = served if first and self._options.engine == "auto" else self._prepared(served)
        _log.info("serving %s", self._current.name)
        return True

    def _load(self, version: Version) -> Served:
        from burnish.inference import load_bundle

        loaded = load_bundle(fetch_bundle(version, self._uri, self._cache), device=self._device)
        if beyond := sorted(set(loaded.spec.needs) - SERVED_NEEDS):
            raise UsageError(f"{version.model} v{version.number} needs {', '.join(beyond)}, which requests cannot give")
        return Served(model=version.model, version=version.number, loaded=loaded)

    def _prepared(self, served: Served) -> Served:
        """It with its engine decided and started."""
        from burnish.inference import prepare_engine

        engine = prepare_engine(served.loaded, self._options)
        told = f"{engine.name} {engine.precision}"
        _log.info("%s is computed by %s", served.name, told)
        return replace(served, engine=told)

    def _prepare_first(self) -> None:
        """Decide on the engine of the version that serves already."""
        if not self.current.engine:
            self._current = self._prepared(self.current)

    def _follow(self) -> None:
        self._try(self._prepare_first)
        while not self._done.wait(self.every):
            self._try(self.look)

    def _try(self, step: Callable[[], object]) -> None:
        try:
            step()
            self.trouble = ""
        except BurnishError as error:
            self._say(" ".join(str(error).split()))
        except Exception as error:  # whatever a plugin or a store raises: the present version stays
            self._say(f"{type(error).__name__}: {' '.join(str(error).split())}")

    def _say(self, trouble: str) -> None:
        if trouble != self.trouble:
            _log.warning("still serving %s: %s", self.current.name, trouble)
        self.trouble = trouble
