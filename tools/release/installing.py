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

LIGHT = 60
"""Megabytes that the host without extras may take, pip and its kind not counted."""

SIZE = """
import sysconfig
from pathlib import Path

site = Path(sysconfig.get_path("purelib"))
tools = ("pip", "setuptools", "wheel")
files = (path for path in site.rglob("*") if path.is_file() and not path.relative_to(site).parts[0].startswith(tools))
print(sum(path.stat().st_size for path in files))
"""
"""Prints the bytes of all packages."""

CROP = """
from pathlib import Path
import burnish

for path in Path("pictures").rglob("*"):
    if path.suffix in (".png", ".jpg"):
        burnish.write(path, burnish.read(path).pixels[:160, :160])
"""
"""Makes small pictures of photographs."""

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

    def refused(self, *words: str) -> str:
        """Run a command that must be refused, with the status 2; what it says."""
        return run([self.programs / "burnish", *words], cwd=self.folder, more={**QUIET, **self.settings}, status=2)

    def python(self, program: str) -> str:
        """Run a program; its output."""
        return run([self.programs / "python", "-I", "-c", program], cwd=self.folder, more=self.settings)


def install(chosen: tuple[Distribution, ...], wheels: Path, work: Path, *, extra: str = "") -> Installed:
    """Install these wheels into an empty environment, and look where everything of ours came from.

    The wheels are named as files, so that an installer never looks for our own names on an index.

    Args:
        chosen: What is installed.
        wheels: The folder of their wheels.
        work: A new folder for the environment, and for what is done with it.
        extra: Of the host: ``[torch]``.
    """
    programs = environment(work / "environment")
    files = [f"{wheels / one.wheel}{extra if one.name == HOST else ''}" for one in chosen]
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


def host_without_extras(made: Installed) -> None:
    """The host lists, shows and writes plugins with little installed, and says how to install what computes."""
    listed = {one["id"] for one in json.loads(made.burnish("list", "restorers", "--json"))["restorers"]}
    require("burnish/identity" in listed, "burnish list lacks burnish/identity")
    made.burnish("show", "burnish/identity")
    made.burnish("doctor", "--json")
    made.burnish("new-plugin", "burnish-mine", "--kind", "restorer", "--also", "metric", "--also", "gate")
    require((made.folder / "burnish-mine" / "pyproject.toml").is_file(), "burnish new-plugin wrote nothing")
    (made.folder / "noisy.png").write_bytes(b"")
    told = made.refused("restore", "noisy.png", "clear.png", "--restorer", "burnish/identity")
    require("pip install 'burnish[torch]'" in told, f"restore without torch says: {told}")
    size = int(made.python(SIZE)) / 1e6
    require(size < LIGHT, f"the host without extras takes {size:.0f} MB, more than {LIGHT}")
    print(f"  {size:.0f} MB of packages", flush=True)


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
    made.python(CROP)
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
    names = {"light": {HOST}, "core": {HOST}, "plugin": {HOST, PLUGIN}}.get(name)
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
