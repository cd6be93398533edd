"""A written file computes what torch computes, says how to use it, and is not there otherwise."""

from __future__ import annotations

import base64
import io
import json
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import yaml
from burnish.compression.calibrating import calibrate
from burnish.errors import RestorationError, UsageError
from burnish.exporting import parity
from burnish.exporting.export import FORMATS, Exported, export
from burnish.inference import Restorer, restore
from numpy.typing import NDArray
from torch import nn

from tests.core.exporting.conftest import Frames, Looking, Masked, OneAtATime, Told

pytest.importorskip("onnxscript", reason="the extra burnish[onnx] is not installed")
Make = Callable[..., Restorer]


@pytest.fixture(params=FORMATS, scope="module")
def format(request: pytest.FixtureRequest) -> str:
    if request.param == "openvino":
        pytest.importorskip("openvino", reason="the extra burnish[openvino] is not installed")
    return str(request.param)


@pytest.fixture(scope="module")
def told(restorer: Make) -> Restorer:
    return restorer(
        Told(),
        needs=frozenset({"sigma"}),
        scale=(2,),
        receptive_field=5,
        size_multiple=4,
        lineage={"shipped": {"data": "my photographs", "use": "any", "license": "CC0-1.0"}},
    )


@pytest.fixture(scope="module")
def made(told: Restorer, format: str, tmp_path_factory: pytest.TempPathFactory) -> Exported:
    return export(told, tmp_path_factory.mktemp(format) / "made", format)


def unpacked(made: Exported) -> tuple[dict[str, Any], Mapping[str, NDArray[np.float32]]]:
    """What a file says of itself, and its test tensors, read as a stranger reads them."""
    if made.format == "onnx":
        import onnxruntime

        said = onnxruntime.InferenceSession(made.file).get_modelmeta().custom_metadata_map
        return json.loads(said["burnish"]), np.load(io.BytesIO(base64.b64decode(said["burnish_test"])))
    if made.format == "openvino":
        import openvino

        said = openvino.Core().read_model(made.file / "model.xml").get_rt_info()
        return json.loads(said["burnish"].value), np.load(io.BytesIO(base64.b64decode(said["burnish_test"].value)))
    if made.format == "torchscript":
        extra = {"burnish.json": "", "burnish_test.npz": ""}
        torch.jit.load(made.file, _extra_files=extra)
        return json.loads(extra["burnish.json"]), np.load(io.BytesIO(extra["burnish_test.npz"]))  # type: ignore[arg-type]
    with zipfile.ZipFile(made.file) as archive:
        if made.format == "dtmodel":
            folder = archive.namelist()[0].partition("/")[0]
            tensors = np.load(io.BytesIO(archive.read(f"{folder}/burnish_test.npz")))
            return json.loads(archive.read(f"{folder}/burnish.json")), tensors
        tensors = {Path(n).stem: np.load(archive.open(n)) for n in archive.namelist() if n.endswith(".npy")}
        return yaml.safe_load(archive.read("rdf.yaml"))["config"]["burnish"], tensors


def test_a_file_agrees_with_torch_at_three_sizes_and_for_several_pictures(made: Exported) -> None:
    assert [one.shape for one in made.parity] == [
        (1, 3, 32, 40), (3, 3, 32, 40), (1, 3, 64, 48), (3, 3, 64, 48), (1, 3, 72, 104), (3, 3, 72, 104),
    ]  # fmt: skip
    assert all(one.psnr > 100 and one.max_error < 1e-4 for one in made.parity)
    assert made.opencv.startswith(("agrees to", "no: ") if made.format == "onnx" else "")


