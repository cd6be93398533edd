"""The inputs of a model version, and the versions that used a dataset or a picture.

All of it is read from the registry: the tags of versions, and what their runs logged (``lineage.json``, ``data.json``).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypedDict

from burnish.errors import RegistryError
from burnish.fingerprint.code import differences
from pydantic import BaseModel, Field, ValidationError

from burnish_flows.registry.store import ModelState, Registry, Version

LINEAGE = "lineage.json"
DATA = "data.json"
"""Files that every registered run has."""


class RunLineage(TypedDict):
    """The lineage of a run, as stored in ``lineage.json`` and a bundle's manifest."""

    fingerprint: str
    training_fingerprint: str
    recipe: dict[str, object]
    recipe_digest: str
    data: dict[str, str | int | bool]
    """See ``dataset.Pin``."""
    git_revision: str
    plugins: dict[str, str]
    code: dict[str, dict[str, str]]
    """See ``burnish.fingerprint.code.Code``."""
    licence: str
    libraries: dict[str, str]
    seed: int


class _Earlier(BaseModel):
    """The fields of a ``lineage.json`` that are read again; it may come from an older burnish."""

    recipe_digest: str = ""
    data: dict[str, object] = Field(default_factory=dict)
    code: dict[str, dict[str, str]] = Field(default_factory=dict)


class _Files(BaseModel):
    """The fields of a ``data.json`` that are read again."""

    files: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class Sighting:
    """A version that used some data."""

    model: str
    version: str
    status: str
    data: str
    """Hash of the dataset."""
    paths: tuple[str, ...] = ()
    """Paths of the picture in it; empty for a query about the whole dataset."""

    @property
    def roles(self) -> tuple[str, ...]:
        """The splits that contain it: ``train``, ``validation``, ``test``."""
        return tuple(sorted({path.partition("/")[0] for path in self.paths}))

    def as_json(self) -> dict[str, object]:
        """The record as plain JSON values."""
        return {**asdict(self), "paths": list(self.paths), "roles": list(self.roles)}


def of_version(registry: Registry, version: Version, cache: Path) -> dict[str, object]:
    """All inputs of a version and its decisions, as JSON values.

    Args:
        registry: Where it is.
        version: Which.
        cache: Folder for what is fetched.

    Raises:
        RegistryError: Its lineage was never logged, or cannot be fetched.
    """
    told = document(registry, version, LINEAGE, cache)
    last = registry.last(version)
    aliases = [alias for alias, number in registry.aliases(version.model).items() if number == version.number]
    return {
        "model": version.model,
        "version": version.number,
        "aliases": sorted(aliases),
        "status": version.status,
        "cause": version.tags.get("cause", ""),
        "weights_sha256": version.tags.get("weights_sha256", ""),
        **told,
        "decision": last.model_dump(mode="json") if last else None,
    }


def changes(run: RunLineage, registry: Registry, now: ModelState, cache: Path) -> str:
    """The differences to the inputs of the newest version, in one line; empty if unknown, or without a version.

    Args:
        run: What a run is made of.
        registry: Where the versions are.
        now: The model.
        cache: Folder for what is fetched.
    """
    newest = next(reversed(list(now.versions.values())), None)
    if newest is None:
        return ""
    with suppress(RegistryError, ValidationError):
        before = _Earlier.model_validate(document(registry, newest, LINEAGE, cache))
        found = ["the recipe"] if before.recipe_digest != run["recipe_digest"] else []
        found += ["the data"] if before.data.get("md5") != run["data"]["md5"] else []
        found += differences(before.code, run["code"]) if before.code else []
        return f"changed since v{newest.number}: {', '.join(found)}" if found else ""
    return ""


def of_data(registry: Registry, md5: str) -> list[Sighting]:
    """Versions trained on the dataset whose hash begins with ``md5``."""
    return [
        _sighting(version, ())
        for version in _everything(registry)
        if version.tags.get("data_md5", "").removesuffix(".dir").startswith(md5.removesuffix(".dir"))
    ]


def of_picture(registry: Registry, md5: str, cache: Path) -> tuple[list[Sighting], list[Version]]:
    """Versions whose dataset contains a file with that hash, at any path.

    Returns:
        Them, and the versions whose data nobody wrote down, which may have seen it.
    """
    versions = list(_everything(registry))
    listings = _listings(registry, versions, cache)
    found: list[Sighting] = []
    unknown: list[Version] = []
    for version in versions:
        files = listings.get(version.tags.get("data_md5", ""))
        paths = tuple(path for path, hashed in (files or {}).items() if hashed == md5)
        if files is None:
            unknown.append(version)
        elif paths:
            found.append(_sighting(version, paths))
    return found, unknown


def _listings(registry: Registry, versions: Iterable[Version], cache: Path) -> dict[str, Mapping[str, str]]:
    """Dataset's hash → its files with their hashes, from any version trained on it."""
    listings: dict[str, Mapping[str, str]] = {}
    for version in versions:
        data = version.tags.get("data_md5", "")
        if data and data not in listings:
            with suppress(RegistryError, ValidationError):
                listings[data] = _Files.model_validate(document(registry, version, DATA, cache)).files
    return listings


def _everything(registry: Registry) -> Iterator[Version]:
    """All versions of all models, sorted by name and number."""
    for name in registry.models():
        yield from registry.versions(name).values()


def _sighting(version: Version, paths: tuple[str, ...]) -> Sighting:
    return Sighting(
        model=version.model,
        version=version.number,
        status=version.status,
        data=version.tags.get("data_md5", ""),
        paths=paths,
    )


def document(registry: Registry, version: Version, name: str, cache: Path) -> dict[str, object]:
    """A JSON file logged by the version's run; a run's files never change, so it is fetched once."""
    from mlflow.artifacts import download_artifacts
    from mlflow.exceptions import MlflowException

    folder = cache / "lineage" / (version.run_id or "none")
    path = folder / name
    try:
        if not path.is_file():
            folder.mkdir(parents=True, exist_ok=True)
            uri = f"runs:/{version.run_id}/{name}"
            download_artifacts(artifact_uri=uri, dst_path=str(folder), tracking_uri=registry.uri)
        read: dict[str, object] = json.loads(path.read_text(encoding="utf-8"))
    except (MlflowException, OSError, ValueError) as error:
        raise RegistryError(
            f"{version.model} v{version.number}: its run {version.run_id or '-'} has no {name}; "
            f"it was not registered by burnish retrain"
        ) from error
    return read
