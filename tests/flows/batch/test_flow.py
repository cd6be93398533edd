"""A batch restores what `burnish restore` restores; what fails fails alone, and a worker that dies costs little."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch
from burnish.cli.commands.restore import main as main_of_restore
from burnish.errors import BundleError, DataError, UsageError
from burnish.inference import load_restorer, restore_files
from burnish.inference.masks import read_mask
from burnish.restorer.options import RestoreOptions
from burnish_flows.batch import flow as module
from burnish_flows.batch.flow import chunk_for, pieces_of, restore_chunk, shortly, summary, work_off
from burnish_flows.batch.job import BatchJob, MaskFile, Outcome, content_hash, packed, restore_one, settled
from burnish_flows.batch.journal import BatchLedger, Journal, Piece
from burnish_flows.runners import Landed, Runner

TWO = Runner(kind="processes", workers=2)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    source = tmp_path / "in"
    (source / "deep").mkdir(parents=True)
    rng = np.random.default_rng(0)
    for name in ("a.png", "deep/b.png", "deep/c.png"):
        cv2.imwrite(str(source / name), rng.integers(0, 256, (20, 23, 3), dtype=np.uint8))
    (source / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nno more")
    return source


def test_every_picture_becomes_the_bytes_of_burnish_restore_and_a_broken_one_fails_alone_with_the_same_words(
    folder: Path, tmp_path: Path
) -> None:
    job, loaded = settled(BatchJob(restorer="classical/median", config={"size": 5}))
    expected = restore_files(loaded, folder, tmp_path / "expected", quiet=True)
    pieces = pieces_of(loaded, [folder], tmp_path / "out")
    assert [piece.name for piece in pieces] == ["a.png", "broken.png", "deep/b.png", "deep/c.png"]
    calls = [[piece.name, piece.source, piece.target] for piece in pieces]
    told = restore_chunk.fn(job.model_dump(mode="json"), calls, str(tmp_path / "journal"))
    for said, other in zip(told, expected, strict=True):
        assert said["error"] == other.error
        target = tmp_path / "out" / said["name"]
        assert target.exists() is not bool(other.error)
        assert other.error or target.read_bytes() == other.target.read_bytes()


def test_strength_blends_as_burnish_restore_does(folder: Path, tmp_path: Path) -> None:
    job, loaded = settled(BatchJob(restorer="classical/median", config={"size": 5}, strength=0.3))
    expected = restore_files(loaded, folder, tmp_path / "expected", options=RestoreOptions(strength=0.3), quiet=True)
    pieces = pieces_of(loaded, [folder / "a.png"], tmp_path / "out")
    calls = [[piece.name, piece.source, piece.target] for piece in pieces]
    restore_chunk.fn(job.model_dump(mode="json"), calls, str(tmp_path / "journal"))
    assert (tmp_path / "out" / "a.png").read_bytes() == expected[0].target.read_bytes()


@pytest.fixture
def masked(folder: Path, tmp_path: Path) -> BatchJob:
    """A deconvolution that is to ignore some pixels."""
    mask = np.full((20, 23), 255, np.uint8)
    mask[5:9, 8:14] = 0
    cv2.imwrite(str(tmp_path / "mask.png"), mask)
    file = MaskFile(path=str(tmp_path / "mask.png"), sha256=content_hash(tmp_path / "mask.png"))
    kernel = packed(torch.full((3, 3), 1 / 9))
    return BatchJob(restorer="deconvolution/wiener", kernel=kernel, sigma=0.1, masks={"mask": file})


def test_a_mask_reaches_every_picture_as_that_of_burnish_restore_does(
    folder: Path, tmp_path: Path, masked: BatchJob
) -> None:
    job, loaded = settled(masked)
    known = {"kernel": torch.full((3, 3), 1 / 9), "sigma": 0.1, "mask": read_mask(tmp_path / "mask.png")}
    source, target = folder / "a.png", tmp_path / "out.png"
    assert not restore_one(job, "a.png", source, target).error
    options = RestoreOptions(transfer="auto")
    restore_files(loaded, source, tmp_path / "expected.png", known, options, quiet=True)
    restore_files(loaded, source, tmp_path / "unmasked.png", {**known, "mask": None}, options, quiet=True)
    assert target.read_bytes() == (tmp_path / "expected.png").read_bytes()
    assert target.read_bytes() != (tmp_path / "unmasked.png").read_bytes()


def test_a_mask_that_changes_while_the_batch_runs_fails_the_pictures_and_does_not_mix(
    folder: Path, tmp_path: Path, masked: BatchJob
) -> None:
    job, _ = settled(masked)
    cv2.imwrite(str(tmp_path / "mask.png"), np.full((20, 23), 255, np.uint8))
    failed = restore_one(job, "a.png", folder / "a.png", tmp_path / "out.png").error
    assert "mask.png: has changed" in failed
    assert not (tmp_path / "out.png").exists()


def test_a_mask_for_a_restorer_that_takes_none_is_refused_before_any_picture(masked: BatchJob) -> None:
    with pytest.raises(UsageError, match="takes no mask"):
        settled(masked.model_copy(update={"restorer": "classical/median"}))


def test_a_chunk_that_is_tried_again_does_not_do_again_what_its_journal_has(folder: Path, tmp_path: Path) -> None:
    job, _ = settled(BatchJob(restorer="burnish/identity"))
    Journal(path=tmp_path / "journal").end(Outcome(name="a.png", source="s", target="t"))
    call = [["a.png", str(folder / "a.png"), str(tmp_path / "out" / "a.png")]]
    told = restore_chunk.fn(job.model_dump(mode="json"), call, str(tmp_path / "journal"))
    assert told[0]["target"] == "t"
    assert not (tmp_path / "out").exists()


def test_a_process_loads_the_restorer_once_and_not_again_for_each_picture(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from burnish_flows.batch import job as job_module

    loads: list[str] = []
    monkeypatch.setattr(job_module, "_load", lambda job: loads.append(job.restorer) or load_restorer(job.restorer))
    job, _ = settled(BatchJob(restorer="classical/median"))
    for name in ("a.png", "deep/b.png"):
        assert not restore_one(job, name, folder / name, tmp_path / "out" / name).error
    assert loads == ["classical/median"]


def test_a_worker_with_other_code_refuses(folder: Path, tmp_path: Path) -> None:
    job, _ = settled(BatchJob(restorer="burnish/identity"))
    other = job.model_copy(update={"made_of": {**job.made_of, "code": "0"}})
    with pytest.raises(Exception, match="a worker has a different code than the caller"):
        restore_one(other, "a.png", folder / "a.png", tmp_path / "a.png")


def test_of_several_inputs_each_keeps_its_name_in_the_folder_as_with_burnish_restore(
    folder: Path, tmp_path: Path
) -> None:
    others = tmp_path / "others"
    others.mkdir()
    for name in ("a.png", "d.png"):
        shutil.copy(folder / "a.png", others / name)
    sources = [folder / "a.png", folder / "deep", others]
    found = {piece.name: piece for piece in pieces_of(load_restorer("burnish/identity"), sources, tmp_path / "out")}
    assert sorted(found) == ["a.png", "deep/b.png", "deep/c.png", "others/a.png", "others/d.png"]
    assert main_of_restore([*map(str, sources), str(tmp_path / "out"), "--restorer", "burnish/identity"]) == 0
    written = sorted(path for path in (tmp_path / "out").rglob("*") if path.is_file())
    assert sorted(Path(piece.target) for piece in found.values()) == written
    assert all(Path(piece.source).read_bytes() for piece in found.values())


def test_a_single_picture_goes_into_the_folder_and_a_file_as_output_is_refused(folder: Path, tmp_path: Path) -> None:
    restorer = load_restorer("burnish/identity")
    (piece,) = pieces_of(restorer, [folder / "a.png"], tmp_path / "out")
    assert (piece.name, piece.target) == ("a.png", str(tmp_path / "out" / "a.png"))
    for target in (tmp_path / "out.png", folder / "broken.png"):
        with pytest.raises(UsageError, match="is not a folder, which a batch writes"):
            pieces_of(restorer, [folder / "a.png"], target)


def test_an_input_that_is_named_twice_is_restored_once(folder: Path, tmp_path: Path) -> None:
    sources = [folder / "a.png", folder / "deep" / ".." / "a.png"]
    assert len(pieces_of(load_restorer("burnish/identity"), sources[:1] * 2, tmp_path / "out")) == 1
    with pytest.raises(UsageError, match=r"would both become a\.png"):
        pieces_of(load_restorer("burnish/identity"), sources, tmp_path / "out")


def test_a_run_is_called_by_its_first_input_and_how_many_more_there_are() -> None:
    assert [shortly(names) for names in (["a"], ["a", "b"], ["a", "b", "c"])] == ["a", "a and 1 more", "a and 2 more"]


def test_chunks_are_small_enough_that_workers_end_together_and_never_empty() -> None:
    assert [chunk_for(n, TWO) for n in (0, 3, 40, 200, 10_000)] == [1, 1, 2, 12, 16]
    assert chunk_for(200, Runner(kind="dask", workers=0, address="tcp://h:1")) == 1


class Killers:
    """Workers that die of some pictures, as a broken pool tells it: with them the chunks that are not back yet die."""

    def __init__(self, *deadly: str, breaks: bool = False) -> None:
        self.deadly, self.breaks = set(deadly), breaks
        self.tried: list[list[str]] = []

    def __call__(self, task: Any, calls: Iterable[tuple[Any, ...]], runner: Runner, **_: Any) -> Iterator[Landed]:
        broken = False
        for index, (_, pieces, path) in enumerate(calls):
            journal, names = Journal(path=Path(path)), [name for name, _, _ in pieces]
            self.tried.append(names)
            for name in names:
                if broken:
                    break
                journal.begin(name)
                if name in self.deadly:
                    broken = True
                    break
                journal.end(Outcome(name=name, source="s", target="t"))
            if broken:
                yield Landed(index=index, error=RuntimeError("the pool is broken"), died=True)
                broken = self.breaks
            else:
                yield Landed(index=index, value=[journal.done[name].model_dump() for name in names])


def _pieces(names: str) -> list[Piece]:
    return [Piece(name=name, source=f"/in/{name}", target=f"/out/{name}") for name in names]


def _worked_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, killers: Any, names: str) -> dict[str, Outcome]:
    monkeypatch.setattr(module.runners, "each", killers)
    return work_off(BatchJob(), _pieces(names), BatchLedger(tmp_path, BatchJob()), TWO, 3, quiet=True)


@pytest.mark.parametrize("breaks", [False, True], ids=["one worker dies", "the whole pool breaks"])
def test_a_picture_that_kills_its_worker_fails_alone_and_no_other_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, breaks: bool
) -> None:
    killers = Killers("c", "h", breaks=breaks)
    done = _worked_off(tmp_path, monkeypatch, killers, "abcdefghij")
    assert sorted(done) == list("abcdefghij")
    assert sorted(name for name, one in done.items() if one.error) == ["c", "h"]
    assert "/in/c: every worker that restores it dies (RuntimeError: the pool is broken)" in done["c"].error
    assert killers.tried[-2:] == [["c"], ["h"]]


def test_workers_that_die_before_they_begin_end_the_batch_with_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nobody(task: Any, calls: Iterable[Any], runner: Runner, **_: Any) -> Iterator[Landed]:
        yield from (Landed(index=i, error=OSError("no memory"), died=True) for i, _ in enumerate(calls))

    with pytest.raises(DataError, match="workers of processes:2 end before they start: OSError: no memory"):
        _worked_off(tmp_path, monkeypatch, nobody, "ab")


def test_what_no_worker_can_load_is_said_in_its_own_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuses(task: Any, calls: Iterable[Any], runner: Runner, **_: Any) -> Iterator[Landed]:
        yield from (Landed(index=i, error=BundleError("b: there is no bundle here")) for i, _ in enumerate(calls))

    with pytest.raises(BundleError, match="b: there is no bundle here"):
        _worked_off(tmp_path, monkeypatch, refuses, "ab")


def test_the_summary_tells_what_was_done_now_what_before_and_what_failed() -> None:
    job = BatchJob(
        subject="denoise v3", made_of=dict.fromkeys(("restorer", "distribution", "config", "weights_sha256"), "")
    )
    done = {"b": Outcome(name="b", target="t"), "c": Outcome(name="c", error="broken")}
    told = summary(job, _pieces("abc"), {"a": Outcome(name="a", target="t")}, done, redone=False)
    assert (told["restored"], told["kept"], told["failed"]) == (1, 1, 1)
    assert [picture["target"] for picture in told["pictures"]] == ["/out/a", "/out/b", None]
    assert [picture["kept"] for picture in told["pictures"]] == [True, False, False]
