"""Does the gate decide without clean pictures as it does with them: `python benchmarks/without_clean.py DIR`.

DIR holds ``test/BSD68``, ``pairs/w2s/test`` and ``pairs/polyu/test`` (``noisy`` and ``clean`` each). Restorers of
different quality are scored on each set by every evidence: one network at wrong noise levels, others blind or for one
level. The gate ``burnish/gain`` compares each two of them, by the evidence and by the true PSNR. Printed: how many
verdicts are the same; how often a restorer is promoted that is truly worse by more than 0.05 dB; how often a gain is
missed; and whether the gate takes the evidence at all: verdicts that it refuses to give are counted, too.

BSD68 gets four shots of each of 24 pictures with Gaussian noise of σ = 25/255, as float32 files. The noise of W2S and
PolyU, which SURE needs, is what ``burnish noise calibrate --per-picture`` finds in the noisy pictures alone. Grey;
settings are the defaults, nothing is tuned on these sets.
"""

from __future__ import annotations

import argparse
import itertools
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import torch
from burnish.cli.main import main as burnish
from burnish.evaluation import Benchmark, evaluate
from burnish.evaluation.scorecard import MetricScores
from burnish.evaluation.statistics.compare import compare_scores
from burnish.inference import Restorer, load_bundle, load_restorer
from burnish.io import Picture, list_pictures, read_clean, write_picture
from torch import Tensor, nn

SIGMA = 25 / 255
FACTORS = (0.4, 0.6, 0.8, 1.0, 1.25, 1.6, 2.2)
OTHERS = ("cnn/dncnn:grey-25", "cnn/dncnn:grey-blind", "cnn/blind-ffdnet:grey", "cnn/blind-ffdnet:grey-even")
WORSE = 0.05
"""dB that a promoted restorer may truly be worse by."""


class Misled(nn.Module):
    """A network that is told a noise level that is wrong by a factor."""

    def __init__(self, network: nn.Module, factor: float) -> None:
        super().__init__()
        self.network, self.factor = network, factor

    def forward(self, degraded: Tensor, sigma: Tensor) -> Tensor:
        """N,C,H,W → N,C,H,W."""
        estimate: Tensor = self.network(degraded, sigma=sigma * self.factor)
        return estimate


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, metavar="DIR")
    parser.add_argument(
        "--out", type=Path, default=Path("without-clean"), help="for noisy pictures with their sidecars"
    )
    parser.add_argument("--set", action="append", choices=SETS, help="default: all")
    parser.add_argument("--bundle", action="append", default=[], metavar="NAME=PATH", help="one more restorer, grey")
    arguments = parser.parse_args()
    models = restorers()
    for name, _, path in (one.partition("=") for one in arguments.bundle):
        models[name] = load_bundle(Path(path), device="cpu")
    print(
        "set          evidence     pairs  same verdict  promoted though worse  gain missed  "
        "largest bias of a pair (dB)  gate"
    )
    for name in arguments.set or SETS:
        prepare, folder, title = SETS[name]
        report(title, prepare(arguments.folder / folder, arguments.out / name), models)


def restorers() -> dict[str, Restorer]:
    """Name → restorer; all of grey pictures."""
    network = load_restorer("cnn/ffdnet:grey", device="cpu")
    found = {
        f"ffdnet × {factor}": replace(network, restorer=Misled(network.restorer, factor))  # type: ignore[arg-type]
        for factor in FACTORS
    }
    return found | {name: load_restorer(name, device="cpu") for name in OTHERS}


