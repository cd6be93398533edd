"""The bundle: a trained restorer on disk as ``weights.safetensors`` + ``bundle.json``, without executable code."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, NotRequired, TypedDict, Unpack

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from burnish.console.redaction import redacted
from burnish.errors import BundleError
from burnish.io import atomic
from burnish.schema.faults import one_line
from burnish.schema.yaml_text import quoted

if TYPE_CHECKING:
    from torch import Tensor

FORMAT = 1
"""The version of the layout that this version of burnish writes and reads."""

MANIFEST = "bundle.json"
WEIGHTS = "weights.safetensors"


class Bundle(BaseModel):
    """Everything that is known about a trained restorer, except its weights."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="strings")

    format: int = FORMAT
    """Version of the layout."""
    restorer: str = Field(min_length=1)
    """Restorer id (``cnn/dncnn``)."""
    config: dict[str, Any] = Field(default_factory=dict)
    """Its whole configuration, defaults included."""
    distribution: str
    """The distribution that declares it, to be installed if it is missing."""
    version: str
    """That distribution's version at training."""
    training: dict[str, Any] = Field(default_factory=dict)
    """Recipe, seed, steps, seconds and the like."""
    figures: dict[str, object] = Field(default_factory=dict)
    """Figures of the training (validation)."""
    lineage: dict[str, Any] = Field(default_factory=dict)
    """Data hash, revision and the like."""
    compression: dict[str, Any] = Field(default_factory=dict)
    """How the network was made smaller (``method``, and figures); empty: it is the restorer's own."""
    weights_sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    """sha256 over the bytes of ``weights.safetensors``."""
    created: str = ""
    """ISO 8601, UTC."""


class Description(TypedDict):
    """What the author writes about a trained restorer; see ``Bundle``."""

    restorer: str
    config: Mapping[str, object]
    distribution: str
    version: str
    training: NotRequired[Mapping[str, object]]
    figures: NotRequired[Mapping[str, object]]
    lineage: NotRequired[Mapping[str, object]]
    """Without secrets, since bundles are shared."""
    compression: NotRequired[Mapping[str, object]]


def write_bundle(folder: Path, *, weights: Mapping[str, Tensor], **about: Unpack[Description]) -> Bundle:
    """Write a bundle whole or not at all; an older bundle in ``folder`` is replaced by one rename.

    Args:
        folder: Where it will be; must not exist, or be empty, or hold a bundle.
        weights: The module's ``state_dict()``: names → tensors of any shape and dtype.
        about: What is written about it, as JSON values.

    Raises:
        BundleError: ``folder`` holds something else, or something given cannot be stored.
    """
    folder = Path(folder)
    refuse_foreign(folder)
    data = _serialised(weights, folder)
    try:
        bundle = Bundle.model_validate(
            {
                **about,
                "lineage": redacted(dict(about.get("lineage", {}))),
                "weights_sha256": hashlib.sha256(data).hexdigest(),
                "created": datetime.now(UTC).isoformat(timespec="seconds"),
            }
        )
        # Earlier versions of burnish read bundles that are not compressed.
        text = bundle.model_dump_json(indent=2, exclude=None if bundle.compression else {"compression"}) + "\n"
    except ValueError as error:  # pydantic's validation and serialisation errors are ValueErrors
        raise BundleError(f"{folder}: the bundle's description cannot be stored: {_one_line(error)}") from error
    try:
        with atomic.whole_folder(folder) as fresh:
            atomic.write_whole(fresh / WEIGHTS, data)
            atomic.write_whole(fresh / MANIFEST, text.encode())
    except OSError as error:
        raise BundleError(f"{folder}: the bundle cannot be written ({error.strerror}); nothing was changed") from error
    return bundle


def read_bundle(folder: Path) -> Bundle:
    """Read and check a bundle's description; the weights file must have the sha256 stated there.

    Raises:
        BundleError: A file is missing, is damaged, or was made by an incompatible version; names file and fact.
    """
    return _read(Path(folder))[0]


