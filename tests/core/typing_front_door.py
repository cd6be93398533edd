"""The front door as a type checker sees it: the kind of picture that is given comes back. Checked, and never run."""

from __future__ import annotations

from pathlib import Path
from typing import assert_type

import burnish
import numpy as np
import torch
from burnish.evaluation import Scorecard
from burnish.inference.in_memory_intervals import Bounded
from numpy.typing import NDArray
from PIL import Image, ImageFile


def restores(
    array: NDArray[np.uint8],
    floats: NDArray[np.float32],
    image: Image.Image,
    file: ImageFile.ImageFile,
    tensor: torch.Tensor,
) -> None:
    restorer = burnish.load("cnn/ffdnet:colour", device="cpu")
    assert_type(restorer, burnish.Restorer)
    picture = burnish.read(Path("in.tif"), allow_damaged=True)
    assert_type(picture, burnish.Picture)
    assert_type(restorer(picture, sigma=25 / 255), burnish.Picture)
    assert_type(restorer(array, sigma=25 / 255, tile=64, precision="fp32", memory=512), NDArray[np.uint8])
    assert_type(restorer(floats, kernel=floats, transfer="linear"), NDArray[np.float32])
    assert_type(restorer(image, options=burnish.RestoreOptions(tile="auto", memory=1024)), Image.Image)
    assert_type(restorer(file), Image.Image)
    assert_type(restorer(tensor, sigma=torch.ones(2), mask=tensor), torch.Tensor)
    assert_type(restorer.restore(picture), burnish.Picture)
    assert_type(restorer([picture, picture]), burnish.Picture | list[burnish.Picture])
    burnish.write("out.tif", restorer(array), like=picture, quality=90)


def degrades(picture: burnish.Picture, array: NDArray[np.uint16], image: Image.Image) -> None:
    assert_type(burnish.degrade(picture, "degradations/gaussian-noise", sigma=25 / 255, seed=0), burnish.Picture)
    assert_type(burnish.degrade(array, "degradations/jpeg", quality=10), NDArray[np.uint16])
    assert_type(burnish.degrade(image, "degradations/jpeg"), Image.Image)
    blurred, known = burnish.degrade(picture, "degradations/motion-blur", return_conditions=True)
    assert_type(blurred, burnish.Picture)
    restorer = burnish.load("deconvolution/wiener")
    assert_type(restorer(blurred, **known), burnish.Picture)


def bounds(picture: burnish.Picture, array: NDArray[np.uint16]) -> None:
    restorer = burnish.load("bundles/trusted")
    assert_type(burnish.interval(restorer, picture, 0.9, sigma=0.1).low, burnish.Picture)
    assert_type(burnish.interval(restorer, array).width, NDArray[np.uint16])
    assert_type(burnish.interval(restorer, [array]), Bounded[NDArray[np.uint16]] | list[Bounded[NDArray[np.uint16]]])


def evaluates_and_trains() -> None:
    card = burnish.evaluate("denoise@champion", clean="Set5", benchmark="metrics/gaussian-25-colour", quiet=True)
    assert_type(card, Scorecard)
    options = burnish.RestoreOptions(precision="bf16")
    burnish.evaluate(
        burnish.load("identity"),
        clean=Path("Set5"),
        degrader="jpeg",
        degrader_settings={"quality": 10},
        options=options,
    )
    burnish.evaluate("identity", clean="Set5", degraded="noisy", metrics=("psnr",), colour="grey")
    exported = burnish.export("cnn/ffdnet:colour", "ffdnet.onnx", format="onnx")
    assert_type(exported.parity[0].psnr, float)
    trusted = burnish.calibrate(
        "cnn/ffdnet:colour", "trusted", clean="Set5", degrader="gaussian-noise", width="constant"
    )
    assert_type(trusted, Path)
    bundle = burnish.train("recipes/denoise.yaml", out="bundles/denoise", resume=False)
    assert_type(bundle, Path)
    assert_type(burnish.load(bundle), burnish.Restorer)
