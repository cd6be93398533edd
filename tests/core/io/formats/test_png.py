"""PNG of every kind against the specification's own meaning of its samples, and its chunks kept."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from burnish.errors import ImagingError
from burnish.io import Metadata, Picture, read_picture, write_picture
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(width: int, height: int, depth: int, kind: int, rows: bytes, *between: bytes) -> bytes:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, 0))
    data = chunk(b"IDAT", zlib.compress(rows))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(between) + data + chunk(b"IEND", b"")


def read(folder: Path, data: bytes) -> Picture:
    (folder / "a.png").write_bytes(data)
    return read_picture(folder / "a.png")


PALETTE = chunk(b"PLTE", bytes([10, 20, 30, 40, 50, 60, 70, 80, 90]))


def test_a_palette_becomes_rgb(tmp_path: Path) -> None:
    picture = read(tmp_path, png(3, 1, 8, 3, b"\0\2\0\1", PALETTE))
    np.testing.assert_array_equal(picture.pixels[0], [[70, 80, 90], [10, 20, 30], [40, 50, 60]])
    assert picture.alpha is None


def test_a_palette_with_transparency_becomes_rgb_and_alpha(tmp_path: Path) -> None:
    picture = read(tmp_path, png(3, 1, 8, 3, b"\0\2\0\1", PALETTE, chunk(b"tRNS", bytes([0, 128]))))
    np.testing.assert_array_equal(picture.pixels[0], [[70, 80, 90], [10, 20, 30], [40, 50, 60]])
    np.testing.assert_array_equal(picture.alpha, [[255, 0, 128]])


@pytest.mark.parametrize("depth", [1, 2, 4])
def test_fewer_bits_than_eight_are_stretched_over_the_whole_range(tmp_path: Path, depth: int) -> None:
    levels = list(range(2**depth))
    packed = 0
    for level in levels:
        packed = packed << depth | level
    size = max(1, len(levels) * depth // 8)
    packed <<= max(0, 8 - len(levels) * depth)
    picture = read(tmp_path, png(len(levels), 1, depth, 0, b"\0" + packed.to_bytes(size, "big")))
    assert picture.channels == 1
    np.testing.assert_array_equal(picture.pixels[0, :, 0], [round(255 * level / levels[-1]) for level in levels])


def test_the_transparent_level_of_16_bit_grey_becomes_alpha(tmp_path: Path) -> None:
    rows = b"\0" + struct.pack(">HHH", 5, 1000, 65535)
    picture = read(tmp_path, png(3, 1, 16, 0, rows, chunk(b"tRNS", struct.pack(">H", 1000))))
    np.testing.assert_array_equal(picture.pixels[0, :, 0], [5, 1000, 65535])
    np.testing.assert_array_equal(picture.alpha, [[65535, 0, 65535]])


def test_a_gamma_chunk_does_not_change_samples_and_is_kept(tmp_path: Path) -> None:
    gamma, text = chunk(b"gAMA", struct.pack(">I", 100000)), chunk(b"tEXt", b"Author\0somebody")
    rows = b"\0" + struct.pack(">HHH", 5, 1000, 65535)
    picture = read(tmp_path, png(1, 1, 16, 2, rows, gamma, text))
    np.testing.assert_array_equal(picture.pixels[0, 0], [5, 1000, 65535])
    write_picture(tmp_path / "b.png", picture)
    written = (tmp_path / "b.png").read_bytes()
    assert gamma in written
    assert text in written


@given(
    dtype=st.sampled_from(["uint8", "uint16"]),
    size=st.tuples(st.integers(1, 30), st.integers(1, 30)),
    seed=st.integers(0, 999),
)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_opencv_reads_what_is_written_and_its_files_are_read(
    tmp_path: Path, dtype: str, size: tuple[int, int], seed: int
) -> None:
    pixels = np.random.default_rng(seed).integers(0, np.iinfo(dtype).max + 1, (*size, 3)).astype(dtype)
    write_picture(tmp_path / "a.png", Picture(pixels=pixels, metadata=Metadata(orientation=6)))
    ours = cv2.imread(str(tmp_path / "a.png"), cv2.IMREAD_UNCHANGED | cv2.IMREAD_IGNORE_ORIENTATION)
    np.testing.assert_array_equal(ours[:, :, ::-1], pixels)
    cv2.imwrite(str(tmp_path / "b.png"), np.ascontiguousarray(pixels[:, :, ::-1]))
    np.testing.assert_array_equal(read_picture(tmp_path / "b.png").pixels, pixels)


def test_an_interlaced_file_is_read_as_pillow_reads_it(tmp_path: Path) -> None:
    # Adam7 with 1 x 1 pixels in pass 1 and nothing else; larger ones need an encoder that Pillow lacks
    data = png(1, 1, 8, 2, b"\0\1\2\3").replace(
        chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)),
        chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 1)),
    )
    np.testing.assert_array_equal(read(tmp_path, data).pixels, [[[1, 2, 3]]])


def test_pillow_finds_profile_exif_and_resolution_where_they_belong(tmp_path: Path) -> None:
    icc = b"\0" * 16 + b"RGB " + bytes(200)
    exif = Image.Exif()
    exif[274] = 3
    block = exif.tobytes().removeprefix(b"Exif\0\0")
    metadata = Metadata(icc=icc, exif=block, orientation=3, dpi=(96.0, 96.0), xmp=b"<x:xmpmeta/>")
    write_picture(tmp_path / "a.png", Picture(pixels=np.zeros((2, 2, 3), np.uint16), metadata=metadata))
    with Image.open(tmp_path / "a.png") as image:
        assert image.info["icc_profile"] == icc
        assert image.getexif()[274] == 3
        assert image.info["dpi"] == pytest.approx((96, 96), abs=0.02)
        assert image.info["xmp"] == b"<x:xmpmeta/>"


def test_a_compressed_text_and_xmp_packet_of_pillow_are_kept(tmp_path: Path) -> None:
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", "x" * 200, zip=True)
    info.add_itxt("XML:com.adobe.xmp", "<packet/>", zip=True)
    Image.new("L", (2, 2)).save(tmp_path / "a.png", pnginfo=info)
    picture = read_picture(tmp_path / "a.png")
    assert picture.metadata.xmp == b"<packet/>"
    write_picture(tmp_path / "b.png", picture)
    with Image.open(tmp_path / "b.png") as image:
        assert image.info["Comment"] == "x" * 200
        assert image.info["xmp"] == b"<packet/>"


def test_a_wrong_checksum_and_a_bomb_of_a_profile_are_refused(tmp_path: Path) -> None:
    good = png(1, 1, 8, 0, b"\0\1")
    with pytest.raises(ImagingError, match="checksum"):
        read(tmp_path, good[:-20] + bytes([good[-20] ^ 1]) + good[-19:])
    bomb = chunk(b"iCCP", b"x\0\0" + zlib.compress(bytes(70 * 2**20)))
    with pytest.raises(ImagingError, match="ICC profile"):
        read(tmp_path, png(1, 1, 8, 0, b"\0\1", bomb))


def test_too_few_rows_behind_right_checksums_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ImagingError, match="Not enough image data"):
        read(tmp_path, png(2, 3, 8, 0, b"\0\1\2"))


def test_a_damaged_profile_and_a_damaged_interlaced_file_say_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ImagingError, match="contains a damaged ICC profile; strip it"):
        read(tmp_path, png(1, 1, 8, 0, b"\0\1", chunk(b"iCCP", b"x\0\0no deflated data")))
    Image.new("L", (64, 64)).save(tmp_path / "b.png")
    whole = bytearray((tmp_path / "b.png").read_bytes())
    whole[28] = 1
    whole[29:33] = struct.pack(">I", zlib.crc32(whole[12:29]))
    (tmp_path / "b.png").write_bytes(whole[:-20])
    with pytest.raises(ImagingError, match=r"b\.png: is a damaged, interlaced PNG without a readable part"):
        read_picture(tmp_path / "b.png", allow_damaged=True)


def test_a_wrong_checksum_outside_the_pixels_is_refused_also_where_damage_is_allowed(tmp_path: Path) -> None:
    good = png(1, 1, 8, 3, b"\0\1", PALETTE)
    at = good.index(b"PLTE") + 4
    (tmp_path / "a.png").write_bytes(good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :])
    with pytest.raises(ImagingError, match="the checksum of chunk b'PLTE' is wrong"):
        read_picture(tmp_path / "a.png", allow_damaged=True)


def test_sides_that_the_format_or_its_reader_cannot_have_are_refused_with_the_mend(tmp_path: Path) -> None:
    with pytest.raises(ImagingError, match="is 1000001 x 1, PNG is read up to 1000000 pixels a side; store it as TIFF"):
        read(tmp_path, png(1_000_001, 1, 1, 0, b"\0"))
    for name, side, fact in (
        ("a.png", 1_000_001, "PNG is written up to 1000000 pixels a side; write .tif"),
        ("a.jpg", 65_501, "JPEG holds up to 65500 pixels a side; write .png or .tif"),
        ("a.webp", 16_384, "write .png or .tif"),
    ):
        with pytest.raises(ImagingError, match=fact):
            write_picture(tmp_path / name, Picture(pixels=np.zeros((1, side, 1), np.uint8)))
        assert [path.name for path in tmp_path.iterdir()] == ["a.png"], "what was read above"
