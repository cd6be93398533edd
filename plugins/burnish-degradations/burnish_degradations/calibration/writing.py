"""What a calibration leaves on disk: a degrader for a recipe, the plot, and a file beside each picture."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from burnish.errors import DataError, UsageError
from burnish.io import write_whole
from burnish.ops.noise import NoiseModel

from burnish_degradations.calibration.chart import chart
from burnish_degradations.calibration.fitting import variance_of
from burnish_degradations.calibration.measuring import Calibration, read

DEGRADER = "degradations/sensor-noise"
FEWEST = 3
"""With fewer models of single pictures the degrader gets that of all together."""


def degrader_config(calibration: Calibration) -> dict[str, float | list[float]]:
    """The settings of ``degradations/sensor-noise`` that give this noise, to six digits.

    Where each picture has a model of its own, gain and read noise are ranges that hold 80 % of them, and the offset is
    their median.
    """
    model, single = calibration.fit.model, [one.model for one in calibration.single.values()]
    if len(single) < FEWEST:
        return {"gain": _short(model.gain), "read": _short(model.read_noise), "offset": _short(model.offset)}
    return {
        "gain": _middle([one.gain for one in single]),
        "read": _middle([one.read_noise for one in single]),
        "offset": _short(float(np.median([one.offset for one in single]))),
    }


def as_json(model: NoiseModel) -> dict[str, float]:
    """The model's fields, to six digits."""
    return {"gain": _short(model.gain), "read_noise": _short(model.read_noise), "offset": _short(model.offset)}


def write_results(folder: Path, calibration: Calibration, title: str) -> list[Path]:
    """``degrader.yaml``, which a recipe can take over, and the plot ``fit.svg``.

    Raises:
        UsageError: They cannot be written.
    """
    written: list[Mapping[str, float | list[float]]] = [
        degrader_config(calibration),
        {**as_json(calibration.fit.model)},
    ]
    settings, known = (", ".join(f"{key}: {_yaml(value)}" for key, value in values.items()) for values in written)
    text = (
        "# Made by `burnish noise calibrate`. In a recipe this degrader makes the noise of the calibrated camera;\n"
        f"# a benchmark of its noisy pictures takes noise: {{{known}}}\n"
        f"degrader:\n  id: {DEGRADER}\n  config: {{{settings}}}\n"
    )
    files = {folder / "degrader.yaml": text, folder / "fit.svg": chart(calibration.fit, title)}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path, content in files.items():
            write_whole(path, content.encode())
    except OSError as error:
        raise UsageError(f"{folder}: cannot be written ({error.strerror or error}); give another place") from error
    return list(files)


def write_sidecar(picture: Path, model: NoiseModel) -> Path:
    """``x.json`` beside ``x.png``: the model, and ``sigma``, the root mean square of its noise in this picture.

    Other keys of an existing file stay.

    Raises:
        DataError: The existing file is no JSON object.
        UsageError: It cannot be written.
    """
    path = picture.with_suffix(".json")
    known = _existing(path)
    pixels, _ = read(picture)
    sigma = float(np.sqrt(variance_of(model, pixels.astype(np.float64)).mean()))
    text = json.dumps({**known, "sigma": _short(sigma), **as_json(model)}, indent=2)
    try:
        write_whole(path, f"{text}\n".encode())
    except OSError as error:
        raise UsageError(f"{path}: cannot be written ({error.strerror or error}); make the folder writable") from error
    return path


def _existing(path: Path) -> Mapping[str, object]:
    if not path.exists():
        return {}
    try:
        known = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, OSError) as error:
        raise DataError(f"{path}: is not readable as JSON ({error}); mend or remove it") from error
    if not isinstance(known, dict):
        raise DataError(f"{path}: holds no JSON object; mend or remove it")
    return known


def _middle(values: list[float]) -> list[float]:
    return [_short(float(value)) for value in np.quantile(values, (0.1, 0.9))]


def _yaml(value: float | list[float]) -> str:
    """Without an exponent: YAML 1.1 takes 1e-05 for text."""
    if isinstance(value, list):
        return f"[{', '.join(map(_yaml, value))}]"
    return np.format_float_positional(value, trim="0")


def _short(value: float) -> float:
    return float(f"{value:.6g}")
