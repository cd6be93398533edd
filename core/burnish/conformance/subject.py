"""The subject of a check: one declaration, its configuration, and its factory's result."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from burnish.plugins.catalog import Catalog
from burnish.plugins.configuration import complete
from burnish.plugins.entry import Entry

if TYPE_CHECKING:
    from torch import Tensor

    from burnish.conformance.checking import Finding
    from burnish.conformance.process import Traces
    from burnish.inference import Restorer


Question = Callable[["Subject"], None]
"""Returns if the subject passes, else raises ``Violation``."""
Questions = list[Question]


class Subject:
    """A declaration under test; expensive parts are made once, on first use, and shared by all checks."""

    def __init__(self, entry: Entry, catalog: Catalog, config: Mapping[str, object]) -> None:
        self.entry = entry
        self.catalog = catalog
        self.given = dict(config)
        self.findings: dict[str, Finding] = {}
        """Name of a check → what it found."""
        self.traces: Traces | None = None
        """What it does to the process, once it was watched."""
        self.ordinary: tuple[Tensor, Tensor] | None = None
        """A picture and a restorer's estimate of it, shared by the checks of its fidelity."""

    @property
    def spec(self) -> Any:
        """The declaration, in the type of its kind."""
        return self.entry.spec

    @cached_property
    def config(self) -> dict[str, Any]:
        """The complete configuration."""
        return completed(self.entry, self.given)

    def make(self, seed: int = 0) -> Any:
        """A new instance; fresh weights are the same for the same seed."""
        return self.made_with(self.config, seed)

    def made_with(self, config: Mapping[str, object], seed: int = 0) -> Any:
        """A new instance of another configuration."""
        import torch

        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            return self.catalog.create(self.spec.kind, self.entry.id, config)

    @cached_property
    def instance(self) -> Any:
        """One instance, shared by all checks."""
        return self.make()

    @cached_property
    def loaded(self) -> Restorer:
        """A restorer as the host runs it, on the CPU."""
        return self.loaded_with(self.config)

    def loaded_with(self, config: Mapping[str, object]) -> Restorer:
        """A restorer of another configuration, as the host runs it."""
        import torch

        from burnish.inference import load_restorer

        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            return load_restorer(self.entry.id, config, device="cpu", catalog=self.catalog, untrained=True)


def completed(entry: Entry, given: Mapping[str, object]) -> dict[str, Any]:
    """The complete configuration; a metric's border is 0 where it would be the scale of a benchmark."""
    config = complete(entry.spec, given, subject=entry.id)
    if entry.spec.kind == "metrics" and config.get("border") == "scale":
        config["border"] = 0
    return config
