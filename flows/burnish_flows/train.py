"""The second stage: the recipe's restorer becomes a bundle; a run that died goes on from its last checkpoint."""

from __future__ import annotations

from pathlib import Path

from burnish_flows.snapshot import Run


def train(run: Run) -> Path:
    """Train, or go on training, or find it done; returns the bundle's folder.

    Checkpoints lie where recipe, data and code lead to, so that the same run finds them again and another never does.

    Raises:
        TrainingError: It cannot start or go on.
    """
    from burnish import training

    done = training.train(
        run.recipe,
        project=run.project,
        out=run.work / "bundle",
        work=run.work / "checkpoints",
        quiet=run.quiet,
        lineage=run.lineage(),
    )
    return done.bundle
