"""The restorer that ``add_restorer``'s options name."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from burnish.inference import Restorer


def named_restorer(arguments: Namespace, *, device: str) -> Restorer:
    """Load what --restorer, --bundle or --model names, with the settings of --set.

    Raises:
        As ``load_restorer``, ``load_bundle`` and ``locate_model``.
    """
    from burnish.inference import load_bundle, load_restorer, locate_model
    from burnish.plugins.configuration import parse_settings

    settings = parse_settings(arguments.set)
    if arguments.restorer:
        return load_restorer(arguments.restorer, settings, device=device)
    return load_bundle(arguments.bundle or locate_model(arguments.model), settings, device=device)
