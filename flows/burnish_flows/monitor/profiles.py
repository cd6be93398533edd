"""The training profile of a registered version: made at registration or on demand; kept with the version's run."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from burnish.errors import DataError, RegistryError
from burnish.io.atomic import write_whole
from pydantic import ValidationError

from burnish_flows.data import dataset
from burnish_flows.environment import Project
from burnish_flows.registry.locate import fetch_bundle
from burnish_flows.registry.store import Registry, Version

if TYPE_CHECKING:
    from burnish.drift import Profile
    from burnish.recipe.document import Recipe

PROFILE = "profile.json"
"""The file's name among the artifacts of the version's run."""
RECIPE = "recipe.yaml"

_log = logging.getLogger("burnish.monitor")


def attempt(recipe: Recipe, project: Path, bundle: Path) -> Profile | None:
    """The profile of a version to be registered; None, and a warning in the log, if it cannot be made.

    A model without profile is as good a model, so nothing that goes wrong here ends a retraining.
    """
    try:
        return make(recipe, project, bundle)
    except Exception as error:
        fact = " ".join(str(error).split())
        _log.warning(
            "%s: the profile of its training data could not be measured (%s); burnish monitor tries again",
            recipe.model,
            fact,
        )
        return None


def make(recipe: Recipe, project: Path, bundle: Path, *, quiet: bool = True) -> Profile:
    """Measure the recipe's training pictures, and the output of the bundle's restorer.

    Raises:
        BurnishError: Pictures or plugins are not there, or fail.
    """
    from burnish.drift import make_profile
    from burnish.inference import load_bundle
    from burnish.plugins.catalog import installed

    return make_profile(recipe, project, load_bundle(bundle), installed(), quiet=quiet)


def profile_of(registry: Registry, version: Version, project: Project, *, quiet: bool = False) -> Profile:
    """The version's profile, fetched; if it has none yet, made from its recipe and data, and stored.

    Raises:
        RegistryError: It has none, and its recipe was never logged; or what is kept is no profile.
        DataError: It has none, and its data are not at hand, or other ones are.
    """
    if not version.run_id:
        raise RegistryError(f"{version.model} v{version.number}: has no run; it was not registered by burnish retrain")
    folder = project.cache / "profiles" / version.run_id
    if (folder / PROFILE).is_file() or PROFILE in _artifacts(registry, version):
        return _parsed(version, _fetched(registry, version, PROFILE, folder))
    made = _on_demand(registry, version, project, folder, quiet=quiet)
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(folder / PROFILE, made.model_dump_json(indent=2).encode())
    registry.client.log_artifact(version.run_id, str(folder / PROFILE))
    return made


def _on_demand(registry: Registry, version: Version, project: Project, folder: Path, *, quiet: bool) -> Profile:
    from burnish.recipe.document import read_recipe

    who = f"{version.model} v{version.number}"
    recipe = read_recipe(_fetched(registry, version, RECIPE, folder))
    was = version.tags.get("data_md5", "")
    mend = f"bring the dataset {was} to {project.root / recipe.data.root}, or retrain"
    try:
        here = dataset.pin(project, recipe.data.root, allow_dirty=True).md5
    except DataError as error:
        raise DataError(f"{who}: has no profile, and its data are not available ({error}); {mend}") from error
    if here != was:
        raise DataError(f"{who}: has no profile, and the data here are different ({here}); {mend}")
    return make(recipe, project.root, fetch_bundle(version, registry.uri, project.cache / "models"), quiet=quiet)


def _artifacts(registry: Registry, version: Version) -> set[str]:
    from mlflow.exceptions import MlflowException

    try:
        return {entry.path for entry in registry.client.list_artifacts(version.run_id)}
    except (MlflowException, OSError) as error:
        raise RegistryError(_unavailable(version, "artifacts", error)) from error


def _fetched(registry: Registry, version: Version, name: str, folder: Path) -> Path:
    """A file logged by the version's run; it never changes, so it is fetched once."""
    from mlflow.artifacts import download_artifacts
    from mlflow.exceptions import MlflowException

    if not (folder / name).is_file():
        folder.mkdir(parents=True, exist_ok=True)
        try:
            uri = f"runs:/{version.run_id}/{name}"
            download_artifacts(artifact_uri=uri, dst_path=str(folder), tracking_uri=registry.uri)
        except (MlflowException, OSError) as error:
            raise RegistryError(_unavailable(version, name, error)) from error
    return folder / name


def _parsed(version: Version, path: Path) -> Profile:
    from burnish.drift import Profile

    try:
        return Profile.model_validate_json(path.read_bytes())
    except ValidationError as error:
        path.unlink(missing_ok=True)
        raise RegistryError(
            f"{version.model} v{version.number}: its {PROFILE} is not a profile; delete the file among the artifacts "
            f"of run {version.run_id}, and it is created again"
        ) from error


def _unavailable(version: Version, what: str, error: BaseException) -> str:
    fact = " ".join(str(error).split())
    return f"{version.model} v{version.number}: the {what} of run {version.run_id} is not available: {fact}"
