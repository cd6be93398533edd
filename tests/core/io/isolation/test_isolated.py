"""Decoding in other processes: the same pictures, and an end to whatever takes too much."""

from __future__ import annotations

import contextlib
import os
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import imagecodecs
import numpy as np
import psutil
import pytest
from burnish.errors import ImagingError, UsageError
from burnish.inference import Reading, load_restorer, restore_files
from burnish.io import Metadata, Picture, read_picture, write_picture
from burnish.io.isolation.isolated import DecodeLimits, close_workers, read_isolated

pytestmark = pytest.mark.skipif(os.name != "posix", reason="open files are handed over on POSIX systems only")

SLOW = (3000, 3000)
"""Height and width of a picture whose runs Pillow takes one by one, for seconds."""


@pytest.fixture(autouse=True)
def _no_worker_is_left() -> Iterator[None]:
    close_workers()
    yield
    close_workers()


def _slow_file(path: Path) -> Path:
    """A BMP of runs of one pixel each."""
    height, width = SLOW
    row = bytes([1, 0, 1, 1] * (width // 2)) + b"\0\0"
    data = row * height + b"\0\1"
    head = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 8, 1, len(data), 0, 0, 256, 0)
    palette = bytes(1024)
    offset = 14 + len(head) + len(palette)
    path.write_bytes(b"BM" + struct.pack("<IHHI", offset + len(data), 0, 0, offset) + head + palette + data)
    return path


def _large_file(path: Path) -> Path:
    """60 million pixels in 60 KB."""
    path.write_bytes(imagecodecs.png_encode(np.zeros((6000, 10000), np.uint8)))
    return path


def _workers() -> list[psutil.Process]:
    found = psutil.Process().children()
    found = [child for child in found if child.status() != psutil.STATUS_ZOMBIE]
    return [child for child in found if "burnish.io.isolation.worker" in " ".join(child.cmdline())]


def test_every_kind_of_file_is_the_same_picture_as_when_it_is_read_here(
    tmp_path: Path, whole_files: dict[str, bytes]
) -> None:
    metadata = Metadata(
        dpi=(72.0, 72.0), xmp=b"<x:xmpmeta/>", orientation=6, png_chunks=((b"gAMA", bytes(4)), (b"tEXt", b"a\0b"))
    )
    alpha = np.arange(20, dtype=np.uint16).reshape(4, 5)
    rich = Picture(pixels=np.ones((4, 5, 3), np.uint16), alpha=alpha, metadata=metadata)
    write_picture(tmp_path / "rich.png", rich)
    write_picture(tmp_path / "rich.tif", rich)
    for name, data in whole_files.items():
        (tmp_path / name).write_bytes(data)
    for path in sorted(tmp_path.iterdir()):
        here, there = read_picture(path), read_isolated(path)
        np.testing.assert_array_equal(there.pixels, here.pixels, err_msg=path.name)
        assert there.metadata == here.metadata, path.name
        assert (there.alpha is None) == (here.alpha is None)
        if here.alpha is not None:
            np.testing.assert_array_equal(there.alpha, here.alpha)
    assert len(_workers()) == 1, "one worker reads one after the other"


def test_errors_are_the_same_as_when_it_is_read_here(tmp_path: Path, whole_files: dict[str, bytes]) -> None:
    (tmp_path / "cut.jpg").write_bytes(whole_files["baseline.jpg"][:-300])
    (tmp_path / "text.png").write_text("no picture")
    (tmp_path / "empty.png").touch()
    for name in ("cut.jpg", "text.png", "empty.png", "missing.png", "none.txt"):
        with pytest.raises(ImagingError) as here:
            read_picture(tmp_path / name)
        with pytest.raises(ImagingError) as there:
            read_isolated(tmp_path / name)
        assert type(there.value) is type(here.value)
        if name != "text.png":  # there the suffix is not known
            assert str(there.value) == str(here.value)
    assert read_isolated(tmp_path / "cut.jpg", allow_damaged=True).damage


def test_a_file_that_takes_too_long_is_given_up_and_the_next_one_is_read(
    tmp_path: Path, whole_files: dict[str, bytes]
) -> None:
    (tmp_path / "good.jpg").write_bytes(whole_files["baseline.jpg"])
    read_isolated(tmp_path / "good.jpg")
    (before,) = _workers()
    with pytest.raises(ImagingError, match=r"slow\.bmp: cannot be decoded within 1 s"):
        read_isolated(_slow_file(tmp_path / "slow.bmp"), limits=DecodeLimits(seconds=1))
    assert not before.is_running()
    assert read_isolated(tmp_path / "good.jpg").width == 80


def test_a_file_that_takes_too_much_memory_is_given_up_and_the_next_one_is_read(
    tmp_path: Path, whole_files: dict[str, bytes]
) -> None:
    (tmp_path / "good.jpg").write_bytes(whole_files["baseline.jpg"])
    large = _large_file(tmp_path / "large.png")
    with pytest.raises(ImagingError, match=r"large\.png: takes more than 32 MiB to decode"):
        read_isolated(large, limits=DecodeLimits(memory_mb=32))
    assert read_isolated(tmp_path / "good.jpg", limits=DecodeLimits(memory_mb=32)).width == 80
    assert read_isolated(large, limits=DecodeLimits(memory_mb=512)).width == 10_000


def test_a_worker_that_was_killed_is_replaced(tmp_path: Path, whole_files: dict[str, bytes]) -> None:
    (tmp_path / "good.jpg").write_bytes(whole_files["baseline.jpg"])
    read_isolated(tmp_path / "good.jpg")
    (worker,) = _workers()
    worker.kill()
    while worker.status() != psutil.STATUS_ZOMBIE:
        time.sleep(0.01)
    assert read_isolated(tmp_path / "good.jpg").width == 80


def test_threads_read_at_the_same_time_and_no_file_stays_open(tmp_path: Path, whole_files: dict[str, bytes]) -> None:
    (tmp_path / "good.jpg").write_bytes(whole_files["baseline.jpg"])
    expected = read_picture(tmp_path / "good.jpg").pixels
    wrong: list[str] = []

    def read() -> None:
        for _ in range(10):
            if not np.array_equal(read_isolated(tmp_path / "good.jpg").pixels, expected):
                wrong.append("another picture")

    def read_by_three() -> None:
        threads = [threading.Thread(target=read) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    read_by_three()
    files = psutil.Process().num_fds()
    read_by_three()
    assert wrong == []
    assert psutil.Process().num_fds() <= files + 2 * 3, "no more than the sockets of workers that began later"


def test_an_open_file_without_a_name_is_read(whole_files: dict[str, bytes]) -> None:
    with tempfile.TemporaryFile() as file:
        file.write(whole_files["plain.png"])
        file.flush()
        assert read_isolated(file).width == 80


def test_limits_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BURNISH_DECODE_SECONDS", "7")
    assert DecodeLimits.usual() == DecodeLimits(seconds=7)
    monkeypatch.setenv("BURNISH_DECODE_MEMORY", "lots")
    with pytest.raises(UsageError, match="BURNISH_DECODE_MEMORY is 'lots'"):
        DecodeLimits.usual()


def test_a_worker_ends_with_its_parent_however_that_ends(tmp_path: Path) -> None:
    program = (
        "from burnish.io.isolation.isolated import read_isolated; import os, sys, psutil\n"
        "try: read_isolated(sys.argv[1])\nexcept Exception: pass\n"
        "print(psutil.Process().children()[0].pid, flush=True); os.kill(os.getpid(), 9)"
    )
    (tmp_path / "a.png").write_text("no picture")
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "a.png")],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    with contextlib.suppress(psutil.NoSuchProcess):
        psutil.Process(int(done.stdout)).wait(60)


