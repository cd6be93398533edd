"""The benchmark of a caller: a declared one by its id, or a new one from a degrader or from pairs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from os import PathLike, fspath
from pathlib import Path
from typing import TypedDict

from burnish.errors import UsageError
from burnish.evaluation.benchmark import Benchmark
from burnish.plugins.catalog import Catalog

METRICS = ("psnr", "ssim")
"""Where nobody says which."""


class BenchmarkParts(TypedDict, total=False):
    """The settings of a benchmark that is not declared; None and empty values count as not given."""

    degrader: str | None
    """Id of what degrades the clean pictures."""
    degrader_settings: Mapping[str, object]
    degraded: str | PathLike[str] | None
    """Else their degraded versions, a folder matched by name, or one file."""
    kernels: str | PathLike[str] | None
    """Beside ``degraded``: the blurs, matched by name, or one file for all."""
    sigma: float | None
    """Beside ``degraded``: the noise's standard deviation in [0, 1]."""
    transfer: str | None
    """Beside ``degraded``: how values stand for light (default: ``auto``)."""
    metrics: Sequence[str]
    """Ids; the first one leads (default: ``METRICS``)."""
    metric_settings: Mapping[str, object]
    """Of every metric that has such a setting."""
    colour: str | None
    """How pictures are read: ``rgb`` (the default), ``grey`` or ``y``."""
    seed: int | None
    """Of the degrader (default: 0)."""


def choose_benchmark(
    clean: Path,
    declared: str,
    parts: BenchmarkParts,
    *,
    catalog: Catalog,
    spelled: Callable[[str], str] = str,
) -> Benchmark:
    """The benchmark on the pictures in ``clean``.

    Args:
        clean: Folder of clean pictures, or one file.
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
        return Benchmark.from_spec(declared, clean, catalog)
    _refuse_contradictions(said, spelled)
    degrader, degraded, kernels = parts.get("degrader"), parts.get("degraded"), parts.get("kernels")
    metrics = tuple(dict.fromkeys(catalog.get("metrics", name).id for name in parts.get("metrics") or METRICS))
    return Benchmark(
        name=catalog.get("degraders", degrader).id if degrader else fspath(degraded or ""),
        clean=clean,
        metrics=metrics,
        degrader=degrader or None,
        degrader_config=parts.get("degrader_settings") or {},
        degraded=Path(degraded) if degraded else None,
        kernels=Path(kernels) if kernels else None,
        sigma=parts.get("sigma"),
        transfer=parts.get("transfer") or "auto",
        metric_config=_metric_config(metrics, parts.get("metric_settings") or {}, catalog, spelled),
        colour=parts.get("colour") or "rgb",
        seed=parts.get("seed") or 0,
    )


def _refuse_contradictions(said: Sequence[str], spelled: Callable[[str], str]) -> None:
    if ("degrader" in said) == ("degraded" in said):
        one, other, third = (spelled(name) for name in ("benchmark", "degrader", "degraded"))
        raise UsageError(f"give one of {one}, {other} and {third}")
    if "degraded" in said and (odd := [name for name in ("degrader_settings", "seed") if name in said]):
        raise UsageError(
            f"{spelled('degraded')} does not use {' or '.join(map(spelled, odd))}; remove "
            f"{'it' if len(odd) == 1 else 'them'}"
        )
    if "degrader" in said and (odd := [name for name in ("kernels", "sigma", "transfer") if name in said]):
        raise UsageError(
            f"{' and '.join(map(spelled, odd))} can only be used with {spelled('degraded')}, because a degrader gives "
            f"them itself; remove them"
        )


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
