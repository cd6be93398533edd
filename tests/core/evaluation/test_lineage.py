from __future__ import annotations

import json
from pathlib import Path

import torch
from burnish.evaluation import Benchmark
from burnish.evaluation.lineage import lineage
from burnish.inference import load_restorer
from burnish.version import __version__


def test_the_lineage_names_every_plugin_that_took_part_and_the_machine(tmp_path: Path) -> None:
    asked = [Benchmark.from_spec("set5-x2", tmp_path)]
    found = lineage(load_restorer("classical/bicubic", {"scale": 2}, device="cpu"), asked)
    assert found["restorer"]["id"] == "classical/bicubic"
    assert found["restorer"]["config"] == {"scale": 2}
    assert list(found["plugins"]) == ["burnish-classical", "burnish-degradations", "burnish-metrics"]
    assert (found["burnish"], found["torch"]) == (__version__, torch.__version__)
    assert found["device"].startswith("cpu (")
    assert json.loads(json.dumps(found)) == found
