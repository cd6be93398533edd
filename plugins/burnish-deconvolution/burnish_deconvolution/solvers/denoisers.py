"""The denoisers that plug-and-play uses by default."""

from __future__ import annotations

from burnish import RestorerSpec
from burnish.errors import RestorationError
from burnish.plugins import installed

PREFERRED = ("cnn/ffdnet:grey", "classical/nlm")
"""The best first: the first installed one is used."""

PREFERRED_FOR_RGB = ("cnn/ffdnet:colour", *PREFERRED)
"""The same for pictures of three channels, whose noise is best removed from all channels together."""


def best_installed(channels: int) -> str:
    """The first of ``PREFERRED`` (or ``PREFERRED_FOR_RGB``) that is installed, with its weights.

    Raises:
        RestorationError: None is.
    """
    declared = installed().entries("restorers")
    preferred = PREFERRED_FOR_RGB if channels == 3 else PREFERRED
    for name in preferred:
        id, _, weights = name.partition(":")
        spec = declared[id].spec if id in declared else None
        if isinstance(spec, RestorerSpec) and (not weights or weights in spec.weights):
            return name
    raise RestorationError(
        f"plug-and-play finds no denoiser: none of {', '.join(preferred)} is installed; install burnish-cnn or "
        "burnish-classical, or set `denoiser`"
    )