def contents_of(config: Mapping[str, object]) -> dict[str, str]:
    """Setting → sha256 of the weights, for settings that name a bundle's folder.

    Raises:
        BundleError: As ``read_bundle``.
    """
    folders = {key: Path(value) for key, value in config.items() if isinstance(value, str) and value}
    return {key: read_bundle(one).weights_sha256 for key, one in folders.items() if (one / MANIFEST).is_file()}


def bundle_weights(folder: Path) -> dict[str, Tensor]:
    """The weights of a checked bundle, on the CPU: names → tensors.

    Raises:
        BundleError: As ``read_bundle``; or the weights are not valid safetensors.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load

    data = _read(Path(folder))[1]
    try:
        return load(data)
    except (SafetensorError, ValueError, KeyError) as error:
        raise BundleError(
            f"{Path(folder) / WEIGHTS}: is not a safetensors file ({_one_line(error)}); write the bundle again"
        ) from error


def _read(folder: Path) -> tuple[Bundle, bytes]:
    if not folder.is_dir():
        raise BundleError(f"{folder}: there is no bundle here; give the folder with {MANIFEST} and {WEIGHTS}")
    manifest = folder / MANIFEST
    try:
        raw = json.loads(_bytes(manifest), parse_constant=_no_constant, object_pairs_hook=_each_key_once)
    except (ValueError, RecursionError) as error:
        raise BundleError(
            f"{manifest}: is not valid JSON ({_one_line(error)}); copy or write the bundle again"
        ) from error
    if not isinstance(raw, dict):
        raise BundleError(f"{manifest}: is not a JSON object; copy or write the bundle again")
    found = raw.get("format")
    if found != FORMAT:
        raise BundleError(
            f"{manifest}: has format {found!r}, but this burnish reads {FORMAT}; "
            "update burnish, or write the bundle again"
        )
    try:
        bundle = Bundle.model_validate(raw)
    except ValidationError as error:
        raise BundleError(
            f"{manifest}: is not a valid bundle description ({one_line(error, Bundle)}); copy or write the bundle again"
        ) from error
    data = _bytes(folder / WEIGHTS)
    if hashlib.sha256(data).hexdigest() != bundle.weights_sha256:
        raise BundleError(
            f"{folder / WEIGHTS}: is damaged: its sha256 differs from {MANIFEST}; copy or write the bundle again"
        )
    return bundle, data


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a valid JSON number")


def _each_key_once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        raise ValueError(f"the key {quoted(next(key for key in keys if keys.count(key) > 1))} appears twice")
    return found


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise BundleError(
            f"{path}: cannot be read ({error.strerror}); a bundle contains {MANIFEST} and {WEIGHTS}"
        ) from error


def weights_hash(weights: Mapping[str, Tensor]) -> str:
    """The sha256 that a bundle of these weights would have."""
    return hashlib.sha256(_serialised(weights, Path())).hexdigest()


def _serialised(weights: Mapping[str, Tensor], folder: Path) -> bytes:
    import torch
    from safetensors.torch import save

    wrong = [name for name, value in weights.items() if not isinstance(value, torch.Tensor)]
    if wrong:
        raise BundleError(f"{folder}: weight {wrong[0]!r} is not a tensor; keep only tensors in the module's state")
    # Clones, because tied weights share memory, which safetensors refuses.
    return save({name: value.detach().cpu().clone().contiguous() for name, value in weights.items()})


def refuse_foreign(folder: Path) -> None:
    """Refuse a folder that holds something else than a bundle.

    Raises:
        BundleError: It does.
    """
    if not folder.exists():
        return
    if not folder.is_dir() or (any(folder.iterdir()) and not (folder / MANIFEST).is_file()):
        raise BundleError(f"{folder}: exists, but is not a bundle; choose another folder, or remove this one")


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())
