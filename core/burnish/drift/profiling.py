"""From a recipe, its pictures and the trained restorer to the profile of the training."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, cast

import torch
from torch import Tensor

from burnish.console.progress import track
from burnish.data.splits import split_items
from burnish.drift.measures import LOSSLESS, as_tensor, measure_file
from burnish.drift.output import METRIC, NOISY, OutputMeasures
from burnish.drift.profile import Profile, distributions
from burnish.errors import UnknownIdError
from burnish.evaluation.benchmarks.degraded_inputs import image_seed
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
    from burnish.recipe.data import DataSettings
    from burnish.recipe.document import Recipe

SAMPLE = 32
"""Largest number of training pictures that are degraded and measured."""
SEED = 0


def make_profile(
    recipe: Recipe,
    project: Path,
    loaded: Restorer,
    catalog: Catalog,
    *,
    sample: int = SAMPLE,
    metric: str = "",
    quiet: bool = True,
) -> Profile:
    """Degrade a fixed sample of the training pictures as the recipe does, and measure what a restorer is given.

    Real degraded pictures are measured as they are, of a scene the first shot. Of clean ones, the middle (up to
    1024×1024) of each is degraded by a generator seeded by the picture's name, clipped and rounded to the depth of its
    file as one would hold it, and measured just as arriving files are; of a burst the reference frame, of a clip the
    middle one. The same recipe, pictures, weights and code give the same profile.

    Args:
        recipe: What the restorer was trained by.
        project: The folder that the recipe's data are below.
        loaded: The trained restorer, for the quality of its output.
        catalog: What is installed.
        sample: Pictures at most.
        metric: Id of a metric that needs no clean picture; default: ``METRIC``, or ``NOISY`` of noisy data.
        quiet: No progress bar.

    Raises:
        DataError, ImagingError, UnknownIdError, PluginError: Pictures or plugins are not there, or fail.
    """
    folder = project / recipe.data.root / recipe.data.train
    judge, note = judge_of(loaded, catalog, metric or (METRIC if recipe.data.form == "clean" else NOISY))
    real = recipe.data.form != "clean"
    degrader = None if real else _Degrading(recipe, loaded, catalog)
    paths = _observed(folder, recipe.data) if degrader is None else degrader.listed(folder)
    chosen = _sample(paths, folder, size=sample)
    figures: list[dict[str, float | None]] = []
    for path, seed in track(chosen, description="Profiling the training pictures", quiet=quiet):
        if degrader is None:
            figures.append(measure_file(path, partial(judge, seed=seed) if judge else None))
        else:
            figures.append(degrader.figures(path, seed, judge))
    return Profile(
        pictures=len(chosen),
        degrader=degrader.id if degrader else f"{recipe.data.form} data",
        seed=SEED,
        metric=judge.id if judge else "",
        higher_is_better=judge.spec.higher_is_better if judge and judge.id else False,
        notes=(note,) if note else (),
        measures=distributions(figures),
    )


def judge_of(loaded: Restorer, catalog: Catalog, metric: str) -> tuple[OutputMeasures | None, str]:
    """What measures the restorer's output; where nothing can, None; and the reason of what is not measured."""
    if obstacle := OutputMeasures.obstacle(loaded):
        return None, f"the output's quality is not measured: {obstacle}"
    try:
        return OutputMeasures(loaded, catalog, metric), ""
    except UnknownIdError as error:
        return OutputMeasures(loaded, catalog, ""), f"the output's quality is not measured: {error}"


class _Degrading:
    """Measures clean pictures or clips as the recipe's degrader degrades them."""

    def __init__(self, recipe: Recipe, loaded: Restorer, catalog: Catalog) -> None:
        assert recipe.degrader is not None
        entry = catalog.get("degraders", recipe.degrader.id)
        self.id = entry.id
        self._degrader = cast(Degrader, catalog.create("degraders", entry.id, recipe.degrader.config))
        self._clips = cast(DegraderSpec, entry.spec).temporal == "video"
        self._frames = recipe.training.frames
        self._colour: Colour = "grey" if loaded.channels == (1,) else "rgb"

    def listed(self, folder: Path) -> list[Path]:
        """The pictures, or clips, of a folder."""
        return (list_clips if self._clips else list_pictures)(folder)

    def figures(self, path: Path, seed: int, judge: OutputMeasures | None) -> dict[str, float | None]:
        """The measures of one, degraded by a generator of that seed."""
        clean, area = self._clean(path)
        observation = self._degrader(clean, torch.Generator().manual_seed(seed))
        depth = deepest(list_frames(path) if self._clips else [path])
        return dict(_figures(clean, area, observation, judge, seed, depth=depth))

    def _clean(self, path: Path) -> tuple[Tensor, int]:
        """The middle of a picture, 1,C,H,W, or of a clip's middle frames, 1,T,C,H,W; and the pixels of the whole."""
        files = list_frames(path) if self._clips else [path]
        first = max(0, (len(files) - self._frames) // 2)
        files = files[first : first + self._frames] if self._clips else files
        whole = [read_clean(file, self._colour) for file in files]
        cut = [as_tensor(central(one[0].permute(1, 2, 0).numpy(), SIDE)) for one in whole]
        frames = torch.stack(cut, dim=1).contiguous()
        return (frames if self._clips else frames[:, 0]), whole[0].shape[-1] * whole[0].shape[-2]


def _observed(folder: Path, data: DataSettings) -> list[Path]:
    """The degraded files of a split, of each scene the first shot."""
    return [item.observed for item in split_items(folder, data) if item.observed is not None]


def _sample(paths: Iterable[Path], folder: Path, *, size: int) -> list[tuple[Path, int]]:
    """Pictures or clips with their seeds: those whose seed, a hash of the name, is smallest; always the same ones."""
    seeded = [(path, image_seed(SEED, path.relative_to(folder).as_posix())) for path in paths]
    return sorted(seeded, key=lambda pair: pair[1])[:size]


def _figures(
    clean: Tensor, area: int, observation: Observation, judge: OutputMeasures | None, seed: int, *, depth: Depth
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
        yield from judge(stored, seed=seed).items()


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
