"""The registry as it stands: versions, aliases, history, whoever asks."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from burnish.errors import RegistryError
from burnish_flows.registry import Registry

Register = Callable[..., str]


def test_a_registered_version_is_a_pending_challenger(registry: Registry, registered: Register) -> None:
    number = registered()
    version = registry.version("denoise", "challenger")
    assert (version.number, version.status, registry.champion("denoise")) == (number, "pending", "")


def test_an_unknown_reference_lists_what_there_is(registry: Registry, registered: Register) -> None:
    registered()
    with pytest.raises(RegistryError, match=r"has no 'champion' .* there is @challenger, :1"):
        registry.version("denoise", "champion")


def test_versions_are_found_by_their_fingerprint(registry: Registry, registered: Register) -> None:
    registered(fingerprint="a" * 64)
    registered(fingerprint="b" * 64)
    assert list(registry.versions("denoise", "b" * 64)) == ["2"]
    assert registry.versions("denoise", "c" * 64) == {}
