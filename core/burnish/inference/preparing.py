"""The engine of a service, decided before its first picture."""

from __future__ import annotations

from burnish.inference.engine import Engine
from burnish.inference.engines.choosing import prepare
from burnish.inference.precision import settle
from burnish.inference.sample import sample
from burnish.inference.tiling.job import make_job
from burnish.restorer.options import RestoreOptions
from burnish.restorer.restorer import Restorer

SIDE = 256
"""Pixels of the side of the picture that is made up: as large as precision and race look at."""


def prepare_engine(loaded: Restorer, options: RestoreOptions) -> Engine:
    """Race the engines on a made-up picture, if no race is known, and start the one that computes pictures from now on.

    Args:
        loaded: The restorer.
        options: How pictures will be restored; ``engine`` and ``precision`` count.

    Returns:
        The engine; eager torch, where nothing else can compute the restorer.

    Raises:
        UsageError, RestorationError: A named engine cannot compute it; says why.
    """
    side = loaded.fitting(SIDE)
    picture, told = sample(loaded, 0 if loaded.spec.temporal == "single" else 1, 1, side, side)
    job = make_job(loaded, picture, told)
    return prepare(job, settle(job, options.precision), options.engine)