def test_a_file_holds_a_test_picture_and_all_that_tiling_needs(told: Restorer, made: Exported) -> None:
    said, tensors = unpacked(made)
    assert said["name"] == "test/tried:small"
    assert (said["license"], said["data_use"], said["trained_on"]) == ("CC0-1.0", "any", "my photographs")
    assert (said["channels"], said["range"], said["scale"], said["precision"]) == ("RGB", [0, 1], 2, "float32")
    assert said["sides"] == {"least": 32, "largest": None, "multiple": 4}
    assert said["tiling"] == {"policy": "exact", "receptive_field": 5, "overlap": 4}
    names = ("input", "output") if made.format == "dtmodel" else ("picture", "estimate")
    assert [(one["name"], one["shape"]) for one in said["inputs"]] == [
        (names[0], ["batch", 3, "height", "width"]),
        ("sigma", ["batch", 1, "height", "width"] if made.format == "dtmodel" else ["batch"]),
    ]
    assert (said["output"]["name"], said["output"]["shape"]) == (names[1], ["batch", 3, "2*height", "2*width"])
    picture, sigma = (torch.from_numpy(tensors[name]) for name in (names[0], "sigma"))
    exact = told.restorer(picture, sigma=sigma.flatten()[:1]).detach().numpy()
    np.testing.assert_allclose(tensors[names[1]], exact, rtol=0, atol=1e-6)


def test_a_picture_tiled_by_the_metadata_is_the_whole_picture(told: Restorer, tmp_path: Path) -> None:
    import onnxruntime

    made = export(told, tmp_path / "made.onnx", "onnx")
    session = onnxruntime.InferenceSession(made.file)
    said = json.loads(session.get_modelmeta().custom_metadata_map["burnish"])
    overlap, scale = said["tiling"]["overlap"], said["scale"]
    picture, keep = torch.rand(1, 3, 100, 72, generator=torch.Generator().manual_seed(0)), 36
    sigma = np.full(1, 0.1, np.float32)
    rows = []
    for top in range(0, 100, keep):
        cells = []
        for left in range(0, 72, keep):
            y, x = max(0, top - overlap), max(0, left - overlap)
            tile = picture[..., y : top + keep + overlap, x : left + keep + overlap].numpy()
            (estimate,) = session.run(None, {"picture": tile, "sigma": sigma})
            y, x = (top - y) * scale, (left - x) * scale
            cells.append(estimate[..., y : y + keep * scale, x : x + keep * scale])
        rows.append(np.concatenate(cells, axis=3))
    whole = told.restorer(picture, sigma=torch.from_numpy(sigma)).detach().numpy()
    np.testing.assert_allclose(np.concatenate(rows, axis=2), whole, rtol=0, atol=1e-5)


def test_a_burst_is_exported_for_as_many_frames_as_it_was_trained_with(restorer: Make, tmp_path: Path) -> None:
    loaded = restorer(Frames(), temporal="burst", tiling="blend")
    made = export(loaded, tmp_path / "made.onnx", "onnx")
    assert made.about["inputs"][0]["shape"] == ["batch", 3, 3, "height", "width"]
    assert made.about["output"]["shape"] == ["batch", 3, "height", "width"]
    assert made.about["tiling"] == {"policy": "blend", "receptive_field": None, "overlap": None}
    assert export(loaded, tmp_path / "made.onnx", "onnx", frames=2).about["inputs"][0]["shape"][1] == 2


def test_a_clip_and_its_conditions_are_inputs_of_their_shapes(restorer: Make, tmp_path: Path) -> None:
    loaded = restorer(Masked(), temporal="video", needs=frozenset({"kernel", "mask"}), window=2)
    made = export(loaded, tmp_path / "made.zip", "bioimageio")
    assert {one["name"]: one["shape"] for one in made.about["inputs"]} == {
        "picture": ["batch", 2, 3, "height", "width"],
        "kernel": ["batch", 15, 15],
        "mask": ["batch", 1, "height", "width"],
    }
    assert made.about["output"]["shape"] == ["batch", 2, 3, "height", "width"]
    with zipfile.ZipFile(made.file) as archive:
        said = yaml.safe_load(archive.read("rdf.yaml"))
    axes = {one["id"]: [axis["type"] for axis in one["axes"]] for one in (*said["inputs"], *said["outputs"])}
    assert axes["picture"] == axes["estimate"] == ["batch", "time", "channel", "space", "space"]
    assert axes["kernel"] == ["batch", "space", "space"]
    assert axes["mask"] == ["batch", "channel", "space", "space"]


def test_a_file_names_no_place_on_this_machine(restorer: Make, tmp_path: Path) -> None:
    loaded = replace(restorer(OneAtATime()), origin="/home/somebody/bundles/denoise")
    export(loaded, tmp_path / "made.pt", "torchscript")
    assert b"somebody" not in (tmp_path / "made.pt").read_bytes()


