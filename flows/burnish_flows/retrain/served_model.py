"""The model as MLflow serves it: this file is logged with the bundle and run by MLflow ("models from code").

Takes and gives float32 arrays N,C,H,W in [0, 1]; height and width are free. The weights are safetensors: nothing here
is a pickle.
"""

from __future__ import annotations

from pathlib import Path
from typing import TypedDict

import mlflow  # noqa: TID253
import numpy as np
from mlflow.models import set_model  # noqa: TID253
from mlflow.pyfunc import PythonModelContext  # noqa: TID253


class Params(TypedDict, total=False):
    """The optional parameters of a request."""

    sigma: float
    transfer: str


class ServedRestorer(mlflow.pyfunc.PythonModel):  # type: ignore[misc]
    """A restorer behind MLflow's interface."""

    def load_context(self, context: PythonModelContext) -> None:
        """Load the bundle that was logged with this file."""
        from burnish.inference import load_bundle

        self._loaded = load_bundle(Path(context.artifacts["bundle"]))

    def predict(self, context: PythonModelContext, model_input: np.ndarray, params: Params | None = None) -> np.ndarray:
        """Restore N,C,H,W float32 in [0, 1]; returns N,C,s·H,s·W, clipped to [0, 1].

        Args:
            context: MLflow's; unused.
            model_input: The degraded pictures.
            params: ``sigma``: the noise's standard deviation in [0, 1], for restorers that need it; ``transfer``:
                ``srgb`` where the values are a photograph's, for restorers of light (deconvolution).
        """
        import torch
        from burnish.inference import restore

        degraded = torch.from_numpy(np.ascontiguousarray(model_input, dtype=np.float32))
        conditions: dict[str, torch.Tensor] = {}
        if "sigma" in self._loaded.spec.needs:
            conditions["sigma"] = torch.full((degraded.shape[0],), params.get("sigma", 0.0) if params else 0.0)
        estimate = restore(self._loaded, degraded, conditions, transfer=params.get("transfer") if params else None)
        return estimate.clamp(0, 1).numpy()


set_model(ServedRestorer())
