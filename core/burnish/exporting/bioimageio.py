"""bioimage.io: a zip with ``rdf.yaml`` (model description 0.5), the network in ONNX, and test tensors in .npy files."""

from __future__ import annotations

import hashlib
import io
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from burnish.exporting.about import KEY, MEANINGS, about
from burnish.exporting.onnx import described, opened_bytes
from burnish.exporting.parity import Run
from burnish.exporting.subject import Subject
from burnish.inference.engines.exporting import ESTIMATE, LARGEST, PICTURE

RDF, WEIGHTS, PAGE = "rdf.yaml", "weights.onnx", "README.md"
HALO = 128
"""Pixels of overlap above which none is written, since a halo makes the least picture larger by two of them."""


def write(subject: Subject, place: Path) -> None:
    """Write the archive."""
    facts = about(subject)
    side = _least(subject)
    files = {WEIGHTS: described(subject), PAGE: _page(facts).encode()}
    files |= {f"{name}.npy": _npy(values) for name, values in subject.tensors(side, side).items()}
    description = _description(subject, facts, files)
    with zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(RDF, yaml.safe_dump(description, sort_keys=False, allow_unicode=True))
        for name, content in files.items():
            archive.writestr(name, content)


def opened(place: Path) -> Run:
    """Open its ONNX file with ONNX Runtime."""
    with zipfile.ZipFile(place) as archive:
        return opened_bytes(archive.read(WEIGHTS))


def _description(subject: Subject, facts: dict[str, Any], files: dict[str, bytes]) -> dict[str, object]:
    import onnx

    opset = onnx.load_model_from_string(files[WEIGHTS]).opset_import[0].version
    tasks = [str(task) for task in facts["tasks"]]
    return {
        "format_version": "0.5.4",
        "type": "model",
        "name": "".join(letter if letter.isalnum() or letter in "_+- ()" else " " for letter in facts["name"])[:128],
        "description": subject.loaded.spec.summary,
        "timestamp": datetime.now(UTC).isoformat(timespec="seconds"),
        "authors": [{"name": facts["distribution"]}],
        "cite": _cited(facts["reference"]),
        **({"license": facts["license"]} if facts["license"] else {}),
        "tags": ["image-restoration", *tasks],
        "documentation": _file(PAGE, files),
        "inputs": [_tensor(subject, name, files) for name in subject.program.examples],
        "outputs": [_tensor(subject, ESTIMATE, files)],
        "weights": {"onnx": {**_file(WEIGHTS, files), "opset_version": opset}},
        "config": {KEY: facts},
    }


def _tensor(subject: Subject, name: str, files: dict[str, bytes]) -> dict[str, object]:
    known = {"range": [0.0, 1.0]} if name == PICTURE else {}
    return {
        "id": name,
        "description": MEANINGS.get(name, "the restored picture"),
        "axes": _axes(subject, name),
        "test_tensor": _file(f"{name}.npy", files),
        "data": {"type": "float32", **known},
    }


def _axes(subject: Subject, name: str) -> list[dict[str, object]]:
    batch: dict[str, object] = {"type": "batch"} if subject.free_batch else {"type": "batch", "size": 1}
    sides = [_side(subject, side, name) for side in ("y", "x")]
    if name in (PICTURE, ESTIMATE):
        clip = subject.frames and (name == PICTURE or subject.loaded.spec.temporal == "video")
        frames: list[dict[str, object]] = [{"type": "time", "id": "time", "size": subject.frames}] if clip else []
        return [batch, *frames, _channels(list("rgb") if max(subject.loaded.channels) == 3 else ["grey"]), *sides]
    shape = subject.program.shape(name)[1:]
    if None in shape:
        return [batch, _channels([f"c{index}" for index in range(shape[0] or 0)]), *sides]
    # The noise's level has one value a picture, a kernel has sides of its own.
    own: list[dict[str, object]] = [
        {"type": "space", "id": side, "size": size} for side, size in zip("yx", shape, strict=False)
    ]
    return [batch, *own]


def _channels(names: list[str]) -> dict[str, object]:
    return {"type": "channel", "channel_names": names}


def _side(subject: Subject, side: str, name: str) -> dict[str, object]:
    """Height or width: free in the picture, of its size elsewhere."""
    if name == PICTURE:
        return {"type": "space", "id": side, "size": {"min": _least(subject), "step": subject.loaded.size_multiple}}
    size: dict[str, object] = {"type": "space", "id": side, "size": {"tensor_id": PICTURE, "axis_id": side}}
    if name == ESTIMATE:
        halo = _halo(subject) * subject.loaded.scale
        size |= {"scale": 1 / subject.loaded.scale} | ({"halo": halo} if halo else {})
    return size


def _halo(subject: Subject) -> int:
    """Pixels of the picture on each side of a tile that are not kept; 0: it says none."""
    overlap = subject.overlap
    return overlap if overlap is not None and overlap <= HALO and subject.sides[1] == LARGEST else 0


def _least(subject: Subject) -> int:
    return subject.loaded.fitting(subject.sides[0] + 2 * _halo(subject))


def _file(name: str, files: dict[str, bytes]) -> dict[str, object]:
    return {"source": name, "sha256": hashlib.sha256(files[name]).hexdigest()}


def _npy(values: Any) -> bytes:
    stream = io.BytesIO()
    np.save(stream, values, allow_pickle=False)
    return stream.getvalue()


def _cited(reference: str) -> list[dict[str, str]]:
    kind, _, rest = reference.partition(":")
    doi = {"doi": rest, "arxiv": f"10.48550/arXiv.{rest}"}.get(kind.lower())
    return [{"text": reference, "doi": doi}] if doi else []


def _page(facts: dict[str, Any]) -> str:
    lines = [f"# {facts['name']}", "", f"Exported by burnish {facts['burnish']}.", ""]
    lines += [f"- {key}: {value}" for key, value in facts.items() if isinstance(value, str | int) and value != ""]
    lines += ["", "## Validation", "", "The test tensors are torch's in float32; see `config: burnish` for tiling.", ""]
    return "\n".join(lines)
