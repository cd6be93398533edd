"""The project's own photographs: copies of files in the scikit-image and scikit-learn wheels, byte for byte.

The two libraries are installed with burnish-flows, so that a fresh clone has its data without any remote. Nothing of
them is imported: the files are found through their distributions' metadata. Origin and licence: ``docs/data.md``.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from burnish.errors import DataError

from burnish_flows.data.manifest import Manifest, file_md5

SKIMAGE = "scikit-image"
SKLEARN = "scikit-learn"

FOLDERS = {SKIMAGE: "skimage/data", SKLEARN: "sklearn/datasets/images"}
"""Distribution → folder of pictures inside it."""

LICENCES = {
    "CC0": "https://creativecommons.org/publicdomain/zero/1.0/",
    "public domain": "https://creativecommons.org/public-domain/pdm/",
    "no known copyright restrictions": "https://rightsstatements.org/page/NKC/1.0/",
    "CC BY 2.0": "https://creativecommons.org/licenses/by/2.0/",
}
"""Licence as the libraries state it → where it is explained."""


@dataclass(frozen=True, kw_only=True)
class Photograph:
    """One picture of the project's own data."""

    split: str
    """``train``, ``validation`` or ``test``: folder below ``data/``."""
    name: str
    """File name, in the wheel and in ``data/``."""
    source: str
    """Distribution that ships it."""
    md5: str
    """Of its bytes."""
    licence: str
    """Key of ``LICENCES``."""
    origin: str
    """Who made it, and where it was published."""

    @property
    def path(self) -> str:
        """Relative to the data folder."""
        return f"{self.split}/{self.name}"


def _photograph(split: str, name: str, source: str, md5: str, licence: str, origin: str) -> Photograph:
    return Photograph(split=split, name=name, source=source, md5=md5, licence=licence, origin=origin)


PHOTOGRAPHS = (
    _photograph("train", "astronaut.png", SKIMAGE, "97066e0a8baf4cd0be9859f9825aa3a2", "public domain",
                "NASA, portrait of Eileen Collins, https://flic.kr/p/r9qvLn"),
    _photograph("train", "cell.png", SKIMAGE, "77bccc0196c8bfd37d9f5418937643dc", "CC0",
                "Paul Müller et al., quantitative phase image, doi:10.1364/OE.26.010729"),
    _photograph("train", "china.jpg", SKLEARN, "1c6116212e35016fa7c3b67c81ec1335", "CC BY 2.0",
                "danielbuechele, https://www.flickr.com/photos/danielbuechele/6061409035/"),
    _photograph("train", "grass.png", SKIMAGE, "406db280a14db26d04b65c3c3d0c188f", "CC0",
                "linolafett, https://www.deviantart.com/linolafett/art/Grass-01-434853879"),
    _photograph("train", "gravel.png", SKIMAGE, "1ae4f1e9e7988a5279ee2b3b0bd24e1f", "CC0",
                "CC0Textures, Gravel04, https://cc0textures.com/view.php?tex=Gravel04"),
    _photograph("train", "hubble_deep_field.jpg", SKIMAGE, "bfc42613c8edb720cf7d1343693787a4", "public domain",
                "NASA, Hubble eXtreme Deep Field, hubblesite.org release 2012/37"),
    _photograph("train", "ihc.png", SKIMAGE, "003cf07f958b143d4366a93657de6fd0", "no known copyright restrictions",
                "Center for Microscopy and Molecular Imaging (CMMI), colonic glands"),
    _photograph("train", "retina.jpg", SKIMAGE, "5fa589edda0ab6832e3afcd92c402412", "CC0",
                "Mikael Häggström, Fundus photograph of normal left eye, doi:10.15347/wjm/2014.008"),
    _photograph("validation", "brick.png", SKIMAGE, "b4177b840b8d017fd04c0fe8c9dafc61", "CC0",
                "CC0Textures, Bricks25, https://cc0textures.com/view.php?tex=Bricks25"),
    _photograph("validation", "chelsea.png", SKIMAGE, "0f1b4a59504988622035d850dc0555ac", "CC0",
                "Stefan van der Walt, Chelsea the cat"),
    _photograph("test", "camera.png", SKIMAGE, "f8b13d2cdd5ba56cf4ba2321bb7222f0", "CC0",
                "Lav Varshney, man with a camera"),
    _photograph("test", "coffee.png", SKIMAGE, "f24210802e8d0690e0c1c2302f907cc4", "CC0",
                "Rachel Michetti, courtesy of Pikolo Espresso Bar"),
    _photograph("test", "coins.png", SKIMAGE, "83d5e6ca6fb2724cdb5cf64cf891f7a8", "no known copyright restrictions",
                "Brooklyn Museum, https://www.brooklynmuseum.org/opencollection/archives/image/51611"),
    _photograph("test", "flower.jpg", SKLEARN, "5896f0d20066ea484089d086cd8e5a8d", "CC BY 2.0",
                "vultilion, https://www.flickr.com/photos/vultilion/6056698931/"),
    _photograph("test", "rocket.jpg", SKIMAGE, "511130d2072cc744a1fa5015bc23557a", "public domain",
                "SpaceX, launch of DSCOVR, https://www.flickr.com/photos/spacexphotos/16511594820/"),
)  # fmt: skip
"""All photographs. Left out, without a stated licence: moon, motorcycle, page; not clean photographs: the rest."""

MD5 = Manifest(files={photograph.path: photograph.md5 for photograph in PHOTOGRAPHS}).md5
"""DVC's hash of the whole folder."""


def materialise(folder: Path) -> None:
    """Copy the photographs from the installed wheels into ``folder``, which must not contain any of them yet.

    Raises:
        DataError: A wheel is not installed, lacks a file, or ships other bytes under its name.
    """
    for photograph in PHOTOGRAPHS:
        source = locate(photograph)
        if file_md5(source) != photograph.md5:
            raise DataError(
                f"{source}: is not the picture that data.dvc names (md5 {photograph.md5}); install the "
                f"{photograph.source} of constraints.txt, or pull from a remote (burnish data remote URL)"
            )
        target = folder / photograph.path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)


def locate(photograph: Photograph) -> Path:
    """The photograph's file in the installed wheel.

    Raises:
        DataError: The distribution is not installed or does not hold it.
    """
    try:
        installed = distribution(photograph.source)
    except PackageNotFoundError as error:
        raise DataError(
            f"{photograph.name}: comes with {photograph.source}, which is not installed; "
            f"run: pip install {photograph.source}"
        ) from error
    path = Path(str(installed.locate_file(f"{FOLDERS[photograph.source]}/{photograph.name}")))
    if not path.is_file():
        raise DataError(
            f"{path}: is not in {photograph.source} {installed.version}; install the version of constraints.txt, or "
            f"pull from a remote (burnish data remote URL)"
        )
    return path
