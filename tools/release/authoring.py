"""What an author does who has the wheels alone: a plugin of each kind, from the first file to a wheel for an index."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from release.distributions import ROOT
from release.installing import Installed
from release.reporting import require, run

EDITS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "restorer": {"plugin.py": ('"maximum": 7', '"maximum": 5')},
    "degrader": {
        "plugin.py": ('"default": 0.05', '"default": 0.1'),
        "own_degrader.py": ("fraction: float = 0.05", "fraction: float = 0.1"),
    },
    "metric": {"plugin.py": ("in levels of 8 bit", "in levels of 8 bit, over all channels")},
    "gate": {
        "plugin.py": ('"default": 50.0', '"default": 5.0'),
        "own_gate.py": ("megabytes: float = 50.0", "megabytes: float = 5.0"),
    },
    "learner": {"own_learner.py": (".square().mean()", ".abs().mean()")},
    "benchmark": {"plugin.py": ('metrics=("metrics/psnr", "metrics/ssim")', 'metrics=("metrics/psnr",)')},
    "observer": {"own_observer.py": ("sort_keys=True", "sort_keys=False")},
    "format": {"plugin.py": ("float32, grey or colour", "32-bit floats, grey or colour")},
    "command": {"own_command.py": ("mean {mean:.3f}", "mean {mean:.2f}")},
    "network": {"plugin.py": ('"first": "weights/first"', '"first": "weights/first", "trained": "weights/trained"')},
}
"""Kind → file of the package → what the author changes in it; a network is a restorer with weights of its own."""
TOOLS = ("pytest", "hatchling", "editables", "build", "twine", "ruff", "mypy", "basedpyright", "types-jsonschema")

LIMIT = 300.0
"""Seconds that all of it may take, but for what editors and workflows look at."""
DECISIONS = "decisions.jsonl"
SIDE = 160
"""Of the parts of photographs that are used, in pixels."""
CROP = f"""
from pathlib import Path
import burnish, numpy as np

for path in Path("pictures").rglob("*"):
    if path.suffix in (".png", ".jpg"):
        burnish.write(path, burnish.read(path).pixels[:{SIDE}, :{SIDE}])
random = np.random.default_rng(0)
for part, count in (("train", 3), ("validation", 1)):
    for scene in range(count):
        folder = Path("shots", part, "noisy", str(scene))
        folder.mkdir(parents=True)
        clean = burnish.read(sorted(Path("pictures", part).rglob("*.*g"))[scene]).pixels / 255
        for shot in range(2):
            noisy = clean + random.normal(0, 0.1, clean.shape)
            burnish.write(folder / f"{{shot}}.png", (noisy.clip(0, 1) * 255).round().astype(np.uint8))
"""
"""Small parts of the sample photographs, and two noisy shots of some of them."""

RECIPE = """
model: own
restorer: {id: own-network/own-network}
degrader: {id: own-degrader/own-degrader}
data: {root: pictures}
training: {budget: {steps: 300}, batch: 4, patch: 32, learning_rate: 0.005, loss: l2}
benchmarks:
  - name: own
    degrader: {id: own-degrader/own-degrader}
    metrics: [metrics/psnr, own-metric/own-metric]
baselines: [{id: classical/unsharp}]
gates: [{id: burnish/gain}, {id: own-gate/own-gate}]
"""
SHOTS = """
model: own-shots
restorer: {id: own-network/own-network}
data: {root: shots, shots: noisy}
training: {learner: {id: own-learner/own-learner}, budget: {steps: 20}, batch: 2, patch: 32}
"""


def write(made: Installed) -> None:
    """``burnish new-plugin`` for each kind, and the author's changes."""
    for kind, edits in EDITS.items():
        words = ("--kind", "restorer", "--weights") if kind == "network" else ("--kind", kind)
        made.burnish("new-plugin", f"burnish-own-{kind}", *words, "--author", "Ada", "--url", "https://example.org/own")
        for file, (old, new) in edits.items():
            path = _package(made, kind) / file
            text = path.read_text(encoding="utf-8")
            require(text.count(old) == 1, f"{file} of a new {kind} has {text.count(old)} times {old!r}")
            path.write_text(text.replace(old, new), encoding="utf-8")


