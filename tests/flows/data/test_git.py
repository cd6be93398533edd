"""What git does not know of a project is known from elsewhere, or said to be unknown."""

from __future__ import annotations

from pathlib import Path

import pytest
from burnish_flows.data import git


@pytest.mark.parametrize("error", [KeyError("getpwuid(): uid not found: 1234"), OSError("No username set")])
def test_a_user_without_git_name_and_entry_is_unknown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def nobody() -> str:
        raise error

    monkeypatch.setattr(git, "user", lambda root: "")
    monkeypatch.setattr(git.getpass, "getuser", nobody)
    assert git.who(tmp_path) == "unknown"
