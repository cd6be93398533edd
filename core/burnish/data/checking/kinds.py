"""What can be wrong with a dataset: each kind of finding with its severity and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]
"""An error refuses a training; a warning is printed before it."""


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of finding."""

    severity: Severity
    title: str
    """What was found, as a heading."""
    mend: str
    """What to do, where the finding itself says nothing better."""


def _error(title: str, mend: str) -> Kind:
    return Kind(severity="error", title=title, mend=mend)


def _warning(title: str, mend: str) -> Kind:
    return Kind(severity="warning", title=title, mend=mend)


_FILES = {
    "missing-folder": _error("Folders that are missing", "create it, or correct its name"),
    "missing-split": _warning(
        "Splits that are missing", "add it; burnish data add DIR --split 80/10/10 splits a flat folder"
    ),
    "empty-folder": _error("Folders without pictures", "put pictures there"),
    "missing-partner": _error("Pictures without a partner", "add its partner under the same name, or remove it"),
    "same-name": _error("Files that differ in their suffix only", "keep one of them"),
    "dead-link": _error("Links to files that are missing", "restore the file that it points to, or remove the link"),
    "other-file": _warning("Files that are not used", "convert it to PNG or TIFF, or remove it"),
    "stray-picture": _warning("Pictures outside of the folders that are used", "move it into a folder of a split"),
    "damaged": _error("Files that cannot be read", "get a complete copy of the file, or remove it"),
    "wrong-suffix": _warning("Files of another format than their suffix says", "rename it"),
    "no-data": _error("Pixels without data", "crop them off, or remove the file"),
    "transparent": _warning("Pictures with transparency, which is left out", "flatten it, if it hides something"),
}

_PICTURES = {
    "constant": _error("Pictures of one value", "remove it, with its partner"),
    "black": _error("Black pictures", "remove it, with its partner, or correct its range"),
    "clipped": _warning("Clipped pictures", "expose it less, or export it again with its whole range"),
    "tiny": _warning("Pictures smaller than a training patch", "use larger pictures"),
    "faint": _warning("Pictures that fill little of their depth", "divide by their white before saving"),
    "odd-depth": _warning("Files of another depth than the others", "export all with one depth"),
    "odd-channels": _warning("Colour among grey, or grey among colour", "export all in one kind"),
    "odd-size": _warning("Pictures of another size than all others", "check whether it belongs here"),
    "odd-noise": _warning("Pictures with far more noise than the others", "check its settings, or remove it"),
    "noisy-clean": _warning("Clean pictures with noise", "average more shots; networks learn to leave such noise"),
    "lossy-clean": _warning("Clean pictures with strong JPEG compression", "use originals, or halve their size"),
}

_PAIRS = {
    "size-mismatch": _error("Pairs of different size", "cut both to the same part, or remove the pair"),
    "odd-scale": _error("Pairs of another scale than the others", "make clean pictures of one scale"),
    "channel-mismatch": _error("Pairs of colour and grey", "export both in one kind"),
    "identical-pair": _error("Pairs of twice the same picture", "replace the one that was copied, or remove the pair"),
    "other-scene": _error("Pairs that do not show the same", "correct the names, so that partners have the same name"),
    "shifted": _error("Pairs out of register by a pixel or more", "align them: burnish data check DIR --align OUT"),
    "slight-shift": _warning("Pairs out of register", "align them: burnish data check DIR --align OUT"),
    "blur-shift": _warning("Blur that is off its centre", "align them: burnish data check DIR --align OUT"),
    "brightness": _warning("Pairs of different brightness", "say in the recipe: data: {match: affine}"),
    "tone-curve": _warning("Pairs with a curve of brightness between them", "export both with the same curve"),
    "swapped-folders": _error("The clean folder is the noisier one", "swap the names of the two folders"),
    "swapped-pair": _error("Pairs whose clean picture is the noisier one", "swap the two files"),
}

_SHOTS = {
    "one-shot": _error("Scenes with one shot", "add another shot of it, or remove the folder"),
    "two-shots": _warning("Scenes with two shots", "add a third: then the level of PSNR can be estimated, too"),
    "shot-size": _error("Shots of one scene that differ in size or channels", "remove the odd one"),
    "repeated-shot": _error("The same shot twice", "remove the copy: its noise is not independent"),
    "other-shot": _error("Shots that do not show their scene", "move it to its own scene, or remove it"),
    "shifted-shot": _error("Shots out of register by a pixel or more", "remove it, or use a tripod"),
    "slight-shot-shift": _warning("Shots out of register", "remove it, or use a tripod"),
    "shot-brightness": _warning("Shots of different brightness", "fix the exposure, or remove it"),
}

_SPLITS = {
    "same-picture": _error("The same picture in two splits", "remove it from one of them"),
    "similar-picture": _warning("Nearly the same picture in two splits", "keep all versions of a picture in one split"),
    "leaked-scene": _error("A scene in two splits", "keep all pictures of a scene in one split"),
    "scene-names": _warning("Names of one scene in two splits", "if it is one scene, keep it in one split"),
    "duplicate": _warning("The same picture twice in a split", "remove one of them"),
    "few-pictures": _warning("Few pictures", "add more: a judgement needs several independent pictures"),
}

_KNOWN = {
    "sidecar-damaged": _error("Files of known facts that cannot be read", 'write {"sigma": 0.1}, or remove it'),
    "sidecar-key": _error("Unknown keys in files of known facts", "correct the key, or remove it"),
    "sidecar-range": _error("Known facts out of range", "give values in units of [0, 1]: a value of 8 bit over 255"),
    "sidecar-alone": _warning("Files of known facts without a picture", "rename it after its picture, or remove it"),
    "some-known": _warning("Known facts for some pictures only", "write them for all, or for none"),
    "sigma-mismatch": _warning("Stated noise far from the measured one", "correct sigma"),
    "kernel-damaged": _error("Kernels that cannot be used", "write an array of odd sides, not negative, by numpy.save"),
    "kernel-large": _error("Kernels larger than their picture", "crop the kernel, or remove it"),
    "kernel-off-centre": _warning("Kernels off their centre", "centre it: else results are shifted by as much"),
}

_NOISE = {
    "correlated-noise": _warning(
        "Noise that is correlated between pixels",
        "use a learner that assumes correlated noise (burnish list learners), or pairs; others fail",
    ),
    "noise-free": _warning("Degraded pictures without noise", "check that these are the degraded ones"),
}

KINDS: Mapping[str, Kind] = {**_FILES, **_PICTURES, **_PAIRS, **_SHOTS, **_SPLITS, **_KNOWN, **_NOISE}
"""Id → kind, in the order in which they are shown."""
