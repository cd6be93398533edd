"""The benchmark of a caller: a declared one by its id, or a new one from a degrader or from pairs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from os import PathLike, fspath
from pathlib import Path
from typing import TypedDict

from pydantic import ValidationError

from burnish.errors import UsageError
from burnish.evaluation.benchmarks.benchmark import Benchmark
from burnish.ops.noise import NoiseModel
from burnish.plugins.catalog import Catalog
from burnish.recipe.benchmark import NoiseSettings
from burnish.schema.faults import one_line

METRICS = ("psnr", "ssim")
"""Where nobody says which."""
WITHOUT_CLEAN = ("upsnr",)
"""The same without clean pictures."""


class BenchmarkParts(TypedDict, total=False):
    """The settings of a benchmark that is not declared; None and empty values count as not given."""

    degrader: str | None
    """Id of what degrades the clean pictures."""
    degrader_settings: Mapping[str, object]
    degraded: str | PathLike[str] | None
    """Else their degraded versions, a folder matched by name, or one file."""
    shots: str | PathLike[str] | None
    """Else a folder of scenes, each a folder with several shots of it."""
    noise: Mapping[str, object]
    """Beside ``degraded`` or ``shots``: ``gain``, ``read_noise``, ``offset``, see ``burnish.ops.noise.NoiseModel``."""
    match: str | None
    """Beside ``degraded`` and clean pictures: ``affine`` fits these to the brightness of the degraded ones."""
    kernels: str | PathLike[str] | None
    """Beside ``degraded``: the blurs, matched by name, or one file for all."""
    sigma: float | None
    """Beside ``degraded``: the noise's standard deviation in [0, 1]."""
    transfer: str | None
    """Beside ``degraded``: how values stand for light (default: ``auto``)."""
    metrics: Sequence[str]
    """Ids; the first one leads (default: ``METRICS``, without clean pictures ``WITHOUT_CLEAN``)."""
    metric_settings: Mapping[str, object]
    """Of every metric that has such a setting."""
    colour: str | None
    """How pictures are read: ``rgb`` (the default), ``grey`` or ``y``."""
    seed: int | None
    """Of the degrader (default: 0)."""


def choose_benchmark(
    clean: Path | None,
    declared: str,
    parts: BenchmarkParts,
    *,
    catalog: Catalog,
    spelled: Callable[[str], str] = str,
) -> Benchmark:
    """The benchmark on the pictures in ``clean``, or without clean pictures on degraded ones or shots.

    Args:
        clean: Folder of clean pictures, or one file; None: there are none.
        declared: Id of a declared benchmark, which fixes all that ``parts`` say; empty: they say it.
        parts: See there.
        catalog: What is installed.
        spelled: How the caller writes the name of a part, or ``benchmark``; for errors.

    Raises:
        UsageError: Both, neither, or parts that contradict each other.
        UnknownIdError: A name means nothing.
        EvaluationError: As ``Benchmark``.
    """
    if unknown := parts.keys() - BenchmarkParts.__annotations__.keys():
        known = ", ".join(map(spelled, BenchmarkParts.__annotations__))
        raise UsageError(f"{spelled(min(unknown))} is not a setting of a benchmark; the settings are {known}")
    said = [name for name, value in parts.items() if value is not None and value not in ("", (), [], {})]
    if declared:
        if said:
            raise UsageError(f"{spelled('benchmark')} already fixes {spelled(said[0])}; remove one of the two")
        if clean is None:
            raise UsageError(f"{spelled('benchmark')} {declared} needs clean pictures; give {spelled('clean')}")
        return Benchmark.from_spec(declared, clean, catalog)
    if clean is None and "degrader" in said:
        raise UsageError(f"{spelled('degrader')} needs clean pictures; give {spelled('clean')}")
    _refuse_contradictions(said, spelled)
    degrader, degraded, kernels = parts.get("degrader"), parts.get("degraded"), parts.get("kernels")
    shots, noise = parts.get("shots"), parts.get("noise")
    wanted = parts.get("metrics") or (METRICS if clean is not None else WITHOUT_CLEAN)
    metrics = tuple(dict.fromkeys(catalog.get("metrics", name).id for name in wanted))
    return Benchmark(
        name=catalog.get("degraders", degrader).id if degrader else fspath(degraded or shots or ""),
        clean=clean,
        metrics=metrics,
        degrader=degrader or None,
        degrader_config=parts.get("degrader_settings") or {},
        degraded=Path(degraded) if degraded else None,
        shots=Path(shots) if shots else None,
        noise=_noise(noise, spelled) if noise else None,
        match=parts.get("match") or "none",
        kernels=Path(kernels) if kernels else None,
        sigma=parts.get("sigma"),
        transfer=parts.get("transfer") or "auto",
        metric_config=_metric_config(metrics, parts.get("metric_settings") or {}, catalog, spelled),
        colour=parts.get("colour") or "rgb",
        seed=parts.get("seed") or 0,
    )


def _refuse_contradictions(said: Sequence[str], spelled: Callable[[str], str]) -> None:
    if sum(name in said for name in ("degrader", "degraded", "shots")) != 1:
        *some, last = (spelled(name) for name in ("benchmark", "degrader", "degraded", "shots"))
        raise UsageError(f"give one of {', '.join(some)} and {last}")
    if "shots" in said and "kernels" in said:
        raise UsageError(f"{spelled('kernels')} can only be used with {spelled('degraded')}; remove it")
    if "degrader" not in said and (odd := [name for name in ("degrader_settings", "seed") if name in said]):
        source = spelled("degraded" if "degraded" in said else "shots")
        raise UsageError(
            f"{source} does not use {' or '.join(map(spelled, odd))}; remove {'it' if len(odd) == 1 else 'them'}"
        )
    known = ("kernels", "sigma", "transfer", "noise", "match")
    if "degrader" in said and (odd := [name for name in known if name in said]):
        raise UsageError(
            f"{' and '.join(map(spelled, odd))} can only be used with {spelled('degraded')}, because a degrader gives "
            f"them itself; remove them"
        )


def _noise(settings: Mapping[str, object], spelled: Callable[[str], str]) -> NoiseModel:
    try:
        found = NoiseSettings.model_validate(dict(settings))
    except ValidationError as error:
        raise UsageError(f"{spelled('noise')}: {one_line(error, NoiseSettings)}") from error
    return NoiseModel(**found.model_dump())


def _metric_config(
    metrics: Sequence[str], settings: Mapping[str, object], catalog: Catalog, spelled: Callable[[str], str]
) -> dict[str, dict[str, object]]:
    known = {id: catalog.get("metrics", id).spec.config for id in metrics}
    for key in settings:
        if not any(key in config for config in known.values()):
            raise UsageError(
                f"{spelled('metric_settings')} {key}: none of {', '.join(metrics)} has this setting; "
                "see `burnish show ID`"
            )
    return {id: {key: value for key, value in settings.items() if key in config} for id, config in known.items()}
