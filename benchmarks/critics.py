"""What critics cost and bring: a small DeblurGAN-v2 beside its twin without critics, on an out-of-focus camera.

Run: python benchmarks/critics.py --data DIR [--steps N]     DIR has the folders train and validation
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import torch
from burnish.inference import load_bundle
from burnish.io import list_pictures, read_clean
from burnish.plugins.catalog import installed
from burnish.recipe.document import Recipe
from burnish.training import TrainingFolders, TrainingOptions, train
from torch import Tensor

DEGRADER = {"id": "degradations/defocus-blur", "config": {"radius": 2.0, "noise": 0.004}}
GENERATOR = {"width": 16, "pyramid": 32, "levels": 2, "blocks": 1, "critic_features": 16}
TRAINING = {
    "batch": 4,
    "patch": 64,
    "learning_rate": 0.001,
    "warmup_steps": 50,
    "ema": 0.99,
    "validate_every": 100,
    "checkpoint_every": 1000,
    "cores": 1,
}
SIDE = 192
"""Of the crops from the middle of the validation pictures that are restored."""


def trained(data: Path, out: Path, steps: int, weight: float) -> Path:
    """The bundle of one training with that adversarial weight."""
    recipe = {
        "model": "critics",
        "restorer": {"id": "gan/deblurgan", "config": {**GENERATOR, "adversarial_weight": weight}},
        "degrader": DEGRADER,
        "data": {"root": data.name},
        "training": {**TRAINING, "budget": {"steps": steps}},
    }
    work = out.with_suffix(".work")
    folders = TrainingFolders(project=data.parent, out=out, work=work)
    return train(Recipe.model_validate(recipe), folders, TrainingOptions(device="cpu")).bundle


def figures(estimate: Tensor, clean: Tensor) -> tuple[float, float]:
    """PSNR, and how much the mean squared difference of neighbours is above that of the clean picture; both in dB."""
    estimate = estimate.clamp(0.0, 1.0)
    contrast = [float(p.diff(dim=-1).square().mean() + p.diff(dim=-2).square().mean()) for p in (estimate, clean)]
    psnr = -10.0 * (estimate - clean).double().square().mean().log10()
    return float(psnr), float(10.0 * torch.tensor(contrast[0] / contrast[1]).log10())


@torch.no_grad()
def main() -> None:
    """Train both, restore, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=1000)
    arguments = parser.parse_args()
    restorers: dict[str, torch.nn.Module | None] = {"degraded": None}
    with tempfile.TemporaryDirectory() as folder:
        for name, weight in (("without critics", 0.0), ("with critics", 0.01)):
            with torch.enable_grad():
                bundle = trained(arguments.data.absolute(), Path(folder) / name, arguments.steps, weight)
            restorer = load_bundle(bundle, device="cpu").restorer
            assert isinstance(restorer, torch.nn.Module)
            restorers[name] = restorer
    degrader = installed().create("degraders", str(DEGRADER["id"]), DEGRADER["config"])  # type: ignore[arg-type]
    print(f"{'':16} {'PSNR':>8} {'contrast':>9}")
    for name, restorer in restorers.items():
        rows = []
        for index, path in enumerate(list_pictures(arguments.data / "validation")):
            picture = read_clean(path)
            top, left = (picture.shape[2] - SIDE) // 2, (picture.shape[3] - SIDE) // 2
            clean = picture[..., top : top + SIDE, left : left + SIDE]
            degraded = degrader(clean, torch.Generator().manual_seed(index)).degraded
            rows.append(figures(degraded if restorer is None else restorer(degraded), clean))
        psnr, contrast = (sum(column) / len(column) for column in zip(*rows, strict=True))
        print(f"{name:16} {psnr:5.2f} dB {contrast:6.2f} dB")


if __name__ == "__main__":
    main()
