"""What a killed process left is removed by the next one; what a living one writes is never touched."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from burnish.io import scratch

OLD = (".0123456789abcdef-0a1b2c3d", ".tiny-v1.zx_81abc", ".up.json.new", ".burnish-0123456789abcdef")
MAKER = """
import sys, time
from pathlib import Path
from burnish.io import scratch

place = Path(sys.argv[1])
with scratch.folder_beside(place / "out") as folder, scratch.file_beside(place / "out.png", ".png") as file:
    (folder / "half").write_text("half")
    file.write_bytes(b"half")
    print(folder.name, file.name, flush=True)
    time.sleep(3600)
"""


@pytest.fixture(autouse=True)
def _as_a_new_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scratch, "_swept", set())


@contextmanager
def maker(place: Path) -> Iterator[tuple[subprocess.Popen[str], list[Path]]]:
    """A process that is writing a folder and a file, and those."""
    words = [sys.executable, "-c", MAKER, str(place)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process, [place / name for name in process.stdout.readline().split()]
        finally:
            process.kill()


def test_what_a_killed_process_left_is_removed_before_the_next_one_is_made(tmp_path: Path) -> None:
    with maker(tmp_path) as (process, left):
        assert all(path.exists() for path in left)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert all(path.exists() for path in left), "nobody could clean up"
    with scratch.file_beside(tmp_path / "other"):
        assert not any(path.exists() for path in left)


def test_what_a_living_process_writes_is_never_removed_however_old(tmp_path: Path) -> None:
    with maker(tmp_path) as (_, living):
        for path in living:
            os.utime(path, (0, 0))
        assert scratch.sweep(tmp_path) == []
        assert [scratch.is_held(path) for path in living] == [True, True]
        assert (living[0] / "half").read_text() == "half"


def test_a_process_that_is_stopped_and_not_dead_keeps_what_it_writes(tmp_path: Path) -> None:
    with maker(tmp_path) as (process, living):
        process.send_signal(signal.SIGSTOP)
        assert scratch.sweep(tmp_path) == []
        assert all(path.exists() for path in living)


@pytest.mark.parametrize("how", ["well", "badly"])
def test_after_the_block_nothing_hidden_is_left_and_what_was_renamed_stays(tmp_path: Path, how: str) -> None:
    target = tmp_path / "target"
    try:
        with scratch.folder_beside(target) as fresh:
            (fresh / "a").write_text("whole")
            if how == "badly":
                raise KeyboardInterrupt
            fresh.replace(target)
    except KeyboardInterrupt:
        pass
    assert [path.name for path in tmp_path.iterdir()] == ([] if how == "badly" else ["target"])


def test_files_of_others_are_left_alone_whatever_they_are_called(tmp_path: Path) -> None:
    names = [".gitignore", ".burnish", ".burnish-part-notes.txt", "burnish-part-0123456789abcdef", ".a-0123abcd"]
    for name in names:
        (tmp_path / name).write_text("mine")
        os.utime(tmp_path / name, (0, 0))
    assert scratch.sweep(tmp_path) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(names)


def test_a_link_in_the_place_of_a_temporary_file_leads_nowhere(tmp_path: Path) -> None:
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious" / "file").write_text("mine")
    (tmp_path / f"{scratch.PREFIX}{'0' * 16}").symlink_to(tmp_path / "precious")
    scratch.sweep(tmp_path)
    assert (tmp_path / "precious" / "file").read_text() == "mine"


@pytest.mark.parametrize(
    "name", [".0123456789abcdef-0a1b2c3d", ".tiny-v1.zx_81abc", ".up.json.new", ".burnish-" + "0" * 16]
)
def test_what_earlier_versions_left_goes_after_a_day_and_not_before(tmp_path: Path, name: str) -> None:
    left = tmp_path / name
    (left / "pictures").mkdir(parents=True)
    (left / "pictures" / "a.png").write_bytes(b"half")
    assert scratch.sweep_old(tmp_path) == [], "an older version may be writing it now"
    yesterday = time.time() - 1.1 * scratch.DAY
    for path in (left / "pictures" / "a.png", left / "pictures", left):
        os.utime(path, (yesterday, yesterday))
    assert scratch.sweep_old(tmp_path) == [left]
    assert not left.exists()


def test_makers_and_sweepers_at_once_never_take_anything_from_each_other(tmp_path: Path) -> None:
    over = threading.Event()

    def sweep() -> None:
        while not over.is_set():
            scratch.sweep(tmp_path)

    lost = []

    def make() -> None:
        for number in range(100):
            with scratch.folder_beside(tmp_path / "out") as fresh, scratch.file_beside(tmp_path / "out") as file:
                (fresh / "a").write_text(str(number))
                file.write_text(str(number))
                if (fresh / "a").read_text() != file.read_text():
                    lost.append(number)

    sweepers = [threading.Thread(target=sweep) for _ in range(2)]
    makers = [threading.Thread(target=make) for _ in range(3)]
    for thread in [*sweepers, *makers]:
        thread.start()
    for thread in makers:
        thread.join()
    over.set()
    for thread in sweepers:
        thread.join()
    assert lost == []
    assert list(tmp_path.iterdir()) == []


def test_without_locks_only_age_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    left = tmp_path / f"{scratch.PREFIX}{'0' * 16}.part"
    left.write_text("half")
    monkeypatch.setattr(scratch, "LOCKS", False)
    assert scratch.sweep(tmp_path) == []
    os.utime(left, (0, 0))
    assert scratch.sweep(tmp_path) == [left]
