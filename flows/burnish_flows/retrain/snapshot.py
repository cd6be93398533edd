"""The first stage: recipe, data and code of this run, pinned before anything is computed."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

from burnish import preflight
from burnish.plugins.catalog import Catalog
from burnish.plugins.declarations import RestorerSpec
from burnish.recipe.document import Recipe, read_recipe
from pydantic import BaseModel, ConfigDict

from burnish_flows.data import dataset, git
from burnish_flows.data.dataset import Pin
from burnish_flows.environment import Project, find_project
from burnish_flows.registry.lineage import RunLineage
from burnish_flows.registry.store import FINGERPRINT, ModelState, Version
from burnish_flows.retrain.fingerprint import identify

TRAINING = "training_fingerprint"
"""Tag of a version: the hash over everything that its weights depend on."""

OPEN = ("pending", "awaiting", "held")
"""Status of a version until its decision."""


class Run(BaseModel):
    """One retraining; passed between the stages, as plain JSON values."""

    model_config = ConfigDict(frozen=True)

    recipe_path: Path
    recipe: Recipe
    project: Path
    """Root of the project."""
    fingerprint: str
    """Hash over recipe, data and code."""
    training: str = ""
    """Hash over the part that the weights depend on; empty: same as the fingerprint."""
    force: bool = False
    """Train even when nothing changed, or when only what judges the weights did."""
    pin: Pin
    """Its data."""
    code_revision: str = ""
    """Git revision of the project; empty outside of git."""
    plugins: dict[str, str]
    """Distribution → version of all plugins involved."""
    code: dict[str, dict[str, str]] = {}
    """All code involved, see ``burnish.fingerprint.code.Code``."""
    licence: str = ""
    """Of the restorer, as its plugin declares it."""
    tracking_uri: str
    """The MLflow store."""
    quiet: bool = False
    cause: str = ""
    """Its trigger; empty: started manually."""

    @property
    def model(self) -> str:
        """Name in the registry."""
        return self.recipe.model

    @property
    def home(self) -> Project:
        """The project's folders."""
        return Project(root=self.project)

    @property
    def work(self) -> Path:
        """Checkpoints and intermediate results."""
        return self.home.work(self.training or self.fingerprint)

    @property
    def bundle(self) -> Path:
        """The trained bundle; kept until the run is complete."""
        return self.work / "bundle"

    def lineage(self) -> RunLineage:
        """The inputs of this run's model, as JSON values."""
        return {
            "fingerprint": self.fingerprint,
            "training_fingerprint": self.training,
            "recipe": self.recipe.model_dump(mode="json"),
            "recipe_digest": self.recipe.digest(),
            "data": self.pin.as_json(),
            "git_revision": self.code_revision,
            "plugins": self.plugins,
            "code": self.code,
            "licence": self.licence,
            "libraries": {name: version(name) for name in ("torch", "numpy", "mlflow", "prefect", "dvc")},
            "seed": self.recipe.training.seed,
        }


def take(
    recipe_path: Path,
    *,
    tracking_uri: str,
    allow_dirty: bool = False,
    quiet: bool = False,
    cause: str = "",
    force: bool = False,
) -> Run:
    """Read the recipe, pin its data (fetching missing files) and hash everything involved.

    Raises:
        ConfigError, DataError, UnknownIdError: The recipe, the data or a name in the recipe is off.
    """
    from burnish.plugins.catalog import installed

    recipe = read_recipe(recipe_path)
    project = find_project(recipe_path)
    catalog = installed()
    preflight.refuse_names(recipe, catalog, recipe_path)
    pin = dataset.pin(project, recipe.data.root, allow_dirty=allow_dirty)
    made_of = identify(recipe, pin.md5, dataset.listing(project, pin)["files"], catalog, project.root)
    return Run(
        recipe_path=recipe_path.resolve(),
        recipe=recipe,
        project=project.root,
        fingerprint=made_of.fingerprint,
        training=made_of.training,
        force=force,
        pin=pin,
        code_revision=git.revision(project.root),
        plugins=made_of.plugins,
        code=made_of.code.as_json(),
        licence=_licence(recipe, catalog),
        tracking_uri=tracking_uri,
        quiet=quiet,
        cause=cause,
    )


def _licence(recipe: Recipe, catalog: Catalog) -> str:
    spec = catalog.get("restorers", recipe.restorer.id).spec
    return spec.license if isinstance(spec, RestorerSpec) else ""


def check_settings(recipe: Recipe, catalog: Catalog) -> None:
    """Find errors early that would otherwise appear after minutes of training.

    Raises:
        ConfigError: A name or setting is unknown or does not fit.
    """
    preflight.refuse_names(recipe, catalog)


def check(run: Run) -> None:
    """Check all names in the recipe against the data, once per process, before the first step.

    Raises:
        ConfigError: All that is wrong, with lines and columns of the recipe.
    """
    from burnish.plugins.catalog import installed

    if (run.fingerprint, run.project) in _checked:
        return
    preflight.refuse(run.recipe, project=run.project, catalog=installed(), path=run.recipe_path, quiet=run.quiet)
    _checked.add((run.fingerprint, run.project))


_checked: set[tuple[str, Path]] = set()


def trained(run: Run, now: ModelState) -> Version | None:
    """The newest version with the weights that this run would train again; None if there is none, or it was vetoed."""
    if not run.training or run.force:
        return None
    found = [v for v in now.versions.values() if v.tags.get(TRAINING) == run.training]
    return found[-1] if found and found[-1].status != "vetoed" else None


def decided(run: Run, now: ModelState) -> Version | None:
    """The newest version with a decision, made of the same recipe, data and code; None if there is none.

    A version that is held counts while promotions are frozen; afterwards it is decided upon. One that was compared with
    a version that is gone is decided upon again.
    """
    found = list(_same(run, now))
    stays_held = any(version.status == "held" for version in found) and now.trail.frozen is not None
    closed = [v for v in found if not _is_open(now, v) or (v.status == "held" and stays_held)]
    return closed[-1] if closed else None


def undecided(run: Run, now: ModelState) -> Version | None:
    """The newest such version without a decision: its run died after registration, or it waits for approval."""
    found = [version for version in _same(run, now) if _is_open(now, version)]
    return found[-1] if found else None


def unchanged(run: Run, version: Version, now: ModelState) -> str:
    """The final message of a run that had nothing to do."""
    if version.number == now.champion:
        made = now.trail.last(version.number)
        state = f"champion since {made.when[:19].replace('T', ' ')} UTC" if made else "champion"
    else:
        state = f"{version.status}; champion is {f'v{now.champion}' if now.champion else 'none'}"
    return f"nothing changed: {run.model} v{version.number} has the same recipe, data and code ({state})"


def _same(run: Run, now: ModelState) -> Iterator[Version]:
    for one in now.versions.values():
        if one.tags.get(FINGERPRINT) == run.fingerprint and one.status != "lost":
            yield one


def _is_open(now: ModelState, version: Version) -> bool:
    if version.number == now.champion:
        return False
    if version.status in OPEN:
        return True
    made = now.trail.last(version.number)
    return made is not None and not now.trail.stands(made, now.versions)
