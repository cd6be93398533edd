"""Every learned restorer that is installed: what it computes as an ONNX file, or why there is none."""

from __future__ import annotations

from pathlib import Path

import pytest
from burnish.errors import RestorationError
from burnish.exporting.export import export
from burnish.inference import load_restorer
from burnish.plugins.catalog import installed
from burnish.plugins.declarations import RestorerSpec

pytest.importorskip("onnxscript", reason="the extra burnish[onnx] is not installed")
SPECS = {id: entry.spec for id, entry in installed().entries("restorers").items()}
WEIGHTS = [f"{id}:{name}" for id, spec in SPECS.items() if isinstance(spec, RestorerSpec) for name in spec.weights]
SOLVES = "it solves equations .*, for which ONNX has no operator"
REFUSED = {
    "deconvolution/deep-wiener:camera-shake": "depends on the values of the picture",
    "diffusion/r-crd-net:burst-shake": SOLVES,
    "diffusion/r-crd-net:burst-shake-bsds": SOLVES,
    "rnn/recurrent-deblur:moving-camera": SOLVES,
    "super-resolution/burst-sr:x2": SOLVES,
}
QUICK = {"cnn/ffdnet:colour", "super-resolution/espcn:luma-x2", *(name for name in REFUSED if REFUSED[name] == SOLVES)}


@pytest.mark.parametrize(
    "name", [one if one in QUICK else pytest.param(one, marks=pytest.mark.long) for one in WEIGHTS]
)
def test_shipped_weights_are_exported_or_refused_with_a_reason(name: str, tmp_path: Path) -> None:
    loaded = load_restorer(name, device="cpu")
    if name in REFUSED:
        with pytest.raises(RestorationError, match=REFUSED[name]):
            export(loaded, tmp_path / "made.onnx", "onnx")
        return
    made = export(loaded, tmp_path / "made.onnx", "onnx")
    assert len({one.shape[-2:] for one in made.parity}) == 3
    assert made.about["weights_sha256"] == loaded.content
