"""ONNX: one file, with what it says of itself and the test tensors in its metadata."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from burnish.exporting.about import KEY, TEST, as_text, tensors_text
from burnish.exporting.parity import Run
from burnish.exporting.subject import Arrays, Subject
from burnish.inference.engines.exporting import exporting


def write(subject: Subject, place: Path) -> None:
    """Write the file."""
    place.write_bytes(described(subject))


def described(subject: Subject) -> bytes:
    """The network as an ONNX model that describes itself and holds the test tensors.

    Raises:
        UnfitError: As ``named``.
    """
    return named(subject, {KEY: as_text(subject), TEST: tensors_text(subject)})


def named(subject: Subject, properties: Mapping[str, str] = MappingProxyType({})) -> bytes:
    """The network as an ONNX model, its free dimensions named, with properties in its metadata.

    Raises:
        UnfitError: It has operators that ONNX lacks, or ``onnx`` is not installed.
    """
    data = subject.program.onnx()
    with exporting():
        import onnx

        model = onnx.load_model_from_string(data)
        model.producer_name, model.doc_string = "burnish", subject.loaded.spec.summary
        for name, text in properties.items():
            model.metadata_props.add(key=name, value=text)
        _name_sizes(model)
        return bytes(model.SerializeToString())


def _name_sizes(model: Any) -> None:
    """Call the free sizes ``batch``, ``height`` and ``width``, wherever they stand."""
    graph = model.graph
    sizes = graph.input[0].type.tensor_type.shape.dim
    names = {sizes[axis].dim_param: name for axis, name in ((0, "batch"), (-2, "height"), (-1, "width"))}
    for value in (*graph.input, *graph.output, *graph.value_info):
        for size in value.type.tensor_type.shape.dim:
            if size.dim_param:
                size.dim_param = re.sub(r"\w+", lambda found: names.get(found[0], found[0]), size.dim_param)


def opened(place: Path) -> Run:
    """Open it with ONNX Runtime."""
    return opened_bytes(place.read_bytes())


def opened_bytes(content: bytes) -> Run:
    """The same for the file's content."""
    import onnxruntime

    onnxruntime.disable_telemetry_events()
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])

    def run(inputs: Arrays) -> NDArray[np.float32]:
        estimate: NDArray[np.float32] = session.run(None, dict(inputs))[0]
        return estimate

    return run
