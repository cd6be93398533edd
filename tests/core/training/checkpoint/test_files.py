"""Checkpoints on disk: whole or not at all, verified, and unable to run code."""

from __future__ import annotations

import errno
import hashlib
import os
from pathlib import Path

import pytest
import torch
from burnish.errors import TrainingError
from burnish.training.checkpoint.files import discard, newest, read_checkpoint, sweep, write_checkpoint

STATE = {"weights": {"a": torch.arange(6.0).reshape(2, 3)}, "step": 3, "words": ["x"], "rate": 0.5, "none": None}


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    read = read_checkpoint(write_checkpoint(STATE, tmp_path / "new", step=3))
    assert torch.equal(read["weights"]["a"], STATE["weights"]["a"])  # type: ignore[index]
    assert {key: read[key] for key in read if key != "weights"} == {
        key: STATE[key] for key in STATE if key != "weights"
    }


def test_the_newest_two_are_kept(tmp_path: Path) -> None:
    for step in (5, 20, 100):
        write_checkpoint({"step": step}, tmp_path, step=step)
    assert sorted(int(file.name[5:14]) for file in tmp_path.iterdir()) == [20, 100]
    found = newest(tmp_path)
    assert found is not None
    assert found[1] == {"step": 100}


@pytest.mark.parametrize("place", [0, 100, -1])
def test_one_flipped_bit_is_noticed_and_the_one_before_is_taken(tmp_path: Path, place: int) -> None:
    write_checkpoint({"step": 1}, tmp_path, step=1)
    file = write_checkpoint({"step": 2}, tmp_path, step=2)
    data = bytearray(file.read_bytes())
    data[place] ^= 1
    file.write_bytes(data)
    with pytest.raises(TrainingError, match="is damaged"):
        read_checkpoint(file)
    found = newest(tmp_path)
    assert found is not None
    assert found[1] == {"step": 1}
    assert not file.exists()


def test_what_cannot_be_read_just_now_is_not_thrown_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = [write_checkpoint({"step": step}, tmp_path, step=step) for step in (1, 2)]

    def fail(_: Path) -> bytes:
        raise OSError(errno.EIO, "Input/output error")

    def too_big(*_: object, **__: object) -> None:
        raise RuntimeError("can't allocate memory")

    for where, what, error in ((Path, "read_bytes", fail), (torch, "load", too_big)):
        with monkeypatch.context() as patch:
            patch.setattr(where, what, error)
            with pytest.raises(TrainingError, match="if this persists, remove it"):
                newest(tmp_path)
    assert all(file.exists() for file in files)


def test_a_damaged_checkpoint_of_another_machine_is_passed_over_and_left(tmp_path: Path) -> None:
    write_checkpoint({"step": 1}, tmp_path, step=1)
    file = write_checkpoint({"step": 2}, tmp_path, step=2)
    file.write_bytes(b"damaged")
    found = newest(tmp_path, mine=False)
    assert found is not None
    assert found[1] == {"step": 1}
    assert file.exists()


def test_no_folder_and_an_empty_one_have_no_checkpoint(tmp_path: Path) -> None:
    assert newest(tmp_path) is None
    assert newest(tmp_path / "missing") is None


def test_a_checkpoint_cannot_run_code(tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> object:
            return (os.system, (f"touch {tmp_path}/sprung",))

    scratch = tmp_path / "trap"
    torch.save({"x": Trap()}, scratch)
    data = scratch.read_bytes()
    file = tmp_path / f"step-{1:09d}-{hashlib.sha256(data).hexdigest()[:16]}.ckpt"
    scratch.rename(file)
    with pytest.raises(TrainingError, match="is not a checkpoint"):
        read_checkpoint(file)
    assert not (tmp_path / "sprung").exists()


def test_a_write_that_fails_leaves_the_old_ones_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = write_checkpoint({"step": 1}, tmp_path, step=1)

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(TrainingError, match="No space left on device"):
        write_checkpoint({"step": 2}, tmp_path, step=2)
    assert list(tmp_path.iterdir()) == [old]


def test_discarding_and_sweeping_remove_checkpoints_and_remains_and_nothing_else(tmp_path: Path) -> None:
    file = write_checkpoint({"step": 1}, tmp_path, step=1)
    (tmp_path / f".{file.name}.77").write_bytes(b"half")
    (tmp_path / "mine.txt").write_text("keep")
    sweep(tmp_path)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["mine.txt", file.name]
    discard(tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["mine.txt"]
