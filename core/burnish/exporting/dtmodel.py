"""darktable: a ``.dtmodel`` archive, a folder with ``config.json`` and the network in ONNX, for its neural restore.

darktable cuts a developed photograph into square tiles, gives them as RGB in [0, 1] in the order batch, channel,
height, width, one at a time, and where a network has a second input, a map of the noise's level of 25/255.
"""

from __future__ import annotations

import json
import re
import zipfile
from pathlib import Path
from typing import Any, cast

import numpy as np

from burnish.exporting.about import KEY, TEST, about, npz
from burnish.exporting.onnx import named, opened_bytes
from burnish.exporting.parity import Run
from burnish.exporting.subject import Arrays, Subject
from burnish.inference.engine import UnfitError
from burnish.inference.engines.exporting import ESTIMATE, PICTURE, exporting

TILES = {1: (2048, 1536, 1024, 768, 512, 384, 256), 2: (768, 512, 384, 256, 192), 4: (768, 512, 384, 256, 192)}
"""Sides in pixels of the tiles that darktable tries, by the factor of enlargement."""
OVERLAPS = {1: 64, 2: 16, 4: 16}
"""Pixels that its tiles overlap by on every side."""
NAMES = {PICTURE: "input", "sigma": "sigma", ESTIMATE: "output"}
"""What darktable calls the tensors."""


def write(subject: Subject, place: Path) -> None:
    """Write the archive.

    Raises:
        UnfitError: darktable has no such input or task, or none of its tiles fits; says which.
    """
    facts = _facts(subject)
    config = _config(subject, facts)
    tensors = subject.tensors(*subject.sizes()[0])
    files = {
        "config.json": _json(config),
        "model.onnx" if subject.loaded.scale == 1 else f"model_x{subject.loaded.scale}.onnx": _network(subject),
        f"{KEY}.json": _json(facts),
        f"{TEST}.npz": npz({**_told(tensors), NAMES[ESTIMATE]: tensors[ESTIMATE]}),
    }
    with zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(f"{config['id']}/{name}", content)


def opened(place: Path) -> Run:
    """Open its ONNX file with ONNX Runtime, as darktable does."""
    with zipfile.ZipFile(place) as archive:
        run = opened_bytes(archive.read(next(name for name in archive.namelist() if name.endswith(".onnx"))))
    return lambda inputs: run(_told(inputs))


def _told(inputs: Arrays) -> Arrays:
    """Inputs as darktable gives them, σ as a map."""
    picture = inputs[PICTURE]
    told = {NAMES[PICTURE]: picture}
    if "sigma" in inputs:
        level = inputs["sigma"].reshape(-1, 1, 1, 1)
        told["sigma"] = np.ascontiguousarray(np.broadcast_to(level, (len(picture), 1, *picture.shape[-2:])))
    return told


def _facts(subject: Subject) -> dict[str, Any]:
    """What the file says of itself, with darktable's names and shapes."""
    facts = about(subject)
    inputs = cast(list[dict[str, Any]], facts["inputs"])
    for one in inputs:
        if one["name"] == "sigma":
            one["shape"] = [one["shape"][0], 1, "height", "width"]
        one["name"] = NAMES.get(one["name"], one["name"])
    return facts | {"output": {**cast(dict[str, Any], facts["output"]), "name": NAMES[ESTIMATE]}}


def _config(subject: Subject, facts: dict[str, Any]) -> dict[str, object]:
    loaded = subject.loaded
    task = _task(subject)
    fitting = [side for side in TILES[loaded.scale] if _fits(subject, side)]
    if not fitting:
        raise UnfitError(f"darktable's tiles have sides of {TILES[loaded.scale]} pixels, and none of them fits it")
    name = re.sub(r"\W+", "-", str(facts["name"]).replace("/", "-")).strip("-").lower()
    return {
        "id": f"{task}-burnish-{name}",
        "name": f"{task} {facts['name']}",
        "description": loaded.spec.summary,
        "task": task,
        "arch": loaded.id.partition("/")[2],
        "backend": "onnx",
        "version": loaded.version,
        "tiling": True,
        "num_inputs": len(subject.program.examples),
        "spatial_dims": ["height", "width"],
        "attributes": {"input_sizes": fitting},
        "model_card": {
            "long_description": f"{loaded.spec.summary}. Exported by burnish {facts['burnish']}.",
            "scope": "; ".join(facts["trained_against"]) or ", ".join(facts["tasks"]),
            "author": facts["distribution"],
            "paper": facts["reference"],
            "license": facts["license"],
            "training_data": facts["trained_on"],
            "training_data_license": facts["data_use"] and f"{facts['data_use']} use",
            "notes": _seams(subject),
        },
    }


def _task(subject: Subject) -> str:
    """Its task there: all that keeps the size of pictures is called denoise."""
    loaded = subject.loaded
    if loaded.spec.temporal != "single":
        raise UnfitError("darktable gives single photographs")
    if max(loaded.channels) != 3 or loaded.light != "stored":
        raise UnfitError("darktable gives red, green and blue as stored in files, which it does not take")
    if other := sorted(set(subject.program.examples) - NAMES.keys()):
        raise UnfitError(f"darktable does not tell {', '.join(other)}, which it needs")
    if loaded.scale not in TILES:
        raise UnfitError(f"darktable enlarges by 2 or 4, not by {loaded.scale}")
    if loaded.tiling == "whole":
        raise UnfitError("darktable cuts pictures into tiles, and it needs them whole")
    return "denoise" if loaded.scale == 1 else "upscale"


def _fits(subject: Subject, side: int) -> bool:
    least, largest = subject.sides
    return least <= side <= largest and side % subject.loaded.size_multiple == 0


def _seams(subject: Subject) -> str:
    """What to expect where tiles meet."""
    given, needed = OVERLAPS[subject.loaded.scale], subject.overlap
    if needed is not None and needed <= given:
        return "Tiles fit exactly."
    wanted = "the whole picture" if needed is None else f"{needed} pixels"
    return (
        f"Tiles overlap by {given} pixels in darktable; the network looks at {wanted}, so that faint seams may be left."
    )


def _json(values: object) -> bytes:
    return (json.dumps(values, indent=2, ensure_ascii=False, default=str) + "\n").encode()


def _network(subject: Subject) -> bytes:
    """The ONNX model with darktable's names, and σ as a map, whose mean over each picture is the level."""
    with exporting():
        import onnx

        model = onnx.load_model_from_string(named(subject))
        graph = model.graph
        _rename(graph, NAMES)
        level = next((value for value in graph.input if value.name == "sigma"), None)
        if level is not None:
            _rename(graph, {"sigma": "level"})
            sides = graph.input[0].type.tensor_type.shape.dim
            shape = [sides[0].dim_param or sides[0].dim_value, 1, "height", "width"]
            graph.input.remove(level)
            graph.input.append(onnx.helper.make_tensor_value_info("sigma", onnx.TensorProto.FLOAT, shape))
            axes = onnx.numpy_helper.from_array(np.array([1, 2, 3], np.int64), "axes_of_a_map")
            graph.initializer.append(axes)
            graph.node.insert(0, onnx.helper.make_node("ReduceMean", ["sigma", axes.name], ["level"], keepdims=0))
        return bytes(model.SerializeToString())


def _rename(graph: Any, names: dict[str, str]) -> None:
    for node in graph.node:
        for tensors in (node.input, node.output):
            for place, name in enumerate(tensors):
                tensors[place] = names.get(name, name)
    for value in (*graph.input, *graph.output, *graph.value_info):
        value.name = names.get(value.name, value.name)
