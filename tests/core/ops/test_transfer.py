"""Transfer curves against the standard, Pillow's profiles and each other; which one a picture has."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
import torch
from burnish.errors import ImagingError, UsageError
from burnish.io import Metadata, Picture, read_picture, transfer_of, write_picture
from burnish.io.profiles import profile_curve
from burnish.ops.saturation import saturated_pixels
from burnish.ops.transfer import Sampled, Transfer, transfer_named
from hypothesis import given
from hypothesis import strategies as st
from PIL import ImageCms
from skimage import color

VALUES = torch.linspace(-0.2, 1.4, 801).reshape(1, 1, 1, -1)


def gamma_profile(*gammas: float, names: tuple[bytes, ...]) -> bytes:
    """An ICC profile with nothing but curves of type curv with one gamma each."""
    tags = [struct.pack(">4sIIH", b"curv", 0, 1, round(256 * gamma)) + b"\0\0" for gamma in gammas]
    start = 132 + 12 * len(tags)
    table = b"".join(
        struct.pack(">4sII", name, start + 16 * i, 14) for i, name in enumerate(names)
    )  # fmt: skip
    return b"\0" * 128 + struct.pack(">I", len(tags)) + table + b"".join(tags)


def picture(dtype: str = "uint8", channels: int = 3, **metadata: object) -> Picture:
    pixels = np.zeros((4, 5, channels), dtype)
    return Picture(pixels=pixels, metadata=Metadata(**metadata))  # type: ignore[arg-type]


CURVES: list[Transfer] = [
    transfer_named("srgb"),
    transfer_named("linear"),
    Sampled("gamma", [(np.linspace(0, 1, 4097) ** 2.2).tolist()]),
]


@pytest.mark.parametrize("curve", CURVES, ids=lambda curve: curve.name)
def test_light_turns_back_into_the_values_also_outside_of_the_range(curve: Transfer) -> None:
    assert torch.allclose(curve.from_light(curve.to_light(VALUES)), VALUES, atol=2e-5)


RAMP = np.linspace(0, 1, 1024)


@pytest.mark.parametrize(
    "curve",
    [0.02 + 0.98 * RAMP**1.8, np.minimum(1.02 * RAMP**1.8, 1), np.maximum(RAMP**1.8, 0.02), RAMP >= 0.5],
    ids=["black above 0", "flat at the top", "flat at the foot", "a step"],
)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_curves_that_lift_black_or_level_off_turn_back_all_the_same(curve: np.ndarray, dtype: torch.dtype) -> None:
    sampled, values = Sampled("icc", [curve.tolist()]), VALUES.to(dtype)
    light = sampled.to_light(values)
    assert sampled.to_light(torch.zeros(1, 1, 1, 1)).item() == 0
    assert torch.allclose(sampled.from_light(light).clamp(-0.2, 1), values.clamp(-0.2, 1), atol=5e-4)
    assert sampled.from_light(torch.linspace(-1, 2, 4001, dtype=dtype).reshape(1, 1, 1, -1)).isfinite().all()


@pytest.mark.parametrize("curve", CURVES, ids=lambda curve: curve.name)
def test_the_slope_is_that_of_the_curve(curve: Transfer) -> None:
    values = torch.linspace(0.05, 0.95, 40, dtype=torch.float64).reshape(1, 1, 1, -1)
    steps = (curve.to_light(values + 1e-3) - curve.to_light(values - 1e-3)) / 2e-3
    assert torch.allclose(curve.slope(values), steps, rtol=0.02)


@given(st.floats(0.0, 1.0))
def test_srgb_is_scikit_image_s(value: float) -> None:
    wanted = color.rgb2xyz(np.full((1, 1, 3), value))[0, 0, 1]
    found = transfer_named("srgb").to_light(torch.tensor([value], dtype=torch.float64))
    assert float(found) == pytest.approx(wanted, abs=2e-5)


def test_an_srgb_profile_of_little_cms_is_srgb() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert transfer_of(picture(icc=profile)).name == "srgb"
    assert transfer_of(picture("uint16", icc=profile, format="TIFF"), "icc").name == "srgb"


def test_each_channel_has_its_own_curve_of_the_profile() -> None:
    curve = profile_curve(gamma_profile(1.8, 2.2, 1.0, names=(b"rTRC", b"gTRC", b"bTRC")), 3)
    assert curve is not None
    light = curve.to_light(torch.full((1, 3, 1, 1), 0.5)).flatten()
    assert torch.allclose(light, torch.tensor([0.5**1.8, 0.5**2.2, 0.5]), atol=1e-3)
    assert curve.name == "icc"


def test_a_grey_profile_is_read_for_grey_pictures_alone() -> None:
    profile = gamma_profile(1.8, names=(b"kTRC",))
    assert transfer_of(picture(channels=1, icc=profile)).name == "icc"
    assert transfer_of(picture(channels=3, icc=profile)).name == "srgb"


@given(st.binary(max_size=300))
def test_a_damaged_profile_counts_as_none(profile: bytes) -> None:
    assert profile_curve(profile, 3) is None or len(profile) > 132


@pytest.mark.parametrize(
    ("kind", "metadata", "wanted"),
    [
        ("uint8", {"format": "JPEG"}, "srgb"),
        ("uint8", {"format": "TIFF"}, "srgb"),
        ("uint16", {"format": "PNG"}, "srgb"),
        ("uint16", {"format": "TIFF"}, "linear"),
        ("float32", {"format": "TIFF"}, "linear"),
        ("uint16", {"png_chunks": ((b"gAMA", (100000).to_bytes(4, "big")),)}, "linear"),
        ("uint8", {"png_chunks": ((b"gAMA", (45455).to_bytes(4, "big")),)}, "srgb"),
        ("uint8", {"png_chunks": ((b"gAMA", (55555).to_bytes(4, "big")),)}, "gamma"),
        ("uint16", {"png_chunks": ((b"cICP", bytes([1, 8, 0, 1])),)}, "linear"),
    ],
)
def test_a_picture_without_a_profile_has_the_curve_of_its_kind(
    kind: str, metadata: dict[str, object], wanted: str
) -> None:
    assert transfer_of(picture(kind, **metadata)).name == wanted


def test_what_is_asked_for_wins_and_what_is_not_there_is_refused() -> None:
    assert transfer_of(picture("uint8"), "linear").name == "linear"
    with pytest.raises(ImagingError, match="no ICC profile; give --transfer srgb or linear"):
        transfer_of(picture(), "icc")
    with pytest.raises(UsageError, match="auto, srgb, linear, icc"):
        transfer_of(picture(), "rec709")


def test_a_picture_remembers_the_format_of_its_file(tmp_path: Path) -> None:
    write_picture(tmp_path / "a.tif", picture("uint16"))
    assert read_picture(tmp_path / "a.tif").metadata.format == "TIFF"


def test_saturated_are_the_values_at_the_upper_end_and_their_compressed_neighbours() -> None:
    stored = torch.full((1, 1, 5, 5), 0.5)
    assert saturated_pixels(stored) is None
    stored[..., 2, 2], stored[..., 2, 3], stored[..., 0, 0] = 1.0, 0.98, 0.98
    found = saturated_pixels(stored)
    assert found is not None
    assert found[0, 0].nonzero().tolist() == [[2, 2], [2, 3]]
    stored[..., 4, 4] = 1.01
    assert saturated_pixels(stored) is None
