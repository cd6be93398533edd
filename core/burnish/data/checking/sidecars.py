"""What is wrong with the files of known facts: ``x.json`` and ``x.kernel.npy`` beside ``x.png``."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from burnish.data.checking.findings import Finding, found
from burnish.data.checking.listing import SIDECAR, Listing
from burnish.data.checking.looking import Look
from burnish.data.items import KERNEL, beside, kernel_of
from burnish.data.known import Known, known_file, read_known
from burnish.errors import BurnishError, DataError
from burnish.inference.kernels import read_kernel
from burnish.schema.yaml_text import nearest

KEYS = tuple(Known.model_fields)
LARGEST = {"sigma": 1.0, "gain": 1.0, "read_noise": 1.0, "offset": 1.0, "exposure": math.inf}
"""In units of [0, 1]; a larger one is a value of 8 bits or of the camera."""
FAR = 2.0
"""A stated σ beyond this factor of the measured one does not fit it."""
LEAST = 2 / 255
"""σ below which that is not judged."""
CENTRED = 1.0
"""Pixels by which a kernel's centre of mass may lie off its middle."""


def check_known(listing: Listing, looks: Mapping[Path, Look]) -> Iterator[Finding]:
    """The findings about the files beside degraded pictures.

    Args:
        listing: The images.
        looks: What was seen of the pictures that were decoded.
    """
    seen: set[Path] = set()
    for image in listing.images:
        for picture in image.known_of:
            file, kernel = known_file(picture), kernel_of(picture)
            look = looks.get(picture)
            if file is not None and file not in seen:
                seen.add(file)
                yield from _of_json(file, listing.name(file), look) or _as_read(picture, file, listing.name(file))
            if kernel is not None and kernel not in seen:
                seen.add(kernel)
                yield from _of_kernel(kernel, listing.name(kernel), look)
    yield from _some_only(listing)


def _some_only(listing: Listing) -> Iterator[Finding]:
    for split in dict.fromkeys(image.split for image in listing.images):
        images = [image for image in listing.images if image.split == split]
        pictures = [path for image in images for path in image.known_of]
        without = [path for path in pictures if known_file(path) is None]
        if without and len(without) < len(pictures):
            fact = f"has no {without[0].stem}{SIDECAR}; {len(pictures) - len(without)} of {len(pictures)} have one"
            yield found("some-known", listing.name(without[0]), fact, others=[listing.name(one) for one in without[1:]])


def _as_read(picture: Path, file: Path, name: str) -> list[Finding]:
    """What reading the file says, where nothing else was found."""
    try:
        read_known(picture)
    except DataError as error:
        return [found("sidecar-range", name, str(error).removeprefix(f"{file}: "))]
    return []


def _of_json(file: Path, name: str, look: Look | None) -> list[Finding]:
    try:
        value = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        return [found("sidecar-damaged", name, f"is not JSON ({' '.join(str(error).split())})")]
    if not isinstance(value, dict):
        return [found("sidecar-damaged", name, "is not a JSON object")]
    findings = []
    for key, one in value.items():
        if key not in KEYS:
            findings.append(found("sidecar-key", name, f"has the unknown key {key!r}", mend=nearest(key, KEYS)))
        elif (fact := _off(key, one)) is not None:
            findings.append(found("sidecar-range", name, fact))
    return [*findings, *_against_measured(value.get("sigma"), name, look)]


def _off(key: str, value: object) -> str | None:
    """Why a value cannot be; None: it can."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return f"{key} is {json.dumps(value)}, which is no finite number"
    least = -LARGEST[key] if key == "offset" else 0.0
    if value < least or value > LARGEST[key]:
        return f"{key} is {value:g}, outside {least:g} to {LARGEST[key]:g}"
    return None


def _against_measured(sigma: object, name: str, look: Look | None) -> Iterator[Finding]:
    if look is None or "noise" not in look.figures or not isinstance(sigma, int | float) or not 0 < sigma <= 1:
        return
    measured = look.figures["noise"]
    if max(measured, sigma) > LEAST and not 1 / FAR <= measured / sigma <= FAR:
        fact = f"says σ {255 * sigma:.1f} of 255, {255 * measured:.1f} is measured"
        yield found("sigma-mismatch", name, fact, stated=sigma, measured=measured)


def _of_kernel(file: Path, name: str, look: Look | None) -> Iterator[Finding]:
    try:
        kernel = read_kernel(file)[0].double().numpy()
    except BurnishError as error:
        fact, _, mend = str(error).removeprefix(f"{file}: ").partition("; ")
        yield found("kernel-damaged", name, fact, mend=mend)
        return
    side = len(kernel)
    if look is not None and side > min(look.size):
        yield found("kernel-large", name, f"is {side}×{side}, its picture {look.width}×{look.height}")
    places = np.arange(side) - side // 2
    down, right = float(kernel.sum(axis=1) @ places), float(kernel.sum(axis=0) @ places)
    if math.hypot(down, right) > CENTRED:
        fact = f"its centre of mass lies {right:+.1f} px right and {down:+.1f} px down of its middle"
        yield found("kernel-off-centre", name, fact, right=right, down=down)


def sidecars_of(pictures: Sequence[Path]) -> Iterator[Path]:
    """The files of known facts that lie beside these pictures themselves."""
    for picture in pictures:
        yield from (file for file in (beside(picture, SIDECAR), beside(picture, KERNEL)) if file is not None)
