"""Which learner fits a recipe's restorer, and whether it can learn from the recipe's data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from burnish.errors import ConfigError
from burnish.plugins.catalog import Catalog, Entry
from burnish.plugins.configuration import complete
from burnish.plugins.declarations import LearnerSpec, RestorerSpec
from burnish.recipe.data import Form
from burnish.recipe.document import Recipe

SUPERVISED = "burnish/supervised"

GIVES: Mapping[Form, frozenset[str]] = {
    "clean": frozenset({"target", "noisy"}),
    "pairs": frozenset({"target", "noisy"}),
    "noisy": frozenset({"noisy"}),
    "shots": frozenset({"shots", "noisy"}),
}
"""Form of the data → what learners can be shown, in the words of ``LearnerSpec.needs``."""

_WORDS = {
    "target": "clean pictures to compare with",
    "shots": "several shots of each scene (data.shots)",
    "noisy": "degraded pictures",
}


def find_learner(
    recipe: Recipe, restorer: Entry, config: Mapping[str, object], catalog: Catalog
) -> tuple[Entry | None, Mapping[str, object]]:
    """The learner that a recipe names, with its complete configuration; None where it names none.

    Args:
        recipe: What names it.
        restorer: The one to fit.
        config: The restorer's, complete.
        catalog: What is installed.

    Raises:
        UnknownIdError, ConfigError: There is no such learner, a setting is wrong, or it cannot learn from these data,
            or not fit this restorer.
    """
    form = recipe.data.form
    chosen = recipe.training.learner
    if chosen is None:
        if "target" not in GIVES[form]:
            fitting = [
                entry.id for entry in catalog.entries("learners").values() if _can(entry, form, restorer, config)
            ]
            known = f"one of {', '.join(fitting)}" if fitting else "of a plugin such as burnish-self-supervised"
            raise ConfigError(f"the data hold no clean pictures to compare with; give training.learner, {known}")
        return None, {}
    entry = catalog.get("learners", chosen.id)
    spec = cast(LearnerSpec, entry.spec)
    if spec.needs not in GIVES[form]:
        have = " and ".join(_WORDS[word] for word in sorted(GIVES[form]))
        raise ConfigError(f"{entry.id} needs {_WORDS[spec.needs]}, but the data give {have}; choose another learner")
    if fault := _misfit(spec, restorer, config):
        raise ConfigError(f"{entry.id} does not fit {restorer.id}: {fault}")
    return entry, complete(spec, chosen.config, subject=entry.id)


def _can(entry: Entry, form: Form, restorer: Entry, config: Mapping[str, object]) -> bool:
    spec = cast(LearnerSpec, entry.spec)
    return spec.needs in GIVES[form] and not _misfit(spec, restorer, config)


def _misfit(spec: LearnerSpec, restorer: Entry, config: Mapping[str, object]) -> str:
    """Why a learner does not fit a restorer; empty: it does."""
    own = cast(RestorerSpec, restorer.spec)
    if spec.restorers and restorer.id not in spec.restorers:
        return f"it fits {', '.join(spec.restorers)}"
    if own.temporal not in spec.temporal:
        return f"it fits restorers of {' and '.join(spec.temporal)}, this one is of {own.temporal}"
    scale = config.get("scale", own.scale[0])
    if spec.scale and scale not in spec.scale:
        return f"it fits the scale {', '.join(map(str, spec.scale))}, this one enlarges by {scale}"
    return ""
