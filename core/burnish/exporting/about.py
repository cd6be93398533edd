"""What a file says of itself, for programs that do not know burnish: how to tile, and what it is made of."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from burnish.exporting.subject import Arrays, Subject
from burnish.inference.engines.exporting import ESTIMATE, LARGEST, PICTURE
from burnish.plugins.catalog import installed
from burnish.restorer.learned import undone_in, words
from burnish.restorer.restorer import Restorer
from burnish.version import __version__

KEY = "burnish"
"""The name under which a file keeps it, as JSON."""
TEST = "burnish_test"
"""The name under which it keeps the test tensors, as base64 of an .npz file."""
MEANINGS = {
    PICTURE: "what is restored",
    "sigma": "standard deviation of the noise, in [0, 1]",
    "kernel": "the blur's point-spread function, sums to 1",
    "mask": "1 where a pixel was recorded, 0 where it is invalid",
    "saturated": "1 where the light was at least as strong as the value says",
    "flow": "motion in pixels",
}


def about(subject: Subject) -> dict[str, object]:
    """All that is known of the network, as JSON values."""
    loaded = subject.loaded
    lineage: Mapping[str, Any] = loaded.bundle.lineage if loaded.bundle else {}
    # Weights that were trained on from others are bound by what those are bound by.
    told = {key: value for one in (lineage, lineage.get("initial", {})) for key, value in _origin(one).items()}
    least, largest = subject.sides
    return {
        "name": _name(loaded),
        "restorer": loaded.id,
        "distribution": loaded.distribution,
        "version": loaded.version,
        "burnish": __version__,
        "weights_sha256": loaded.content,
        "license": told.get("license", ""),
        "trained_on": told.get("data", ""),
        "data_use": told.get("use", ""),
        "reference": loaded.spec.reference,
        "tasks": sorted(loaded.spec.tasks),
        "trained_against": _against(loaded),
        "inputs": [_input(subject, name) for name in subject.program.examples],
        "output": {"name": ESTIMATE, "shape": _output(subject), "type": "float32", "clipped": False},
        "channels": "RGB" if max(loaded.channels) == 3 else "grey",
        "range": [0.0, 1.0],
        "light": loaded.light,
        "scale": loaded.scale,
        "sides": {
            "least": least, "largest": None if largest == LARGEST else largest, "multiple": loaded.size_multiple
        },
        "tiling": _tiling(subject),
        "precision": "int8" if loaded.eight_bits else "float32",
    }  # fmt: skip


def as_text(subject: Subject) -> str:
    """``about`` as JSON."""
    return json.dumps(about(subject), default=str)


def tensors_file(subject: Subject) -> bytes:
    """The test tensors as an .npz file."""
    return npz(subject.tensors(*subject.sizes()[0]))


def npz(tensors: Arrays) -> bytes:
    """Tensors as an .npz file."""
    stream = io.BytesIO()
    np.savez_compressed(stream, allow_pickle=False, **tensors)
    return stream.getvalue()


def tensors_text(subject: Subject) -> str:
    """The test tensors as base64 of an .npz file."""
    return base64.b64encode(tensors_file(subject)).decode()


def _origin(lineage: Mapping[str, Any]) -> dict[str, Any]:
    """What a lineage says of shipped or imported weights."""
    return {**lineage.get("imported", {}), **lineage.get("shipped", {})}


def _against(loaded: Restorer) -> list[str]:
    """The degradations of the training, with their levels; empty where the bundle does not tell."""
    facts = loaded.bundle.training.get("facts", {}) if loaded.bundle else {}
    return list(words(undone_in(facts.get("degrader", {}), installed())))


def _name(loaded: Restorer) -> str:
    """Of shipped weights their name, else that of the model which was trained; no place on this machine."""
    if loaded.origin.startswith(f"{loaded.id}:"):
        return loaded.origin
    model = loaded.bundle.training.get("model") if loaded.bundle else ""
    return f"{loaded.id} {model}" if model else loaded.id


def _input(subject: Subject, name: str) -> dict[str, object]:
    found = subject.program.shape(name)
    names = {len(found) - 2: "height", len(found) - 1: "width", 0: "batch"}
    shape = [names[axis] if size is None else size for axis, size in enumerate(found)]
    return {"name": name, "shape": shape, "type": "float32", "meaning": MEANINGS[name]}


def _output(subject: Subject) -> list[str | int]:
    by = "" if subject.loaded.scale == 1 else f"{subject.loaded.scale}*"
    clip = [subject.frames] if subject.loaded.spec.temporal == "video" else []
    batch = "batch" if subject.free_batch else 1
    return [batch, *clip, max(subject.loaded.channels), f"{by}height", f"{by}width"]


def _tiling(subject: Subject) -> dict[str, object]:
    """``overlap``: pixels that a tile needs on every side of what is kept of it, to fit exactly; None: blend."""
    overlap = subject.overlap
    policy = "none" if subject.loaded.tiling == "whole" else "blend" if overlap is None else "exact"
    return {"policy": policy, "receptive_field": subject.loaded.receptive_field, "overlap": overlap}
