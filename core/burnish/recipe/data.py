"""The part ``data`` of a recipe: where the pictures are, and of what kind."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Literal, Self

from pydantic import model_validator

from burnish.recipe.values import Folder, Part

Form = Literal["clean", "pairs", "noisy", "shots"]
"""What a dataset holds: clean pictures, that a degrader degrades; degraded pictures with their clean ones; degraded
pictures alone; several degraded shots of each scene."""


def form_of(*, degraded: str, clean: str, shots: str) -> Form:
    """What data are whose folders below each split have these names; empty: there is none."""
    if shots:
        return "shots"
    if not degraded:
        return "clean"
    return "pairs" if clean else "noisy"


class DataSettings(Part):
    """Where the pictures are, relative to the recipe's project folder, and of what kind.

    Below ``train`` and ``validation`` are clean pictures; or the folders that ``degraded`` and ``clean``, ``degraded``
    alone, or ``shots`` name.
    """

    root: Folder = "data"
    """The folder that is versioned as one dataset (``data.dvc`` next to it)."""
    train: Folder = "train"
    """Folder of training pictures below ``root``."""
    validation: Folder = "validation"
    """Folder of validation pictures below ``root``; chooses the best checkpoint, never the champion."""
    degraded: Folder = ""
    """Folder of degraded pictures below ``train`` and ``validation``; ``x.json`` and ``x.kernel.npy`` beside ``x.png``
    hold what is known of it."""
    clean: Folder = ""
    """Folder of the clean pictures of the same names; may be larger, by the restorer's scale."""
    shots: Folder = ""
    """Folder of folders, one for each scene, of at least two degraded pictures of it."""
    match: Literal["none", "affine"] = "none"
    """``affine``: of pairs of different brightness, the target is ``a · clean + b``, fitted to the degraded picture."""

    @property
    def form(self) -> Form:
        """What the data are."""
        return form_of(degraded=self.degraded, clean=self.clean, shots=self.shots)

    @property
    def inner(self) -> tuple[str, ...]:
        """The folders below each split; none for clean pictures."""
        return tuple(filter(None, (self.degraded, self.clean, self.shots)))

    @model_validator(mode="after")
    def _is_one_form(self) -> Self:
        if self.shots and (self.degraded or self.clean):
            raise ValueError("give either shots, or degraded, or degraded and clean")
        if self.clean and not self.degraded:
            raise ValueError("clean is the folder of the clean pictures of pairs; give degraded as well, or remove it")
        if self.degraded and self.clean:
            degraded, clean = PurePosixPath(self.degraded), PurePosixPath(self.clean)
            if degraded == clean:
                raise ValueError("degraded and clean name the same folder; give one for each")
            if degraded in clean.parents or clean in degraded.parents:
                raise ValueError("of degraded and clean one folder is within the other; put them side by side")
        if self.match != "none" and self.form != "pairs":
            raise ValueError("match fits the two pictures of pairs; give degraded and clean, or remove it")
        return self
