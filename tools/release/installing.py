"""Installs the wheels into empty environments, and uses them in a folder that has nothing to do with the repository."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

from release.building import environment
from release.distributions import HOST, ROOT, Distribution
from release.reporting import QUIET, require, run

PLUGIN = "burnish-classical"
"""The one that is installed alone with the host."""

PICTURE = """
import numpy as np
from PIL import Image

rows, columns = np.mgrid[0:64, 0:96] / 16.0
clean = 127 + 60 * np.sin(rows[..., None] + columns[..., None] * np.array([1.0, 1.3, 0.7]))
noisy = clean + np.random.default_rng(0).normal(0.0, 10.0, clean.shape)
Image.fromarray(np.clip(noisy, 0, 255).round().astype(np.uint8)).save("noisy.png")
"""
"""Makes ``noisy.png``, with what the host itself requires."""

WHERE = """
import json
from importlib.metadata import distributions

found = {}
for one in distributions():
    if one.name.startswith("burnish"):
        source = json.loads(one.read_text("direct_url.json") or "{}").get("url", "an index")
        found[one.name] = [one.version, source, str(one.locate_file(""))]
print(json.dumps(found))
"""
"""Prints where each installed distribution of ours came from and where it lies."""

RECIPE = """
model: tiny
restorer: {id: cnn/dncnn, config: {depth: 3, features: 8, channels: 3}}
degrader: {id: degradations/gaussian-noise, config: {sigma: 0.098}}
data: {root: pictures}
training: {budget: {steps: 30}, batch: 4, patch: 32, learning_rate: 0.003, precision: fp32, cores: 1}
benchmarks:
  - name: noise25
    degrader: {id: degradations/gaussian-noise, config: {sigma: 0.098}}
    metrics: [metrics/psnr, metrics/ssim]
baselines: [{id: classical/unsharp}]
gates: [{id: burnish/gain}, {id: burnish/no-regression}]
"""
"""Its baseline makes noise stronger, so that a network of a few steps beats it, as a first champion must."""


@dataclass(kw_only=True)
class Installed:
    """An environment that the wheels were installed into, and a folder to use it in."""

    programs: Path
    folder: Path
    settings: dict[str, str] = field(default_factory=dict)
    """Environment variables of every command."""

    def burnish(self, *words: str) -> str:
        """Run a command; its output."""
        return run([self.programs / "burnish", *words], cwd=self.folder, more={**QUIET, **self.settings})

    def python(self, program: str) -> str:
        """Run a program; its output."""
        return run([self.programs / "python", "-I", "-c", program], cwd=self.folder, more=self.settings)


def install(chosen: tuple[Distribution, ...], wheels: Path, work: Path) -> Installed:
    """Install these wheels into an empty environment, and look where everything of ours came from.

    The wheels are named as files, so that an installer never looks for our own names on an index.
    """
    programs = environment(work / "environment")
    files = [wheels / one.wheel for one in chosen]
    pip: list[str | Path] = [programs / "python", "-m", "pip"]
    run([*pip, "install", "--quiet", "--no-compile", "-c", ROOT / "constraints.txt", *files], cwd=work)
    folder = work / "elsewhere"
    folder.mkdir()
    made = Installed(
        programs=programs, folder=folder, settings={"XDG_CACHE_HOME": str(work / "cache"), "OMP_NUM_THREADS": "2"}
    )
    found = json.loads(made.python(WHERE))
    require(set(found) == {one.name for one in chosen}, f"installed are {sorted(found)}")
    for one in chosen:
        version, source, place = found[one.name]
        require(version == one.version, f"{one.name} is installed in version {version}, not {one.version}")
        require(source.startswith("file:") and source.endswith(one.wheel), f"{one.name} came from {source}")
        require(Path(place).is_relative_to(work / "environment"), f"{one.name} lies in {place}")
    run([*pip, "check"], cwd=work)
    return made


def host_alone(made: Installed) -> None:
    """The host works without any plugin."""
    _use(made, wanted={"burnish/identity"}, absent={"classical/median"}, restorer="burnish/identity")


def host_and_plugin(made: Installed) -> None:
    """One plugin adds what it has, and nothing else."""
    _use(made, wanted={"classical/median", "classical/bm3d"}, absent={"cnn/dncnn"}, restorer="classical/median")


def everything(made: Installed, chosen: tuple[Distribution, ...]) -> None:
    """Every plugin is loaded, shipped weights restore, and a retraining gives a champion."""
    states = {one["distribution"]: one["state"] for one in json.loads(made.burnish("plugins", "--json"))["plugins"]}
    for one in chosen:
        require(states.get(one.name) == "loaded", f"{one.name} is {states.get(one.name, 'not found')}")
    _use(made, wanted={"classical/median", "cnn/dncnn", "onnx/model"}, absent=set(), restorer="cnn/ffdnet:colour")
    made.burnish("data", "sample", "pictures")
    run(["git", "init", "--quiet"], cwd=made.folder)
    made.burnish("data", "add", "pictures")
    (made.folder / "tiny.yaml").write_text(RECIPE, encoding="utf-8")
    result = json.loads(made.burnish("retrain", "tiny.yaml", "--json"))
    told = f"the retraining ended with {result['outcome']}: {result.get('reason', '')}"
    require((result["outcome"], result["champion"]) == ("promoted", "1"), told)
    made.burnish("restore", "noisy.png", "by-champion.png", "--model", "tiny@champion")
    require((made.folder / "by-champion.png").is_file(), "the champion restored nothing")


def for_environment(name: str, built: tuple[Distribution, ...]) -> tuple[Distribution, ...]:
    """The distributions of ``core``, ``plugin`` and ``everything``."""
    names = {"core": {HOST}, "plugin": {HOST, PLUGIN}}.get(name)
    return tuple(one for one in built if names is None or one.name in names)


def _use(made: Installed, *, wanted: set[str], absent: set[str], restorer: str) -> None:
    """List, restore, and check one restorer."""
    listed = {one["id"] for one in json.loads(made.burnish("list", "restorers", "--json"))["restorers"]}
    require(wanted <= listed, f"burnish list lacks {', '.join(sorted(wanted - listed))}")
    require(not absent & listed, f"burnish list has {', '.join(sorted(absent & listed))}, of a plugin not installed")
    made.python(PICTURE)
    sigma = ["--sigma", "10/255"] if restorer.startswith("cnn/") else []
    made.burnish("restore", "noisy.png", "restored.png", "--restorer", restorer, *sigma)
    require((made.folder / "restored.png").is_file(), f"{restorer} restored nothing")
    made.burnish("check", restorer.partition(":")[0])
