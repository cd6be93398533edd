"""From ``NAME@ALIAS`` or ``NAME:VERSION`` to the folder of its bundle: downloaded once, checked each time."""

from __future__ import annotations

import hashlib
import re
import shutil
from pathlib import Path

from burnish.errors import RegistryError, UsageError
from burnish.io import scratch
from burnish.schema import names

from burnish_flows import environment
from burnish_flows.registry.store import FilesGoneError, Registry, Version

REFERENCE = re.compile(
    rf"(?P<model>{names.MODEL})(?:@(?P<alias>[A-Za-z][A-Za-z0-9_-]{{0,99}})|[:/]v?(?P<version>[0-9]{{1,9}}))"
)
BUNDLE = "artifacts/bundle"
"""Where the bundle is inside the logged model."""


def locate_bundle(reference: str) -> Path:
    """The bundle's folder of a registered model, in the registry of the current project or of MLFLOW_TRACKING_URI.

    Args:
        reference: ``NAME@ALIAS`` (champion, challenger, previous) or ``NAME:VERSION``.

    Raises:
        UsageError: It is no such reference.
        RegistryError: There is no such model, version or alias, or it cannot be fetched.
        BundleError: What was fetched is damaged.
    """
    return locate_version(reference)[1]


def locate_version(reference: str) -> tuple[Version, Path]:
    """The version that the reference names now, and its bundle's folder. Raises as ``locate_bundle``."""
    model, wanted = parsed(reference)
    project = environment.find_project(Path.cwd())
    environment.prepare(project)
    registry = Registry.existing(environment.tracking_uri())
    found = registry.version(model, wanted)
    return found, fetch_bundle(found, registry.uri, project.cache / "models")


def parsed(reference: str) -> tuple[str, str]:
    """Name, and alias or version.

    Raises:
        UsageError: It is no such reference.
    """
    matched = REFERENCE.fullmatch(reference)
    if matched is None:
        raise UsageError(
            f"{reference[:120]!r} is not a model; give NAME@ALIAS (denoise@champion) or NAME:VERSION (denoise:3)"
        )
    return names.model_name(matched["model"]), matched["alias"] or matched["version"]


def fetch_bundle(found: Version, uri: str, cache: Path) -> Path:
    """The version's bundle as a complete folder in ``cache``, with the weights that its manifest names.

    Raises:
        FilesGoneError: It is no longer in the store.
        RegistryError: It cannot be fetched for another reason, such as a store that does not answer or a full disk.
        BundleError: It is damaged in the store.
    """
    from burnish.errors import BundleError
    from burnish.restorer.bundle import read_bundle

    store = hashlib.sha256(f"{uri}\n{found.source}".encode()).hexdigest()[:12]
    folder = cache / f"{found.model}-v{found.number}-{store}"
    try:
        read_bundle(folder)
        return folder
    except BundleError:
        shutil.rmtree(folder, ignore_errors=True)
    cache.mkdir(parents=True, exist_ok=True)
    with scratch.folder_beside(folder) as fresh:
        downloaded = _download(found, uri, fresh)
        read_bundle(downloaded)
        if not folder.exists():
            downloaded.replace(folder)
    return folder


def _download(found: Version, uri: str, target: Path) -> Path:
    import mlflow
    from mlflow.exceptions import MlflowException

    try:
        mlflow.set_tracking_uri(uri)
        path = mlflow.artifacts.download_artifacts(
            artifact_uri=f"{found.uri}/{BUNDLE}", dst_path=str(target), tracking_uri=uri
        )
    except (MlflowException, OSError) as error:
        fact = " ".join(str(error).split())
        kind = FilesGoneError if _is_missing(error) else RegistryError
        raise kind(f"{found.model} v{found.number}: its bundle cannot be fetched from {uri}: {fact}") from error
    return Path(path)


def _is_missing(error: Exception) -> bool:
    """Whether the store answered that the files do not exist; for a local one MLflow raises a bare ``OSError``."""
    code = getattr(error, "error_code", "")
    missing = isinstance(error, FileNotFoundError) or str(error).startswith("No such file or directory")
    return missing or code in ("RESOURCE_DOES_NOT_EXIST", "NOT_FOUND")