def test_what_a_worker_needs_to_start_is_no_framework() -> None:
    program = "import burnish.io.isolation.worker, sys; print(sorted({'torch', 'cv2'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_a_worker_reads_where_the_shell_limits_its_memory(tmp_path: Path, whole_files: dict[str, bytes]) -> None:
    (tmp_path / "good.jpg").write_bytes(whole_files["baseline.jpg"])
    program = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_AS, (64 << 30, 64 << 30))\n"
        "from burnish.io.isolation.isolated import read_isolated\n"
        "print([read_isolated(sys.argv[1]).width for _ in range(2)])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "good.jpg")], capture_output=True, text=True, check=False
    )
    assert done.stdout == "[80, 80]\n", done.stderr


def test_of_a_folder_the_one_bad_file_fails_alone_and_is_named(
    tmp_path: Path, whole_files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BURNISH_DECODE_MEMORY", "32")
    folder = tmp_path / "strangers"
    folder.mkdir()
    for name in ("a.jpg", "z.jpg"):
        (folder / name).write_bytes(whole_files["baseline.jpg"])
    _large_file(folder / "bomb.png")
    (folder / "cut.jpg").write_bytes(whole_files["baseline.jpg"][:-300])
    done = restore_files(load_restorer("burnish/identity"), folder, tmp_path / "out", quiet=True)
    said = {one.source.name: one.error for one in done}
    assert (said["a.jpg"], said["z.jpg"]) == ("", "")
    assert said["bomb.png"].startswith(f"{folder / 'bomb.png'}: takes more than 32 MiB")
    assert said["cut.jpg"].startswith(f"{folder / 'cut.jpg'}: is a damaged JPEG")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["a.jpg", "z.jpg"]
    damaged = Reading(allow_damaged=True)
    done = restore_files(load_restorer("burnish/identity"), folder, tmp_path / "all", reading=damaged, quiet=True)
    assert {one.source.name: bool(one.damage) for one in done if not one.error} == {
        "a.jpg": False, "cut.jpg": True, "z.jpg": False,
    }  # fmt: skip