def install(made: Installed) -> None:
    """As an author does who goes on with the work, and with the tools that the plugins' workflow names."""
    pip: list[str | Path] = [made.programs / "python", "-m", "pip", "install", "--quiet"]
    run([*pip, "-c", ROOT / "constraints.txt", *TOOLS], cwd=made.folder)
    words = [word for kind in EDITS for word in ("-e", f"./burnish-own-{kind}")]
    run([*pip, "--no-deps", "--no-build-isolation", *words], cwd=made.folder)
    run([made.programs / "python", "-m", "pip", "check"], cwd=made.folder)


def train(made: Installed) -> None:
    """Weights that ship with the network; then a champion that is trained and judged by what the author wrote."""
    made.burnish("data", "sample", "pictures")
    made.python(CROP)
    for name, text in (("recipe.yaml", RECIPE), ("shots.yaml", SHOTS)):
        (made.folder / name).write_text(text, encoding="utf-8")
    made.burnish("train", "shots.yaml", "--out", "trained")
    made.burnish(
        "ship", "trained", str(_package(made, "network") / "weights" / "trained"), "--trained-on", "CC0 photographs"
    )
    run(["git", "init", "--quiet"], cwd=made.folder)
    made.burnish("data", "add", "pictures")
    made.settings["BURNISH_OWN_OBSERVER_FILE"] = DECISIONS
    result = json.loads(made.burnish("retrain", "recipe.yaml", "--json"))
    told = f"the retraining ended with {result['outcome']}: {result.get('reason', '')}"
    require((result["outcome"], result["champion"]) == ("promoted", "1"), told)
    decided = json.loads((made.folder / DECISIONS).read_text(encoding="utf-8"))
    require(decided["version"] == "1", f"the observer heard {decided}")


def use(made: Installed) -> None:
    """Check, evaluate, restore, and ask the own command."""
    for kind in EDITS:
        made.burnish("check", f"burnish-own-{kind}" if kind == "observer" else f"own-{kind}/own-{kind}")
    words = ("--benchmark", "own-benchmark/own-benchmark", "--clean", "pictures/test", "--json")
    told = made.burnish("evaluate", "--model", "own@champion", *words)
    require("own-benchmark/own-benchmark" in told, f"evaluate told {told}")
    made.burnish("restore", "pictures/test/coffee.png", "clear.pfm", "--model", "own@champion")
    told = json.loads(made.burnish("own-command", "clear.pfm", "--json"))
    require((told["width"], told["height"]) == (SIDE, SIDE), f"the command told {told}")
    made.burnish("restore", "clear.pfm", "clear.tif", "--restorer", "own-network/own-network:trained")
    made.burnish("restore", "clear.tif", "median.tif", "--restorer", "own-restorer/own-restorer")


def test(made: Installed) -> None:
    """The tests that ``new-plugin`` wrote."""
    folders = [made.folder / f"burnish-own-{kind}" for kind in EDITS]
    words = ("-q", "-p", "no:cacheprovider", "--import-mode=importlib", "--rootdir", made.folder)
    run([made.programs / "python", "-m", "pytest", *words, *folders], cwd=made.folder, more=made.settings)


def build(made: Installed) -> None:
    """Wheels and sdists as an index takes them."""
    for kind in EDITS:
        words = ("--no-isolation", "--outdir", made.folder / "dist", made.folder / f"burnish-own-{kind}")
        run([made.programs / "python", "-m", "build", *words], cwd=made.folder)
    files = sorted((made.folder / "dist").iterdir())
    require(len(files) == 2 * len(EDITS), f"built are {[file.name for file in files]}")
    run([made.programs / "python", "-m", "twine", "check", "--strict", *files], cwd=made.folder)


def types(made: Installed) -> None:
    """What an author's editor and workflow say of the new code: nothing."""
    for kind in EDITS:
        folder = made.folder / f"burnish-own-{kind}"
        run([made.programs / "ruff", "check", "--no-cache"], cwd=folder)
        run([made.programs / "ruff", "format", "--check", "--no-cache"], cwd=folder)
    settings = {
        "typeCheckingMode": "strict",
        "executionEnvironments": [{"root": f"burnish-own-{kind}"} for kind in EDITS],
    }
    (made.folder / "pyrightconfig.json").write_text(json.dumps(settings), encoding="utf-8")
    run([made.programs / "basedpyright", "--pythonpath", made.programs / "python"], cwd=made.folder)
    packages = [_package(made, kind) for kind in EDITS]
    run([made.programs / "mypy", "--strict", "--cache-dir", made.folder / "mypy", *packages], cwd=made.folder)


def _package(made: Installed, kind: str) -> Path:
    return made.folder / f"burnish-own-{kind}" / f"burnish_own_{kind}"
