"""What of a folder is done: by the same job, of the same bytes, and whole; torn lines and other jobs do not count."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from burnish.errors import DataError
from burnish_flows.batch.job import BatchJob, MaskFile, Outcome, content_hash, packed, unpacked
from burnish_flows.batch.journal import FOLDER, MANIFEST, BatchLedger, Journal, Piece
from burnish_flows.cli.batch import PARAMETERS
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

JOB = BatchJob(restorer="burnish/identity", made_of={"restorer": "burnish/identity"})


@pytest.fixture
def piece(tmp_path: Path) -> Piece:
    (tmp_path / "in").mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "in" / "a.png").write_bytes(b"degraded")
    (tmp_path / "out" / "a.png").write_bytes(b"restored")
    return Piece(name="a.png", source=str(tmp_path / "in" / "a.png"), target=str(tmp_path / "out" / "a.png"))


def outcome(piece: Piece, error: str = "") -> Outcome:
    hashes = (content_hash(Path(piece.source)), content_hash(Path(piece.target)))
    return Outcome(name=piece.name, source=hashes[0], target="" if error else hashes[1], error=error)


def begun(piece: Piece, job: BatchJob = JOB, error: str = "", *, whole: bool = True) -> None:
    """A batch that wrote its journal and, where ``whole``, came to its end."""
    ledger = BatchLedger(Path(piece.target).parent, job)
    with ledger.opened():
        journal = Journal(path=ledger.journal())
        journal.begin(piece.name)
        journal.end(outcome(piece, error))
        if not whole:
            ledger._write = lambda: None  # type: ignore[method-assign]


def kept(piece: Piece, job: BatchJob = JOB) -> Outcome | None:
    ledger = BatchLedger(Path(piece.target).parent, job)
    with ledger.opened():
        return ledger.kept(piece)


@pytest.mark.parametrize("whole", [True, False], ids=["ended", "killed"])
def test_a_picture_that_is_done_is_known_again_also_when_the_batch_was_killed(piece: Piece, whole: bool) -> None:
    begun(piece, whole=whole)
    assert kept(piece) == outcome(piece)
    assert kept(piece) == outcome(piece)


def test_a_changed_input_a_damaged_output_and_a_missing_one_are_not_kept(piece: Piece) -> None:
    for path, content in ((piece.source, b"another"), (piece.target, b"restor")):
        before = Path(path).read_bytes()
        begun(piece)
        Path(path).write_bytes(content)
        assert kept(piece) is None
        Path(path).write_bytes(before)
        assert kept(piece) is not None
    Path(piece.target).unlink()
    assert kept(piece) is None


def test_a_picture_that_failed_is_tried_again(piece: Piece) -> None:
    begun(piece, error="is no picture")
    assert kept(piece) is None


def test_other_settings_or_other_weights_are_another_job_and_the_ledger_says_so(piece: Piece) -> None:
    begun(piece)
    for other in (JOB.model_copy(update={"sigma": 0.1}), JOB.model_copy(update={"made_of": {"weights_sha256": "1"}})):
        ledger = BatchLedger(Path(piece.target).parent, other)
        with ledger.opened():
            assert ledger.other
            assert ledger.kept(piece) is None
            begun_by_both = ledger.done
        assert begun_by_both == {}


def test_where_a_bundle_lies_and_how_it_is_called_do_not_make_another_job() -> None:
    moved = JOB.model_copy(update={"bundle": "/elsewhere", "subject": "denoise v3"})
    assert moved.digest == JOB.digest


def test_damage_that_is_allowed_makes_another_job_and_jobs_from_before_there_was_that_choice_stay_the_same() -> None:
    assert JOB.digest == "aa7400c2790e75ed9d53aa7a34071178d37902911a9861c5968d4a0aaf04f9ea"
    assert JOB.model_copy(update={"allow_damaged": True}).digest != JOB.digest
    assert JOB.model_copy(update={"strength": 0.5}).digest != JOB.digest


def test_another_mask_makes_another_job_and_another_place_of_the_same_mask_does_not() -> None:
    there = [MaskFile(path=path, sha256=content) for path, content in (("/a", "1"), ("/b", "1"), ("/a", "2"))]
    one, moved, other = (JOB.model_copy(update={"masks": {"mask": file}}).digest for file in there)
    assert one == moved
    assert len({one, other, JOB.digest, JOB.model_copy(update={"masks": {"saturated": there[0]}}).digest}) == 4


def test_a_kernel_makes_the_job_that_it_made_when_it_was_stored_as_a_list_of_numbers() -> None:
    kernel = torch.tensor([[0.0, 0.25, 0.0], [0.25, 0.1, 0.25], [0.0, 0.25, 0.0]])
    job = BatchJob(restorer="deconvolution/wiener", kernel=packed(kernel), sigma=0.1)
    assert job.digest == "83f40d6e795f4b7a0331cebbbb759514ddf1517a3510a014b604602a9f49f981"


@given(st.integers(0, 9), st.data())
def test_a_kernel_comes_back_bit_for_bit(half: int, data: st.DataObject) -> None:
    side = 2 * half + 1
    values = data.draw(arrays(np.float32, (side, side), elements=st.floats(0, 1, width=32)))
    assert np.array_equal(np.array(unpacked(packed(torch.from_numpy(values))), np.float32), values)


def test_a_kernel_of_two_hundred_pixels_fits_into_the_parameters_of_a_run() -> None:
    kernel = torch.rand(201, 201, generator=torch.Generator().manual_seed(0))
    assert len(packed(kernel)) < PARAMETERS / 2


def test_a_line_that_its_writer_died_in_does_not_count_and_spoils_no_other(tmp_path: Path) -> None:
    path = tmp_path / "j.jsonl"
    journal = Journal(path=path)
    journal.begin("a")
    journal.end(Outcome(name="a", target="1"))
    with path.open("a") as stream:
        stream.write('{"name": "b", "tar')
    again = Journal.read(path)
    assert (again.begun, list(again.done)) == ({"a"}, ["a"])
    again.begin("c")
    assert Journal.read(path).begun == {"a", "c"}


def test_a_damaged_manifest_counts_for_nothing(piece: Piece) -> None:
    begun(piece)
    manifest = Path(piece.target).parent / FOLDER / MANIFEST
    assert json.loads(manifest.read_text())["pictures"][0]["name"] == "a.png"
    manifest.write_text('{"format": 1, "digest"')
    assert kept(piece) is None


def test_two_batches_never_write_one_folder(piece: Piece) -> None:
    first, second = (BatchLedger(Path(piece.target).parent, JOB) for _ in range(2))
    with first.opened(), pytest.raises(DataError, match="another batch is writing there"), second.opened():
        pass
