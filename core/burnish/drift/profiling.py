"""From a recipe, its pictures and the trained restorer to the profile of the training."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, cast

import torch
from torch import Tensor

from burnish.console.progress import track
from burnish.drift.measures import LOSSLESS, OUTPUT_QUALITY, as_tensor
from burnish.drift.output_quality import METRIC, OutputQuality
from burnish.drift.profile import Profile, distributions
from burnish.errors import UnknownIdError
from burnish.evaluation.degraded_inputs import image_seed
from burnish.io import list_clips, list_frames, list_pictures, read_clean
from burnish.io.depth import Depth, deepest
from burnish.io.picture import PEAKS
from burnish.io.tensors import Colour
from burnish.ops.measures.pixels import SIDE, central, measure_pixels
from burnish.plugins.declarations import DegraderSpec
from burnish.protocols import Degrader, Observation

if TYPE_CHECKING:
    from burnish.inference import Restorer
    from burnish.plugins.catalog import Catalog
    from burnish.recipe.document import Recipe

SAMPLE = 32
"""Training pictures that are degraded and measured at most."""
SEED = 0


def make_profile(
    recipe: Recipe,
    project: Path,
    loaded: Restorer,
    catalog: Catalog,
    *,
    sample: int = SAMPLE,
    metric: str = METRIC,
    quiet: bool = True,
) -> Profile:
    """Degrade a fixed sample of the training pictures as the recipe does, and measure what a restorer is given.

    The middle (up to 1024×1024) of each picture is degraded by a generator seeded by the picture's name, clipped and
    rounded to the depth of its file as one would hold it, and measured just as arriving files are; of a burst the
    reference frame, of a clip the middle one. The same recipe, pictures, weights and code give the same profile.

    Args:
        recipe: What the restorer was trained by.
        project: The folder that the recipe's data are below.
        loaded: The trained restorer, for the quality of its output.
        catalog: What is installed.
        sample: Pictures at most.
        metric: Id of a metric without reference.
        quiet: No progress bar.

    Raises:
        DataError, ImagingError, UnknownIdError, PluginError: Pictures or plugins are not there, or fail.
    """
    entry = catalog.get("degraders", recipe.degrader.id)
    degrader = cast(Degrader, catalog.create("degraders", entry.id, recipe.degrader.config))
    clips = cast(DegraderSpec, entry.spec).temporal == "video"
    folder = project / recipe.data.root / recipe.data.train
    chosen = _sample(folder, clips=clips, size=sample)
    judge, note = judge_of(loaded, catalog, metric)
    figures = []
    for path, seed in track(chosen, description="Measuring what it was trained for", quiet=quiet):
        clean, area = _clean(path, recipe, loaded, clips=clips)
        observation = degrader(clean, torch.Generator().manual_seed(seed))
        depth = deepest(list_frames(path) if clips else [path])
        figures.append(dict(_figures(clean, area, observation, judge, seed, depth=depth)))
    return Profile(
        pictures=len(chosen),
        degrader=entry.id,
        seed=SEED,
        metric=judge.id if judge else "",
        higher_is_better=judge.spec.higher_is_better if judge else False,
        notes=(note,) if note else (),
        measures=distributions(figures),
    )


def judge_of(loaded: Restorer, catalog: Catalog, metric: str) -> tuple[OutputQuality | None, str]:
    """What scores the restorer's output; where nothing can, None and the reason."""
    if obstacle := OutputQuality.obstacle(loaded):
        return None, f"the output's quality is not measured: {obstacle}"
    try:
        return OutputQuality(loaded, catalog, metric), ""
    except UnknownIdError as error:
        return None, f"the output's quality is not measured: {error}"


def _sample(folder: Path, *, clips: bool, size: int) -> list[tuple[Path, int]]:
    """Pictures or clips with their seeds: those whose seed, a hash of the name, is smallest; always the same ones."""
    paths = (list_clips if clips else list_pictures)(folder)
    seeded = [(path, image_seed(SEED, path.relative_to(folder).as_posix())) for path in paths]
    return sorted(seeded, key=lambda pair: pair[1])[:size]


def _clean(path: Path, recipe: Recipe, loaded: Restorer, *, clips: bool) -> tuple[Tensor, int]:
    """The middle of a picture, 1,C,H,W, or of a clip's middle frames, 1,T,C,H,W; and the pixels of the whole."""
    files = list_frames(path) if clips else [path]
    first = max(0, (len(files) - recipe.training.frames) // 2)
    files = files[first : first + recipe.training.frames] if clips else files
    colour: Colour = "grey" if loaded.channels == (1,) else "rgb"
    whole = [read_clean(file, colour) for file in files]
    cut = [as_tensor(central(one[0].permute(1, 2, 0).numpy(), SIDE)) for one in whole]
    frames = torch.stack(cut, dim=1).contiguous()
    return (frames if clips else frames[:, 0]), whole[0].shape[-1] * whole[0].shape[-2]


def _figures(
    clean: Tensor, area: int, observation: Observation, judge: OutputQuality | None, seed: int, *, depth: Depth
) -> Iterator[tuple[str, float | None]]:
    """The measures of one observation, as a file of that depth would hold it."""
    degraded = observation.degraded
    if degraded.ndim == 5:
        degraded = degraded[:, degraded.shape[1] // 2 if clean.ndim == 5 else 0]
    stored, peak = degraded.clamp(0.0, 1.0), PEAKS[depth]
    if peak > 1.0:
        stored = (stored * peak + 0.5).floor() / peak
    yield from measure_pixels(stored[0].permute(1, 2, 0).contiguous().numpy()).items()
    quality = _compressed(observation.parameters)
    yield "jpeg_quality", float(LOSSLESS if quality is None else quality)
    shrunk = (stored.shape[-1] * stored.shape[-2]) / (clean.shape[-1] * clean.shape[-2])
    yield "resolution", area * shrunk / 1e6
    if judge is not None:
        yield OUTPUT_QUALITY, judge(stored, seed=seed)


def _compressed(parameters: object) -> float | None:
    """The last ``quality`` that a degrader recorded, however deep: that of the JPEG it went through."""
    found = None
    if isinstance(parameters, Mapping):
        for key, value in parameters.items():
            one = value[0] if isinstance(value, list) and len(value) == 1 else value
            number = key == "quality" and isinstance(one, int | float)
            deeper = float(one) if number else _compressed(value)
            found = deeper if deeper is not None else found
    elif isinstance(parameters, list | tuple):
        for value in parameters:
            deeper = _compressed(value)
            found = deeper if deeper is not None else found
    return found
