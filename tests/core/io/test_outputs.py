from __future__ import annotations

import os
from pathlib import Path

import pytest
from burnish.errors import DataError, UsageError
from burnish.io import outputs
from burnish.io.atomic import write_whole
from burnish.io.outputs import output_pairs
from burnish.reporting.report import write_whole as write_report_text


def pictures(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"x")
    return folder


def test_a_folder_is_mirrored_without_what_lies_in_the_output(tmp_path: Path) -> None:
    source = pictures(tmp_path / "in", "a.jpg", "deep/b.png", "out/c.png")
    assert output_pairs(source, source / "out", renamed={".jpg": ".png"}) == [
        (source / "a.jpg", source / "out" / "a.png"),
        (source / "deep/b.png", source / "out" / "deep/b.png"),
    ]


def test_a_picture_goes_into_an_existing_folder_under_its_own_name(tmp_path: Path) -> None:
    source = pictures(tmp_path, "a.jpg") / "a.jpg"
    (tmp_path / "out").mkdir()
    assert output_pairs(source, tmp_path / "out") == [(source, tmp_path / "out" / "a.jpg")]


def test_what_would_lose_a_picture_is_refused(tmp_path: Path) -> None:
    source = pictures(tmp_path / "in", "a.jpg", "a.png")
    with pytest.raises(UsageError, match=r"would both become a\.png"):
        output_pairs(source, tmp_path / "out", renamed={".jpg": ".png"})
    for same in (source, source / "a.png"):
        with pytest.raises(UsageError, match="is the input itself"):
            output_pairs(same, same)
    with pytest.raises(UsageError, match="is a file, but"):
        output_pairs(source, source / "a.png")
    inner = pictures(tmp_path / "only", "out/a.png")
    with pytest.raises(UsageError, match="all its pictures are in"):
        output_pairs(inner, inner / "out")
    with pytest.raises(DataError, match="is missing"):
        output_pairs(tmp_path / "nowhere", tmp_path / "out")


@pytest.mark.parametrize("link", ["symbolic", "hard", "of a folder", "chain"])
def test_an_output_that_is_an_input_by_whatever_link_is_refused(tmp_path: Path, link: str) -> None:
    source = pictures(tmp_path / "in", "a.png", "deep/b.png")
    out = tmp_path / "out"
    out.mkdir()
    if link == "symbolic":
        (out / "a.png").symlink_to(source / "deep/b.png")  # another one of the inputs
    elif link == "hard":
        (out / "a.png").hardlink_to(source / "a.png")
    elif link == "of a folder":
        (out / "deep").symlink_to(source / "deep")
    else:
        (tmp_path / "between.png").symlink_to(source / "a.png")
        (out / "a.png").symlink_to(tmp_path / "between.png")
    with pytest.raises(UsageError, match=r"the input.*never overwritten"):
        output_pairs(source, out)


def test_a_single_output_that_is_another_name_of_the_input_is_refused(tmp_path: Path) -> None:
    source = pictures(tmp_path, "a.png") / "a.png"
    (tmp_path / "b.png").hardlink_to(source)
    with pytest.raises(UsageError, match="is the input itself, which is never overwritten"):
        output_pairs(source, tmp_path / "b.png")


def test_inputs_that_are_links_to_each_other_become_files_of_their_own(tmp_path: Path) -> None:
    source = pictures(tmp_path / "in", "a.png")
    (source / "b.png").symlink_to(source / "a.png")
    assert [target.name for _, target in output_pairs(source, tmp_path / "out")] == ["a.png", "b.png"]


def test_two_outputs_that_links_lead_into_one_file_are_refused(tmp_path: Path) -> None:
    source = pictures(tmp_path / "in", "a.png", "b.png")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "b.png").symlink_to("a.png")
    with pytest.raises(UsageError, match=r"b\.png and .*a\.png would both become a\.png"):
        output_pairs(source, tmp_path / "out")


@pytest.mark.parametrize("ignores", [False, True])
def test_names_that_differ_in_case_alone_collide_where_the_file_system_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ignores: bool
) -> None:
    source = pictures(tmp_path / "in", "a.png", "A.PNG")
    monkeypatch.setattr(outputs, "_ignores_case", lambda place: ignores)
    if ignores:
        with pytest.raises(UsageError, match="would both become"):
            output_pairs(source, tmp_path / "out")
    else:
        assert len(output_pairs(source, tmp_path / "out")) == 2


def test_this_file_system_tells_case_as_two_files_of_it_do(tmp_path: Path) -> None:
    folder = pictures(tmp_path / "case", "a.png")
    assert outputs._ignores_case(folder / "x.png") == (folder / "A.PNG").exists()


@pytest.mark.parametrize("direct", [True, False])
def test_a_pipe_is_neither_replaced_nor_waited_for(tmp_path: Path, direct: bool) -> None:
    source = pictures(tmp_path / "in", "a.png")
    (tmp_path / "out").mkdir()
    pipe = tmp_path / "out" / "a.png" if direct else tmp_path / "pipe"
    os.mkfifo(pipe)
    if not direct:
        (tmp_path / "out" / "a.png").symlink_to(pipe)
    with pytest.raises(UsageError, match="is a pipe, device or socket"):
        output_pairs(source, tmp_path / "out")
    with pytest.raises(UsageError, match="is a pipe, device or socket"):
        write_whole(tmp_path / "out" / "a.png", b"x")
    with pytest.raises(UsageError, match="is a pipe, device or socket"):
        write_report_text(tmp_path / "out" / "a.png", "x")
    assert pipe.is_fifo()


def test_a_link_that_leads_round_in_a_circle_is_refused(tmp_path: Path) -> None:
    source = pictures(tmp_path / "in", "a.png")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "a.png").symlink_to("a.png")
    with pytest.raises(UsageError, match="is a broken link"):
        output_pairs(source, tmp_path / "out")
