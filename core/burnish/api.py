"""What ``import burnish`` offers a program: restorers, pictures, scores, degradations and trainings in a line each."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import replace
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeVar, Unpack, cast, overload

import numpy as np

from burnish import garbage_collection, preflight
from burnish.console.output import tell
from burnish.errors import UsageError
from burnish.io import Picture, from_tensor, read_picture, to_tensor, write_picture
from burnish.io.arrays import to_picture
from burnish.io.metadata_loss import clipped, not_kept
from burnish.plugins.catalog import installed
from burnish.recipe.document import Recipe, read_recipe
from burnish.restorer.options import RestoreOptions
from burnish.restorer.restorer import Known, Restorer

if TYPE_CHECKING:
    from PIL.Image import Image

    from burnish.diagnosis import Diagnosis
    from burnish.evaluation import Scorecard
    from burnish.evaluation.benchmarks.benchmark_choice import BenchmarkParts
    from burnish.explaining.explaining import Explanation
    from burnish.exporting.export import Exported
    from burnish.inference.in_memory_intervals import Bounded
    from burnish.ops.invalid import Samples
    from burnish.ops.transfer import Transfer
    from burnish.planning.plan import Task
    from burnish.training import TrainingResult

P = TypeVar("P")
"""A kind of picture."""

Q = TypeVar("Q")
"""A kind of frame."""

Place = str | PathLike[str]

_log = logging.getLogger("burnish")


def load(name: Place, *, device: str = "auto", **settings: object) -> Restorer:
    """Make a restorer ready to work.

    Args:
        name: An installed restorer (``classical/bm3d``), one with weights that ship with it (``cnn/ffdnet:colour``), a
            bundle's folder, a registered model (``denoise@champion``, ``denoise:3``), or a file that a restorer is made
            of (``model.onnx``).
        device: ``auto`` (a GPU where there is one), ``cpu``, ``cuda``, ``cuda:1``.
        settings: Of the restorer, as ``burnish show ID`` lists them.

    Raises:
        UnknownIdError, UsageError, BundleError, ConfigError, RegistryError: Each names culprit and fix.
    """
    from burnish.inference import load_bundle, load_restorer, locate_model

    text = fspath(name)
    if Path(text).is_dir():
        return load_bundle(Path(text), settings, device=device)
    model, _, version = text.rpartition(":")
    registered = "@" in text or (model and "/" not in model and version.isdecimal())
    if registered and not Path(text).is_file():
        return load_bundle(locate_model(text), settings, device=device)
    return load_restorer(text, settings, device=device)


def read(path: Place, *, allow_damaged: bool = False) -> Picture:
    """Read a picture with depth, alpha, EXIF and colour profile; ``pixels`` are its values.

    Raises:
        ImagingError: It cannot be read, or is damaged and that is not allowed.
    """
    return read_picture(Path(path), allow_damaged=allow_damaged)


def write(path: Place, picture: object, *, like: Picture | None = None, quality: int = 95) -> None:
    """Write a picture, whole or not at all; the suffix is the format.

    What the file does not hold, or clips, is logged as a warning of ``burnish``.

    Args:
        path: The file.
        picture: What ``burnish.read`` or a restorer gave, a NumPy array or a Pillow image; see ``Restorer``.
        like: The picture that it was made of: alpha (where it has none itself), EXIF, profile and georeference are
            taken from there, and the depth of values that are float.
        quality: Of JPEG and WebP, 1..100.

    Raises:
        UsageError, ImagingError: It is not a picture, or cannot be written.
    """
    made, _ = to_picture(picture)
    notes: tuple[str, ...] = ()
    if like is not None and made is not like:
        made, notes = _with_rest(made, like)
    write_picture(Path(path), made, quality=quality)
    for note in notes + not_kept(like or made, made, Path(path)):
        _log.warning("%s: %s", fspath(path), note)


def _with_rest(made: Picture, like: Picture) -> tuple[Picture, tuple[str, ...]]:
    """``made`` with the alpha and metadata of ``like``, floats converted to its depth; and notes on clipped values."""
    kind = like.pixels.dtype if made.pixels.dtype.name == "float32" else made.pixels.dtype
    values, depth = to_tensor(made), _in_type(like, kind)
    whole = from_tensor(values, depth)
    alpha = whole.alpha if made.alpha is None else _in_type(made, kind).alpha
    return replace(whole, alpha=alpha), clipped(values, depth)


def _in_type(picture: Picture, kind: np.dtype[np.uint8 | np.uint16 | np.float32]) -> Picture:
    """The same picture with another pixel type."""
    if picture.pixels.dtype == kind:
        return picture

    def turned(samples: Samples) -> Samples:
        like = Picture(pixels=np.zeros((*samples.shape[:2], 1), kind))
        return from_tensor(to_tensor(Picture(pixels=samples)), like).pixels

    alpha = None if picture.alpha is None else turned(picture.alpha[:, :, None])[:, :, 0]
    return replace(picture, pixels=turned(picture.pixels), alpha=alpha)


def diagnose(picture: object) -> Diagnosis:
    """Tell what is wrong with a picture: noise, blur, JPEG compression, an enlargement, clipping, exposure.

    Args:
        picture: A picture of any kind that a ``Restorer`` takes, or the place of its file, whose own JPEG quality is
            then told, too.

    Raises:
        UsageError, ImagingError: It is not a picture, or cannot be read.
    """
    from burnish.diagnosis import examine

    if isinstance(picture, str | PathLike):
        return examine(read(picture), Path(picture))
    return examine(to_picture(picture)[0])


def restore(
    picture: P,
    *,
    tasks: Iterable[Task] = (),
    scale: int = 1,
    strength: float = 1.0,
    device: str = "auto",
    quiet: bool = False,
) -> P:
    """Restore a picture by what fits it: it is examined, and what is wrong with it and can be undone is undone.

    What is done and why is said in one line; ``burnish.load`` gives a restorer that you choose yourself. A picture
    with nothing wrong comes back as it is.

    Args:
        picture: A picture of any kind that a ``Restorer`` takes, but no tensor.
        tasks: What may be undone: ``denoise``, ``dejpeg``, ``deblur``, ``super-resolve``; default: all.
        scale: By how much it is enlarged.
        strength: 1: restored; less: that part of the way from the input to it.
        device: As ``load``.
        quiet: Do not say what is done.

    Raises:
        UsageError: It is not a picture, or a task does not exist.
    """
    from burnish.planning import Planner
    from burnish.planning.plan import TASKS

    asked = frozenset(tasks)
    if unknown := sorted(asked - set(TASKS)):
        raise UsageError(f"{unknown[0]!r} is no task; give some of {', '.join(TASKS)}")
    stored, back = to_picture(picture)
    planner = Planner(device=device, tasks=asked or frozenset(TASKS), scale=scale)
    plan = planner.plan(stored)
    if not quiet:
        tell(f"burnish: {plan.words()}")
    done = planner.restore(stored, plan, RestoreOptions(strength=strength))
    for note in done.notes:
        _log.warning("%s", note)
    return cast(P, picture if done.picture is stored else back(done.picture))


def calibrate(
    restorer: Restorer | Place,
    out: Place,
    *,
    clean: Place | None = None,
    benchmark: str = "",
    width: str = "head",
    confidence: float = 0.9,
    options: RestoreOptions | None = None,
    quiet: bool = False,
    **parts: Unpack[BenchmarkParts],
) -> Path:
    """Measure how far a restorer's estimates are off, so that ``interval`` tells between which values true ones lie.

    Args:
        restorer: What ``load`` gave, or what it takes.
        out: Its own bundle, or a new one, which gets its weights, its settings and the intervals.
        clean: Folder of clean pictures, or of clips, that neither its training nor its development saw, like those to
            come; dozens, better a hundred.
        benchmark: As of ``evaluate``.
        width: How wide an interval is before it is scaled: ``head``, ``augmentations`` or ``constant``.
        confidence: With which probability the promise holds whichever pictures were given; 0: on average.
        options: How it runs.
        quiet: No progress.
        parts: As of ``evaluate``; ``seed`` is the head's as well.

    Returns:
        The bundle's folder, which ``load`` takes.

    Raises:
        UsageError, BundleError, EvaluationError: Each names culprit and fix.
    """
    from burnish.evaluation.benchmarks.benchmark_choice import choose_benchmark
    from burnish.evaluation.calibrated_bundle import calibrate_bundle

    loaded, folder = restorer if isinstance(restorer, Restorer) else load(restorer), Path(out)
    asked = choose_benchmark(Path(clean) if clean is not None else None, benchmark, parts, catalog=installed())
    calibrate_bundle(
        loaded, asked, folder, width=width, confidence=confidence, options=options, seed=parts.get("seed") or 0,
        quiet=quiet,
    )  # fmt: skip
    return folder


@overload
def interval(
    restorer: Restorer,
    picture: Image,
    coverage: float = ...,
    *,
    options: RestoreOptions | None = ...,
    **conditions: Unpack[Known],
) -> Bounded[Image]: ...
@overload
def interval(  # type: ignore[overload-overlap]
    restorer: Restorer,
    picture: list[Q] | tuple[Q, ...],
    coverage: float = ...,
    *,
    options: RestoreOptions | None = ...,
    **conditions: Unpack[Known],
) -> Bounded[Q] | list[Bounded[Q]]: ...
@overload
def interval(
    restorer: Restorer,
    picture: P,
    coverage: float = ...,
    *,
    options: RestoreOptions | None = ...,
    **conditions: Unpack[Known],
) -> Bounded[P]: ...
def interval(
    restorer: Restorer,
    picture: object,
    coverage: float = 0.9,
    *,
    options: RestoreOptions | None = None,
    **conditions: Unpack[Known],
) -> object:
    """Restore a picture, and tell between which values the true ones lie.

    Args:
        restorer: Loaded from a bundle that ``calibrate`` made.
        picture: A picture of any kind that a ``Restorer`` takes, but no tensor; a burst or clip as a list of them.
        coverage: The part of a picture's values that lies within, on average over pictures; in (0, 1).
        options: How it runs.
        conditions: What is known of the picture, by the names that a restorer takes.

    Returns:
        ``estimate``, ``low``, ``high`` and ``width``, each of the kind of the picture; of a clip a list of those.

    Raises:
        UsageError, BundleError: It has no intervals, or they are of other weights or too few pictures.
    """
    from burnish.inference.in_memory_intervals import bounded_kind

    known: dict[str, object] = dict(conditions)
    transfer = cast("Transfer | str | None", known.pop("transfer", None))
    options = options or RestoreOptions()
    if transfer is not None:
        options = replace(options, transfer=transfer)
    return bounded_kind(restorer, picture, known, options, coverage)


@overload
def degrade(
    picture: Image, degrader: str, *, seed: int = ..., return_conditions: Literal[False] = ..., **settings: object
) -> Image: ...
@overload
def degrade(
    picture: P, degrader: str, *, seed: int = ..., return_conditions: Literal[False] = ..., **settings: object
) -> P: ...
@overload
def degrade(
    picture: Image, degrader: str, *, seed: int = ..., return_conditions: Literal[True], **settings: object
) -> tuple[Image, Known]: ...
@overload
def degrade(
    picture: P, degrader: str, *, seed: int = ..., return_conditions: Literal[True], **settings: object
) -> tuple[P, Known]: ...
def degrade(
    picture: object, degrader: str, *, seed: int = 0, return_conditions: bool = False, **settings: object
) -> object:
    """Degrade a clean picture. The same seed gives the same result.

    Args:
        picture: A picture of any kind that a ``Restorer`` takes; a clip as a list of pictures.
        degrader: Its id, as ``burnish list degraders`` prints it.
        seed: Seeds all that is random.
        return_conditions: Also give what is known about it: ``sigma``, ``kernel``, ``scale``, by the names that a
            restorer takes.
        settings: Of the degrader, as ``burnish show ID`` lists them.

    Returns:
        The degraded picture, of the same kind; of a degrader that makes a burst of a picture a list of them.

    Raises:
        UnknownIdError, ConfigError, UsageError: Each names culprit and fix.
    """
    from burnish.inference.degrading import degrade_kind

    entry = installed().get("degraders", degrader)
    temporal = getattr(entry.spec, "temporal", "single")
    made, conditions = degrade_kind(installed().create("degraders", entry.id, settings), temporal, picture, seed=seed)
    return (made, conditions) if return_conditions else made


def evaluate(
    restorer: Restorer | Place,
    *,
    clean: Place | None = None,
    benchmark: str = "",
    options: RestoreOptions | None = None,
    quiet: bool = False,
    **parts: Unpack[BenchmarkParts],
) -> Scorecard:
    """Score a restorer: on a declared benchmark, on pictures that a degrader degrades, on pairs, or without clean
    pictures on degraded ones or on several shots of each scene.

    Args:
        restorer: What ``burnish.load`` gave, or what it takes.
        clean: Folder of clean pictures, or one file; None: there are none.
        benchmark: Id of a declared benchmark, which fixes all that ``parts`` say; see ``burnish list benchmarks``.
        options: How it runs.
        quiet: No progress.
        parts: Else ``degrader`` (an id), its ``degrader_settings`` and ``seed``; or ``degraded``, a folder of their
            degraded versions, matched by name, with what is known of them, ``kernels``, ``sigma``, ``noise`` and
            ``transfer``, and ``match``; or ``shots``, a folder of scenes. ``metrics``: ids, the first one leads
            (default: ``psnr``, ``ssim``; without clean pictures ``upsnr``), and ``metric_settings``. ``colour``: how
            pictures are read (default: ``rgb``).

    Raises:
        UsageError, UnknownIdError, DataError, EvaluationError: Each names culprit and fix.
    """
    from burnish.evaluation import scorecard
    from burnish.evaluation.benchmarks.benchmark_choice import choose_benchmark

    loaded = restorer if isinstance(restorer, Restorer) else load(restorer)
    asked = choose_benchmark(Path(clean) if clean is not None else None, benchmark, parts, catalog=installed())
    return scorecard(loaded, [asked], options, quiet=quiet)


def export(restorer: Restorer | Place, out: Place, *, format: str = "onnx", frames: int = 0) -> Exported:
    """Write a trained network as a file of another program, once that computes what torch computes, to 60 dB.

    The file says how pictures are cut for it, and holds a test picture with its estimate.

    Args:
        restorer: What ``load`` gave, or what it takes.
        out: The file; of ``openvino`` a folder.
        format: ``onnx``, ``openvino``, ``torchscript``, ``bioimageio`` or ``dtmodel``.
        frames: Of the bursts or clips that it will take; 0: as many as it was trained with.

    Returns:
        What was written: ``size`` in bytes, ``about`` (what the file says of itself), and ``parity``, for pictures of
        several sizes ``max_error`` and ``psnr`` in dB.

    Raises:
        UsageError: It is no network, or ``out`` cannot be written.
        RestorationError: It cannot be exported, or its file differs from torch; says why.
    """
    from burnish.exporting.export import export

    loaded = restorer if isinstance(restorer, Restorer) else load(restorer, device="cpu")
    return export(loaded, Path(out), format, frames=frames)


def explain(
    restorer: Restorer | Place,
    picture: object,
    *,
    box: Sequence[int] | None = None,
    at: Sequence[int] | None = None,
    frame: int | None = None,
    detector: Literal["edges", "level"] = "edges",
    within: int = 192,
    maps: Sequence[str] = ("lam", "integrated_gradients", "occlusion"),
    quiet: bool = True,
    **conditions: Unpack[Known],
) -> Explanation:
    """Show what a place of a restored picture was made from.

    Args:
        restorer: What ``load`` gave, or what it takes.
        picture: A picture of any kind that a ``Restorer`` takes; a burst or clip as a list of them.
        box: x, y, width and height in pixels of the estimate, from its left and top.
        at: In place of ``box``, x and y of the middle of a box of 16×16 pixels.
        frame: Of a clip, the one that is explained, from 0; None: the middle one.
        detector: What is explained: ``edges``, the sum of the gradient's magnitude in the box, or ``level``, the sum of
            its values.
        within: Side in input pixels of what is looked at about the box, for restorers that look further than this.
        maps: Those that are made; the others are None.
        quiet: No progress.
        conditions: What is known of the picture, by the names that a restorer takes.

    Returns:
        Maps of the input, ``lam``, ``integrated_gradients`` and ``occlusion`` (needs ``burnish[explain]``), each with
        ``values`` and figures, of the part ``region``; statistics of the ``layers``; and the receptive field,
        ``measured`` and ``declared``.

    Raises:
        UsageError: The box does not lie in the estimate, or there is no such map.
        RestorationError: As the restorer.
    """
    from burnish.explaining.explaining import explain

    if (box is None) == (at is None):
        raise UsageError("say where: give either box, as x, y, width and height, or at, as x and y")
    loaded = restorer if isinstance(restorer, Restorer) else load(restorer)
    return explain(
        loaded,
        picture,
        conditions,
        box=box,
        at=at,
        frame=frame,
        detector=detector,
        within=within,
        maps=maps,
        quiet=quiet,
    )


def train(
    recipe: Place, *, out: Place | None = None, device: str = "auto", resume: bool = True, quiet: bool = False
) -> Path:
    """Train the restorer of a recipe, or resume an interrupted training; ``burnish.load`` takes the result.

    Nothing is registered: ``burnish retrain`` does that.

    Args:
        recipe: The YAML file.
        out: The bundle's folder (default: ``bundles/NAME``, by the recipe's ``model``).
        device: ``auto``, ``cpu``, ``cuda``, ``cuda:1``.
        resume: Go on from the last checkpoint, or start over.
        quiet: No progress.

    Returns:
        The bundle's folder.

    Raises:
        ConfigError, DataError, TrainingError: Each names culprit and fix.
    """
    path = Path(recipe)
    target = Path(out) if out is not None else Path("bundles", read_recipe(path).model)
    return train_recipe(path, out=target, device=device, resume=resume, quiet=quiet).bundle


def train_recipe(
    path: Path,
    *,
    out: Path,
    work: Path | None = None,
    project: Path | None = None,
    device: str = "auto",
    resume: bool = True,
    quiet: bool = False,
) -> TrainingResult:
    """Train the restorer of a recipe and write it as a bundle.

    Args:
        path: The recipe.
        out: The bundle's folder.
        work: Folder for checkpoints (default: next to ``out``, with ``.work`` added).
        project: Folder that holds the recipe's data root (default: the nearest one above the recipe).
        device: As ``train``.
        resume: As ``train``.
        quiet: No progress.

    Raises:
        ConfigError: All that is wrong with the recipe, with lines and columns.
        DataError, TrainingError: As ``train``.
    """
    recipe = read_recipe(path)
    project = project or project_of(path, recipe)
    preflight.refuse_names(recipe, installed(), path)
    with garbage_collection.importing("torch"):
        from burnish.training import TrainingFolders, TrainingOptions, train

    preflight.refuse(recipe, project=project, catalog=installed(), path=path, device=device, judged=False)
    return train(
        recipe,
        TrainingFolders(project=project, out=out, work=work or out.with_name(f"{out.name}.work")),
        TrainingOptions(device=device, resume=resume, quiet=quiet),
        lineage={"recipe": str(path), "recipe_digest": recipe.digest()},
    )


def project_of(path: Path, recipe: Recipe) -> Path:
    """The nearest folder above the recipe that contains its data root; the current folder if there is none."""
    for folder in path.resolve().parents:
        if (folder / recipe.data.root).is_dir():
            return folder
    return Path.cwd()