def shot(clean: Path, out: Path) -> Path:
    """Four noisy shots of each of 24 pictures, with what is known of the noise."""
    if not out.exists():
        for index, path in enumerate(list_pictures(clean)[:24]):
            picture = read_clean(path, "grey")[0].permute(1, 2, 0)
            draw = torch.Generator().manual_seed(index)
            for number in range(4):
                noisy = (picture + SIGMA * torch.randn(picture.shape, generator=draw)).numpy()
                files = [out / "shots" / path.stem / f"{number}.tif"]
                files += [out / "noisy" / f"{path.stem}.tif"] if number == 0 else []
                for file in files:
                    file.parent.mkdir(parents=True, exist_ok=True)
                    write_picture(file, Picture(pixels=noisy))
            link(path, out / "clean" / path.name)
        for folder in ("shots", "noisy"):
            (out / f"{folder}.json").write_text(f'{{"read_noise": {SIGMA}}}')
        for scene in (out / "shots").iterdir():
            scene.with_suffix(".json").write_text(f'{{"read_noise": {SIGMA}}}')
    return out


def copied(pairs: Path, out: Path) -> Path:
    """The pairs, with the noise as it is estimated from each noisy picture alone beside it."""
    if not out.exists():
        for path in list_pictures(pairs / "noisy"):
            (out / "noisy").mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, out / "noisy" / path.name)
        for path in list_pictures(pairs / "clean"):
            link(path, out / "clean" / path.name)
        burnish(["noise", "calibrate", str(out / "noisy"), "--per-picture", "--sidecars", "--quiet"])
    return out


def link(path: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    target.symlink_to(path.resolve())


def report(name: str, folder: Path, models: Mapping[str, Restorer]) -> None:
    """Score all restorers by every evidence, and print how the verdicts on each two of them compare."""
    noisy, clean = folder / "noisy", folder / "clean"
    plain = Benchmark(
        name="pairs", clean=clean, degraded=noisy, match="affine", colour="grey", metrics=("psnr", "sure", "upsnr")
    )
    scores: dict[str, dict[str, MetricScores]] = {}
    for label, loaded in models.items():
        found = dict(evaluate(loaded, plain, quiet=True).scores)
        if (folder / "shots").is_dir():
            shots = Benchmark(name="shots", shots=folder / "shots", colour="grey", metrics=("upsnr",))
            found["repeats"] = evaluate(loaded, shots, quiet=True).scores["metrics/upsnr"]
        scores[label] = found
        means = ", ".join(f"{key.rpartition('/')[2]} {one.mean:.2f}" for key, one in found.items())
        print(f"  {name}: {label}: {means}", flush=True)
    for evidence, metric in {"repeats": "repeats", "SURE": "metrics/sure", "neighbours": "metrics/upsnr"}.items():
        if all(metric in one for one in scores.values()):
            print(line(name, evidence, metric, scores), flush=True)


def line(name: str, evidence: str, metric: str, scores: Mapping[str, Mapping[str, MetricScores]]) -> str:
    """One row of the table: over all ordered pairs of restorers, each as challenger of the other."""
    same = wrong = missed = pairs = 0
    bias = 0.0
    for one, other in itertools.permutations(scores, 2):
        truth = compared(scores[one]["metrics/psnr"], scores[other]["metrics/psnr"])
        found = compared(scores[one][metric], scores[other][metric])
        pairs += 1
        same += (truth[1] > 0) == (found[1] > 0)
        wrong += found[1] > 0 and truth[0] < -WORSE
        missed += found[1] <= 0 < truth[1]
        bias = max(bias, abs(found[0] - truth[0]))
    said = "refuses" if any(one[metric].doubt for one in scores.values()) else "takes"
    return f"{name:12} {evidence:11} {pairs:6} {same / pairs:12.1%} {wrong:15} {missed:12} {bias:18.2f}  {said}"


def compared(one: MetricScores, other: MetricScores) -> tuple[float, float]:
    """Mean difference, and the lower end of its interval, in dB."""
    found = compare_scores(one, other, benchmark="", metric="")
    return found.mean, found.ci_low


SETS = {
    "bsd68": (shot, "test/BSD68", "BSD68 σ 25"),
    "w2s": (copied, "pairs/w2s/test", "W2S"),
    "polyu": (copied, "pairs/polyu/test", "PolyU"),
}
"""Name → how its pictures are made, from which folder, and what it is called."""


if __name__ == "__main__":
    main()
