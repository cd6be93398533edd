"""The flavour ``onnx`` of a registered version, beside python_function: its network as a file of other programs."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

from burnish.console.redaction import redact
from burnish.recipe.document import Recipe

if TYPE_CHECKING:
    from burnish.restorer.restorer import Restorer
    from mlflow.models import Model
    from mlflow.models.model import ModelInfo

ONNX = "onnx"
"""The flavour's name in recipes and in MLflow, and the tag of a version that says what became of it."""
FILE = "model.onnx"
REASON_LIMIT = 500

_log = logging.getLogger("burnish.retrain")


@dataclass(frozen=True, kw_only=True)
class Network:
    """A network that a recipe asks for as an ONNX file."""

    file: Path | None
    """None: refused."""
    verdict: str
    """``agrees to 132 dB`` (with torch), or ``refused: `` and the reason."""


def write(recipe: Recipe, bundle: Path, folder: Path) -> Network | None:
    """Write the bundle's network into the folder, if the recipe asks for it.

    A version without the flavour is as good a version, so an export that fails does not end a retraining; it is a
    warning in the log.

    Args:
        recipe: Of the run.
        bundle: Its folder.
        folder: Where the file goes.
    """
    if ONNX not in recipe.flavours:
        return None
    from burnish.exporting.export import export
    from burnish.inference import load_bundle

    loaded = load_bundle(bundle, device="cpu")
    try:
        made = export(loaded, folder / FILE, ONNX)
    except Exception as error:
        reason = _reason(error, loaded)
        _log.warning("%s: the version is registered without the flavour onnx: %s", recipe.model, reason)
        return Network(file=None, verdict=f"refused: {reason}")
    return Network(file=made.file, verdict=f"agrees to {min(one.psnr for one in made.parity):.0f} dB")


def log_model(network: Network | None, *, artifacts: Mapping[str, str], **others: object) -> ModelInfo:
    """Log one MLflow model in the active run: python_function, and ``onnx`` where there is a file.

    The file is one of the artifacts of python_function, so that the model holds it once.

    Args:
        network: As from ``write``.
        artifacts: As ``mlflow.pyfunc.log_model`` takes them.
        others: Its other arguments.
    """
    import mlflow
    from mlflow.models import Model

    if network is None or network.file is None:
        return mlflow.pyfunc.log_model(artifacts=artifacts, **others)
    flavour = SimpleNamespace(save_model=_save_model)
    return Model.log(None, flavour, artifacts={**artifacts, ONNX: str(network.file)}, **others)


def _save_model(path: str, mlflow_model: Model, **others: object) -> None:
    """Write the model's folder, with the keys of the flavour that ``mlflow.onnx`` writes."""
    import mlflow
    from mlflow.onnx import ONNX_EXECUTION_PROVIDERS

    mlflow_model.add_flavor(
        ONNX,
        onnx_version=version("onnx"),
        data=f"artifacts/{FILE}",
        providers=ONNX_EXECUTION_PROVIDERS,
        onnx_session_options=None,
        code=None,
    )
    mlflow.pyfunc.save_model(path=path, mlflow_model=mlflow_model, **others)


def _reason(error: Exception, loaded: Restorer) -> str:
    """Why it was refused, without the name of the restorer and its folder on this machine."""
    from burnish.inference.engine import UnfitError

    cause = error.__cause__ if isinstance(error.__cause__, UnfitError) else error
    text = " ".join(str(cause).split()).removeprefix(f"{loaded.subject} ")
    return redact(text)[:REASON_LIMIT] or type(cause).__name__
