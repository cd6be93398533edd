"""The declarations of the formats that the host itself reads and writes."""

from __future__ import annotations

from burnish.plugins.declarations import FormatSpec

_TEXTS = frozenset({"exif", "icc", "xmp", "orientation"})

OWN = (
    FormatSpec(
        name="png",
        factory="burnish.io.formats.png:Png",
        summary="PNG at 8 and 16 bits, lossless",
        reference="ISO/IEC 15948",
        suffixes=(".png",),
        marks=("89504e470d0a1a0a",),
        depths=("uint8", "uint16"),
        alpha=True,
        keeps=_TEXTS | {"dpi", "png_chunks"},
        media_type="image/png",
    ),
    FormatSpec(
        name="tiff",
        factory="burnish.io.formats.tiff:Tiff",
        summary="TIFF and BigTIFF at 8 and 16 bits and float32, with private tags such as a georeference, lossless",
        reference="TIFF 6.0",
        suffixes=(".tif", ".tiff"),
        marks=("49492a00", "4d4d002a", "49492b00", "4d4d002b"),
        depths=("uint8", "uint16", "float32"),
        alpha=True,
        keeps=_TEXTS | {"dpi", "alpha_kind", "tiff_tags"},
        media_type="image/tiff",
    ),
    FormatSpec(
        name="jpeg",
        factory="burnish.io.formats.pillow_formats:Jpeg",
        summary="JPEG, written without colour subsampling",
        reference="ISO/IEC 10918-1",
        suffixes=(".jpg", ".jpeg"),
        marks=("ffd8ff",),
        keeps=_TEXTS | {"dpi"},
        lossless=False,
        media_type="image/jpeg",
    ),
    FormatSpec(
        name="webp",
        factory="burnish.io.formats.webp:WebP",
        summary="WebP stills, written lossless; grey becomes RGB",
        reference="RFC 9649",
        suffixes=(".webp",),
        title="WebP",
        marks=("52494646........57454250",),
        alpha=True,
        keeps=_TEXTS,
        media_type="image/webp",
    ),
    FormatSpec(
        name="bmp",
        factory="burnish.io.formats.pillow_formats:Bmp",
        summary="BMP at 8 bits",
        suffixes=(".bmp",),
        marks=("424d",),
        keeps=frozenset({"dpi"}),
        media_type="image/bmp",
    ),
)
"""In the order in which they are named to people."""
