from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import entry_points
from pathlib import Path

from burnish.plugins.discovery import Candidate, candidates, normalised

Install = Callable[..., Candidate]


def test_it_finds_what_importlib_metadata_finds() -> None:
    expected = {(point.name, point.value, point.dist.version) for point in entry_points(group="burnish") if point.dist}
    assert {(found.entry, found.module, found.version) for found in candidates()} == expected
    assert expected


def test_requirements_are_those_of_the_metadata(install: Install) -> None:
    assert install("burnish-x", "", requires="burnish>=0.1,<0.2").requires == ("burnish>=0.1,<0.2",)


def test_a_distribution_that_is_twice_on_the_path_counts_once_where_it_is_first(install: Install, site: Path) -> None:
    install("burnish-x", "")
    other = site.parent / "other" / "burnish_x-9.9.dist-info"
    other.mkdir(parents=True)
    (other / "METADATA").write_text("Name: burnish-x\nVersion: 9.9\n\n")
    (other / "entry_points.txt").write_text("[burnish]\nx = y\n")
    assert [found.version for found in candidates([str(site), str(other.parent)])] == ["1.0"]
    assert [found.version for found in candidates([str(other.parent), str(site)])] == ["9.9"]


def test_folders_that_are_missing_files_or_damaged_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "a-1.dist-info").mkdir()
    (tmp_path / "b-1.dist-info").mkdir()
    (tmp_path / "b-1.dist-info" / "entry_points.txt").write_bytes(b"\xff\xfe[burnish]")
    (tmp_path / "c-1.dist-info").mkdir()
    (tmp_path / "c-1.dist-info" / "entry_points.txt").write_text("[burnish]\nc = c.plugin\n")
    found = candidates([str(tmp_path / "nowhere"), str(tmp_path / "file"), str(tmp_path)])
    assert [(one.distribution, one.version) for one in found] == [("c", "0")]


def test_names_are_normalised_as_pep_503_says() -> None:
    assert normalised("Burnish_Super.Resolution") == "burnish-super-resolution"
