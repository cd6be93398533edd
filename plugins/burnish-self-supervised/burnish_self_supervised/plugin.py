"""The hooks of burnish-self-supervised; networks and learners are imported on first use."""

from __future__ import annotations

from collections.abc import Iterable

from burnish import LearnerSpec, RestorerSpec, hookimpl

from burnish_self_supervised.declared import learners, networks


@hookimpl
def register_restorers() -> Iterable[RestorerSpec]:
    """The networks of this plugin."""
    yield networks.AP_BSN_NET
    yield networks.BLIND_SPOT_NET


@hookimpl
def register_learners() -> Iterable[LearnerSpec]:
    """The learners of this plugin."""
    yield learners.AP_BSN
    yield learners.BLIND_SPOT
    yield learners.NEIGHBOR2NEIGHBOR
    yield learners.NOISE2NOISE
    yield learners.NOISE2VOID
    yield learners.RECORRUPTED
    yield learners.SURE
    yield learners.UNSURE
