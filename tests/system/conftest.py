"""A small project for each test."""

from __future__ import annotations

from pathlib import Path

import pytest
from workshop import Project, small_project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A git repository with eight small photographs, versioned by ``burnish data add``."""
    return small_project(tmp_path / "project")