def test_code_that_fixes_the_number_of_pictures_is_exported_for_one(restorer: Make, tmp_path: Path) -> None:
    made = export(restorer(OneAtATime()), tmp_path / "made.onnx", "onnx")
    assert made.about["inputs"][0]["shape"] == [1, 3, "height", "width"]
    assert [one.shape[0] for one in made.parity] == [1, 1, 1]


def test_what_depends_on_the_values_of_the_picture_is_refused_and_nothing_is_written(
    restorer: Make, format: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(RestorationError, match=rf"cannot be exported to {format}: .*depends on the values"):
        export(restorer(Looking()), tmp_path / "made", format)
    assert list(tmp_path.iterdir()) == []
    assert capfd.readouterr() == ("", "")


def test_a_file_that_differs_is_refused_and_the_older_one_stays(
    told: Restorer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "made.onnx").write_bytes(b"older")
    monkeypatch.setattr(parity, "least", lambda *_: 1000.0)
    with pytest.raises(RestorationError, match=r"agrees with torch to \d+ dB only on a picture of 1×3×32×40, 1000 are"):
        export(told, tmp_path / "made.onnx", "onnx")
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("made.onnx", b"older")]


def test_a_number_of_frames_is_refused_for_single_pictures(told: Restorer, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="takes single pictures; leave the number of frames out"):
        export(told, tmp_path / "made.onnx", "onnx", frames=2)
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_holds_something_else_is_refused(told: Restorer, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(UsageError, match="is a folder; give the name of a file"):
        export(told, tmp_path, "onnx")
    (tmp_path / "model.xml").write_text("an earlier export, beside something else")
    with pytest.raises(UsageError, match="holds other files; OpenVINO takes two files: give a new folder"):
        export(told, tmp_path, "openvino")
    with pytest.raises(UsageError, match="'tflite' is unknown; use one of onnx, openvino"):
        export(told, tmp_path / "made", "tflite")
    with pytest.raises(UsageError, match="cannot be written"):
        export(told, tmp_path / "nowhere" / "made.onnx", "onnx")
    assert {path.name for path in tmp_path.iterdir()} == {"mine.txt", "model.xml"}


def test_a_bioimageio_archive_names_its_files_with_their_sha256(told: Restorer, tmp_path: Path) -> None:
    import hashlib

    made = export(told, tmp_path / "made.zip", "bioimageio")
    with zipfile.ZipFile(made.file) as archive:
        said = yaml.safe_load(archive.read("rdf.yaml"))
        named = [said["weights"]["onnx"], said["documentation"]]
        named += [one["test_tensor"] for one in (*said["inputs"], *said["outputs"])]
        for one in named:
            assert hashlib.sha256(archive.read(one["source"])).hexdigest() == one["sha256"]
    picture, estimate = said["inputs"][0], said["outputs"][0]
    assert [axis["type"] for axis in picture["axes"]] == ["batch", "channel", "space", "space"]
    assert picture["axes"][2]["size"] == {"min": 40, "step": 4}
    assert estimate["axes"][2] == {
        "type": "space", "id": "y", "size": {"tensor_id": "picture", "axis_id": "y"}, "scale": 0.5, "halo": 8,
    }  # fmt: skip


def test_darktable_finds_its_folder_its_task_and_tiles_of_fixed_size_with_a_map_of_sigma(
    told: Restorer, tmp_path: Path
) -> None:
    import onnxruntime

    made = export(told, tmp_path / "made.dtmodel", "dtmodel")
    with zipfile.ZipFile(made.file) as archive:
        archive.extractall(tmp_path / "models")
    (folder,) = (tmp_path / "models").iterdir()
    said = json.loads((folder / "config.json").read_text())
    assert (said["id"], said["task"], said["backend"], said["num_inputs"]) == (folder.name, "upscale", "onnx", 2)
    assert said["attributes"] == {"input_sizes": [768, 512, 384, 256, 192]}
    assert said["model_card"]["training_data_license"] == "any use"
    assert said["model_card"]["notes"] == "Tiles fit exactly."
    options = onnxruntime.SessionOptions()
    for name, size in (("batch", 1), ("height", 192), ("width", 192)):
        options.add_free_dimension_override_by_name(name, size)
    session = onnxruntime.InferenceSession(folder / "model_x2.onnx", options)
    assert [(one.name, one.shape) for one in session.get_inputs()] == [
        ("input", [1, 3, 192, 192]), ("sigma", [1, 1, 192, 192]),
    ]  # fmt: skip
    tile = np.random.default_rng(0).random((1, 3, 192, 192), np.float32)
    (estimate,) = session.run(["output"], {"input": tile, "sigma": np.full((1, 1, 192, 192), 25 / 255, np.float32)})
    exact = told.restorer(torch.from_numpy(tile), sigma=torch.tensor([25 / 255])).detach().numpy()
    np.testing.assert_allclose(estimate, exact, rtol=0, atol=1e-5)


def test_what_darktable_cannot_feed_is_refused_with_a_reason(restorer: Make, tmp_path: Path) -> None:
    for declared, network, reason in (
        ({"channels": (1,)}, nn.Conv2d(1, 1, 3, padding=1), "gives red, green and blue"),
        ({"temporal": "burst", "tiling": "blend"}, Frames(), "gives single photographs"),
        ({"tiling": "whole"}, OneAtATime(), "cuts pictures into tiles"),
        ({"size_multiple": 5}, OneAtATime(), "none of them fits it"),
        ({"scale": (3,)}, nn.Upsample(scale_factor=3), "enlarges by 2 or 4, not by 3"),
        ({"temporal": "video", "needs": frozenset({"kernel", "mask"}), "window": 2}, Masked(), "single photographs"),
    ):
        loaded = restorer(nn.Sequential(network, nn.PReLU()) if "scale" in declared else network, **declared)
        with pytest.raises(RestorationError, match=f"cannot be exported to dtmodel: darktable.*{reason}"):
            export(loaded, tmp_path / "made.dtmodel", "dtmodel")
    assert list(tmp_path.iterdir()) == []


def test_seams_that_darktables_narrow_overlap_leaves_are_told(restorer: Make, tmp_path: Path) -> None:
    made = export(restorer(OneAtATime(), receptive_field=201), tmp_path / "made.dtmodel", "dtmodel")
    with zipfile.ZipFile(made.file) as archive:
        said = json.loads(archive.read(archive.namelist()[0]))
    assert "the network looks at 100 pixels, so that faint seams may be left" in said["model_card"]["notes"]


def test_an_exported_file_is_a_restorer_again(restorer: Make, tmp_path: Path) -> None:
    pytest.importorskip("burnish_onnx")
    from burnish.inference import load_restorer

    loaded = restorer(OneAtATime(), receptive_field=3)
    made = export(loaded, tmp_path / "made.onnx", "onnx")
    degraded = torch.rand(1, 3, 40, 44)
    torch.testing.assert_close(
        restore(load_restorer(str(made.file), device="cpu"), degraded), restore(loaded, degraded), rtol=0, atol=1e-5
    )


@pytest.mark.parametrize("kind", ["onnx", "openvino"])
def test_a_network_of_8_bits_is_written_with_whole_numbers_and_says_so(
    restorer: Make, tmp_path: Path, kind: str
) -> None:
    torch.manual_seed(0)
    network = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, 3, 3, padding=1)).eval()
    pictures = [torch.rand(1, 3, 48, 64) for _ in range(3)]
    calibrate(network, [lambda one=one: network(one) for one in pictures])
    parent = {"initial": {"shipped": {"data": "BSD400", "use": "research", "license": "Apache-2.0"}}}
    loaded = restorer(network.requires_grad_(False), lineage=parent, receptive_field=5)
    assert loaded.bundle is not None
    loaded = replace(loaded, bundle=loaded.bundle.model_copy(update={"compression": {"method": "int8"}}))
    made = export(loaded, tmp_path / "net", kind)
    assert made.about["precision"] == "int8"
    assert (made.about["data_use"], made.about["license"]) == ("research", "Apache-2.0")
    assert min(one.psnr for one in made.parity) > 40
    with pytest.raises(RestorationError, match="layers of 8 bits become ONNX's operators; give --onnx"):
        export(loaded, tmp_path / "net.pt", "torchscript")
