"""Compresses the network that a training begins with, by the training's own pictures."""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from burnish.compression import METHOD, described
from burnish.compression.calibrating import Score, calibrate, release
from burnish.compression.int8 import with_int8
from burnish.compression.pruning import multiplications, prune, reshape
from burnish.console.progress import doing
from burnish.errors import ConfigError
from burnish.inference.loading.layout import lay_out
from burnish.io import atomic
from burnish.protocols import Observation
from burnish.recipe.compression import CompressionSettings

if TYPE_CHECKING:
    from burnish.training.learner import Batch, SupervisedLearner

_log = logging.getLogger("burnish.training")

RECORD = "compression.json"
"""What was done, beside the checkpoints: a training that goes on must begin with the same layers."""
VALIDATED = 32
"""Crops of the validation that the loss is measured on, at most."""


def compress(
    learner: SupervisedLearner,
    settings: CompressionSettings,
    *,
    patches: Iterator[Batch],
    crops: Iterable[Batch],
    work: Path,
    resumed: Path | None,
    quiet: bool,
) -> None:
    """Compress a learner's network in place, and write down how.

    Args:
        learner: On the CPU, with the weights to compress.
        settings: The recipe's.
        patches: The training's, step by step.
        crops: The validation's; none: the loss is measured on the patches.
        work: The folder for checkpoints, where it is written down.
        resumed: The checkpoint that the training goes on from; the network only gets the layers that were written down
            beside it.
        quiet: No progress.

    Raises:
        ConfigError: The network has nothing to compress, or more than the allowed loss is lost.
    """
    if resumed is not None:
        found = json.loads((resumed.parent / RECORD).read_bytes())
        _shape(learner.restorer, found)
        lay_out(learner.restorer)
        _write(work, found)
        return
    with doing(f"compressing ({settings.method})", quiet), _evaluated(learner):
        observations = [learner.observe_batch(batch) for batch in _first(patches, settings, learner)]
        checked = [batch for _, batch in zip(range(VALIDATED), crops, strict=False)]
        score = partial(_mean_psnr, learner, checked, observations)
        before = score()
        done = (_prune if settings.method == "prune" else _to_int8)(learner, settings, observations, score)
        after = score()
    lay_out(learner.restorer)
    _write(work, {METHOD: settings.method, **done, "psnr_before": round(before, 4), "psnr_after": round(after, 4)})
    _log.info("%s; PSNR %.2f dB, was %.2f", described(recorded(work)), after, before)


def _to_int8(
    learner: SupervisedLearner, settings: CompressionSettings, observations: Sequence[Observation], score: Score
) -> dict[str, Any]:
    """Give layers 8 bits; what was done."""
    works = [partial(_quietly, learner, observation) for observation in observations]
    floats = calibrate(learner.restorer, works)
    if not floats:
        raise ConfigError(f"{learner.spec.name} has no convolution that can have 8 bits; remove compression")
    kept = release(learner.restorer, floats, works, score, settings.loss)
    layers = [name for name in floats if name not in kept]
    if not layers:
        raise ConfigError(
            f"{learner.spec.name} loses more than {settings.loss:g} dB with any layer in 8 bits; allow more "
            "(compression.loss), or train"
        )
    return {
        "layers": layers,
        "float32_layers": kept,
        "patches": sum(len(one.degraded) for one in observations),
    }


def _prune(
    learner: SupervisedLearner, settings: CompressionSettings, observations: Sequence[Observation], score: Score
) -> dict[str, Any]:
    """Take channels away; what was done."""
    observation, whole = observations[0], learner.restorer

    def run(network: nn.Module) -> torch.Tensor:
        learner.restorer = network
        return learner.restored(observation.degraded, observation)

    def loss(one: Observation, network: nn.Module) -> torch.Tensor:
        learner.restorer = network
        return learner.loss(learner.estimate(one), one.target)

    if not observation.target.numel():
        raise ConfigError("compression: prune asks for clean pictures to compare with; give clean data, or pairs")
    try:
        small = prune(whole, run, [partial(loss, one) for one in observations], settings.keep)
        kept = multiplications(small, run) / multiplications(whole, run)
    except ImportError as error:
        raise ConfigError("torch-pruning is not installed; pip install 'burnish[compress]'") from error
    except ValueError as error:
        raise ConfigError(f"{learner.spec.name} cannot be pruned: {error}; remove compression") from error
    finally:
        learner.restorer = whole
    learner.restorer = small
    state = whole.state_dict()
    shapes = {name: list(value.shape) for name, value in small.state_dict().items() if value.shape != state[name].shape}
    return {"multiplications_kept": round(kept, 4), "shapes": shapes}


def _shape(network: nn.Module, found: Mapping[str, Any]) -> None:
    """Give a network the layers of a record; their values are undefined."""
    reshape(network, {name: torch.Size(shape) for name, shape in found.get("shapes", {}).items()})
    with_int8(network, found.get("layers", ()))


def recorded(work: Path) -> dict[str, Any]:
    """What ``compress`` wrote, as a bundle tells it: layers and shapes are those of its weights."""
    found = dict(json.loads((work / RECORD).read_bytes()))
    layers = {"layers": len(found["layers"])} if "layers" in found else {}
    return {**{key: value for key, value in found.items() if key != "shapes"}, **layers}


def _write(work: Path, found: dict[str, Any]) -> None:
    work.mkdir(parents=True, exist_ok=True)
    atomic.write_whole(work / RECORD, json.dumps(found, indent=2).encode())


def _first(patches: Iterator[Batch], settings: CompressionSettings, learner: SupervisedLearner) -> Iterator[Batch]:
    steps = math.ceil(settings.pictures / learner.settings.batch)
    return (batch for _, batch in zip(range(steps), patches, strict=False))


def _quietly(learner: SupervisedLearner, observation: Observation) -> torch.Tensor:
    with torch.no_grad():
        return learner.restored(observation.degraded, observation)


def _mean_psnr(learner: SupervisedLearner, crops: Sequence[Batch], observations: Sequence[Observation]) -> float:
    with torch.no_grad():
        if crops:
            found = [float(learner.validation_step(batch, index)) for index, batch in enumerate(crops)]
        else:
            found = [
                -10 * math.log10(max(1e-10, float((learner.estimate(one) - one.target).square().mean())))
                for one in observations
            ]
    return sum(found) / len(found)


@contextmanager
def _evaluated(learner: SupervisedLearner) -> Iterator[None]:
    """With the network in evaluation mode."""
    training = learner.restorer.training
    learner.restorer.eval()
    try:
        yield
    finally:
        learner.restorer.train(training)
