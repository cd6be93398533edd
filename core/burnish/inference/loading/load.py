"""From an id or a bundle to a ready restorer."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch

from burnish.compression import of_the_restorer, rebuild, unpacked
from burnish.errors import BundleError, BurnishError, ConfigError, PluginError, UnknownIdError, UsageError
from burnish.inference.in_memory import restore_kind
from burnish.inference.loading.layout import lay_out
from burnish.inference.loading.shipped import refuse_untrained, shipped_bundle, split
from burnish.inference.loading.weights import refuse_misfit
from burnish.plugins.catalog import Catalog, Entry, installed, is_file
from burnish.plugins.configuration import complete, named_in
from burnish.plugins.declarations import FILE, RestorerSpec
from burnish.restorer.bundle import MANIFEST, Bundle, bundle_weights, read_bundle
from burnish.restorer.restorer import Restorer


def load_restorer(
    name: str,
    config: Mapping[str, object] | None = None,
    *,
    device: str = "auto",
    catalog: Catalog | None = None,
    untrained: bool = False,
) -> Restorer:
    """Make an installed restorer by id or unique short name, or the one that is made of a file.

    A trainable restorer needs the name of shipped weights (``cnn/dncnn:grey-25``). Its configuration is that of their
    bundle; ``config`` may replace settings that the weights do not fix. Without weights it is refused, since its
    estimates would be noise.

    Args:
        name: Id or short name, optionally with a colon and the name of weights; or a file with a suffix that a restorer
            declares.
        config: Keywords of its factory; the declared defaults fill in the rest.
        device: ``auto`` (CUDA where there is one, else the CPU) or torch's name of a device.
        catalog: Where to look; default: what is installed.
        untrained: Fresh, random weights are meant (to train them, or to try the network's contract).

    Raises:
        UnknownIdError, ConfigError, PluginError, UsageError: Each names culprit and fix.
    """
    catalog = catalog or installed()
    config = {**(config or {}), FILE: name} if is_file(name) else config or {}
    weights = split(name)[1]
    entry = catalog.get("restorers", name)
    if weights:
        folder = shipped_bundle(entry, weights)
        return _bundled(folder, config, device=device, catalog=catalog, origin=f"{entry.id}:{weights}")
    if not untrained:
        refuse_untrained(name, catalog, config)
    chosen = choose_device(device)
    keywords = complete(entry.spec, config, subject=entry.id)
    known = set(catalog.entries("restorers"))
    for asked, _ in named_in(keywords, known):
        if split(asked)[0] in known:
            refuse_untrained(asked, catalog)
    restorer = catalog.create("restorers", entry.id, keywords)
    origin = str(keywords[FILE]) if _spec(entry).made_of_file(keywords) else "installed"
    return _ready(entry, restorer, config=keywords, device=chosen, origin=origin, bundle=None)


def load_bundle(
    folder: Path, config: Mapping[str, object] | None = None, *, device: str = "auto", catalog: Catalog | None = None
) -> Restorer:
    """Make the restorer of a bundle, with its weights.

    Args:
        folder: Where it is.
        config: Settings that replace those of the bundle (a number of steps, say); the weights must still fit.
        device: As ``load_restorer`` takes it.
        catalog: As ``load_restorer`` takes it.

    Raises:
        BundleError: The bundle is damaged, its plugin is missing, or its weights do not fit; names what to install.
        ConfigError: A setting in ``config`` is unknown, or is one that the weights fix; names it, and their value.
        PluginError, UsageError: As ``load_restorer``.
    """
    return _bundled(Path(folder), config or {}, device=device, catalog=catalog or installed(), origin=str(Path(folder)))


def _bundled(folder: Path, config: Mapping[str, object], *, device: str, catalog: Catalog, origin: str) -> Restorer:
    """The restorer of a bundle; ``origin`` is its name in errors."""
    bundle = read_bundle(folder)
    chosen = choose_device(device)
    try:
        entry = catalog.get("restorers", bundle.restorer)
    except UnknownIdError as error:
        raise BundleError(
            f"{folder}: was trained with {bundle.restorer}, which no installed plugin declares; "
            f"install {bundle.distribution} (it was trained with version {bundle.version})"
        ) from error
    refuse_misfit(entry, bundle, config, catalog=catalog, origin=origin)
    try:
        keywords = complete(entry.spec, {**bundle.config, **config}, subject=entry.id)
        with torch.random.fork_rng(
            devices=[]
        ):  # fresh weights, which are replaced, are drawn from the global generator
            restorer = catalog.create("restorers", entry.id, keywords)
    except ConfigError as error:
        raise BundleError(
            f"{folder}: {error}; it was trained with {bundle.distribution} {bundle.version}, "
            f"installed is {entry.version}"
        ) from error
    fill(restorer, folder, bundle, entry)
    return _ready(entry, restorer, config=keywords, device=chosen, origin=origin, bundle=bundle, folder=folder)


def load_named(
    name: str, config: Mapping[str, object] | None = None, *, device: str = "auto", catalog: Catalog | None = None
) -> Restorer:
    """Load the restorer of a setting: that of a bundle if it is a bundle's folder, else an installed one.

    Arguments and errors are those of ``load_bundle`` and ``load_restorer``.
    """
    if Path(name, MANIFEST).is_file():
        return load_bundle(Path(name), config, device=device, catalog=catalog)
    return load_restorer(name, config, device=device, catalog=catalog)


def choose_device(name: str) -> torch.device:
    """``auto`` or torch's name of a device → an available device.

    Raises:
        UsageError: The device is not available.
    """
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        fact = " ".join(str(error).split()).split(".")[0]
        raise UsageError(f"device {name!r} is not available ({fact}); use cpu, or auto") from error
    return device


def _ready(
    entry: Entry,
    restorer: object,
    *,
    config: Mapping[str, object],
    device: torch.device,
    origin: str,
    bundle: Bundle | None,
    folder: Path | None = None,
) -> Restorer:
    if not callable(restorer):
        raise PluginError(
            f"{entry.id} ({entry.distribution} {entry.version}): {entry.spec.factory} gives a "
            f"{type(restorer).__name__}, which cannot be called; a restorer has __call__ or forward"
        )
    if isinstance(restorer, torch.nn.Module):
        restorer = lay_out(restorer.eval().requires_grad_(False).to(device))
    return Restorer(
        id=entry.id,
        spec=_spec(entry),
        config=config,
        restorer=restorer,
        device=device,
        origin=origin,
        distribution=entry.distribution,
        version=entry.version,
        bundle=bundle,
        folder=folder,
        restores=restore_kind,
    )


def _spec(entry: Entry) -> RestorerSpec:
    assert isinstance(entry.spec, RestorerSpec)  # the catalog separates kinds
    return entry.spec


def fill(restorer: object, folder: Path, bundle: Bundle, entry: Entry) -> None:
    """Load the weights of the bundle in ``folder`` into the result of the entry's factory.

    A restorer whose network depends on its weights makes it of them first, by its method ``build(weights)``.

    Raises:
        BundleError: The bundle is damaged, or its weights do not fit.
        PluginError: The restorer's ``build`` failed.
    """
    try:
        weights = unpacked(bundle.compression, bundle_weights(folder))
    except ValueError as error:
        raise BundleError(f"{folder}: {error}; write the bundle again, or update burnish") from error
    if callable(build := getattr(restorer, "build", None)):
        try:
            build(of_the_restorer(weights))
        except BurnishError as error:
            raise BundleError(f"{folder}: {error}") from error
        except Exception as error:
            fact = " ".join(str(error).split())
            raise PluginError(f"{folder}: {entry.id} {entry.version} failed: {type(error).__name__}: {fact}") from error
    if not isinstance(restorer, torch.nn.Module):
        if weights:
            raise BundleError(f"{folder}: has weights, but {entry.id} {entry.version} takes none")
        return
    try:
        rebuild(restorer, bundle.compression, weights)
    except ValueError as error:
        raise BundleError(f"{folder}: {error}; write the bundle again, or update burnish") from error
    expected = restorer.state_dict()
    facts = []
    if missing := [name for name in expected if name not in weights]:
        facts.append(f"{len(missing)} missing ({_first(missing)})")
    if surplus := [name for name in weights if name not in expected]:
        facts.append(f"{len(surplus)} unexpected ({_first(surplus)})")
    wrong = [
        f"{name}: {tuple(weights[name].shape)} instead of {tuple(value.shape)}"
        for name, value in expected.items()
        if name in weights and weights[name].shape != value.shape
    ]
    if wrong:
        facts.append(f"{len(wrong)} of another shape ({_first(wrong)})")
    if facts:
        raise BundleError(
            f"{folder}: the weights do not match {entry.id} {entry.version}: {'; '.join(facts)}; they were trained "
            f"with {bundle.distribution} {bundle.version}: install that version, or train again"
        )
    restorer.load_state_dict(weights, strict=True)


def _first(names: list[str]) -> str:
    return ", ".join(names[:3]) + (", …" if len(names) > 3 else "")
