from __future__ import annotations

import errno
import json
import os
from collections.abc import Callable

import pytest
from burnish.cli import main as cli
from burnish.cli.commands import doctor, plugins
from burnish.cli.commands import list as listing
from burnish.plugins import catalog, host
from burnish.plugins.discovery import Candidate
from burnish.plugins.host import Host

Install = Callable[..., Candidate]


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch) -> Callable[[Host], None]:
    def replace(other: Host) -> None:
        for module in (host, plugins, doctor):
            monkeypatch.setattr(module, "installed", lambda: other)
        for module in (catalog, listing):
            monkeypatch.setattr(module, "installed", lambda: catalog.Catalog(other.entries))

    return replace


def test_no_words_and_help_show_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([]) == cli.main(["--help"]) == 0
    out = capsys.readouterr().out
    assert all(name in out for name in cli.CORE_COMMANDS)


def test_every_core_command_exists_and_has_help_with_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    for name in cli.CORE_COMMANDS:
        with pytest.raises(SystemExit) as leave:
            cli.main([name, "--help"])
        assert leave.value.code == 0
        out = capsys.readouterr().out
        assert f"burnish {name}" in out
        assert "Example" in out


@pytest.mark.parametrize(
    ("words", "fact"),
    [
        (["restor"], "there is no command 'restor'; did you mean restore?"),
        (["list", "pictures"], "invalid choice: 'pictures'"),
        (["list"], "required: KIND"),
        (["show", "burnish/identitty"], "did you mean burnish/identity?"),
        (["list", "restorers", "--undoing", "gausian-noise"], "did you mean degradations/gaussian-noise"),
        (["list", "metrics", "--undoing", "gaussian-noise"], "--undoing needs the kind restorers"),
        (["plugins", "--jso"], "unrecognized arguments: --jso"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_wrong_word_gives_one_line_on_standard_error_and_a_status(
    words: list[str], fact: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(words) in {1, 2}
    captured = capsys.readouterr()
    assert fact in captured.err
    assert captured.err.startswith("burnish: ")
    assert captured.err.count("\n") == 1


def test_a_broken_plugin_breaks_neither_plugins_nor_list_nor_help(
    install: Install, use: Callable[[Host], None], capsys: pytest.CaptureFixture[str]
) -> None:
    use(Host([install("burnish-bad", "raise RuntimeError('no')")]))
    assert cli.main(["plugins", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)["plugins"]
    assert [(p["distribution"], p["state"], p["reason"]) for p in shown] == [
        ("burnish-bad", "broken", "RuntimeError: no")
    ]
    assert cli.main(["list", "restorers"]) == cli.main(["--help"]) == 0


def test_with_nothing_installed_list_and_retrain_say_what_is_missing(
    use: Callable[[Host], None], capsys: pytest.CaptureFixture[str]
) -> None:
    use(Host([]))
    assert cli.main(["list", "metrics"]) == 0
    assert capsys.readouterr().out == "no metrics; see `burnish plugins`\n"
    assert cli.main(["retrain", "recipe.yaml"]) == 2
    assert "there is no command 'retrain'; it comes with the distribution burnish-flows" in capsys.readouterr().err


def test_strict_makes_a_broken_plugin_an_error_everywhere_but_where_one_looks_for_it(
    install: Install,
    use: Callable[[Host], None],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("BURNISH_STRICT", "1")
    use(Host([install("burnish-bad", "raise RuntimeError('no')")]))
    assert cli.main(["list", "restorers"]) == 2
    assert "BURNISH_STRICT is set and burnish-bad:burnish_bad 1.0 is broken" in capsys.readouterr().err
    assert cli.main(["plugins"]) == 1
    assert cli.main(["--help"]) == 0


def test_a_plugin_brings_a_command(install: Install, use: Callable[[Host], None]) -> None:
    code = """
        from burnish import CommandSpec, hookimpl

        @hookimpl
        def register_commands():
            yield CommandSpec(name="count", factory="burnish_counting.plugin:count", summary="Counts words")

        def count(argv):
            return len(argv)
    """
    use(Host([install("burnish-counting", code)]))
    assert cli.main(["count", "a", "b"]) == 2
    assert cli.main(["counting/count", "a"]) == 1


def test_doctor_is_content_with_this_installation(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["doctor", "--json"]) == 0
    findings = json.loads(capsys.readouterr().out)["findings"]
    assert all(finding["good"] or finding["optional"] or finding["note"] for finding in findings)


def test_the_host_is_made_once_a_process() -> None:
    assert host.installed() is host.installed()


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_gives_one_line_that_names_the_file(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], number: int
) -> None:
    def full(words: list[str]) -> int:
        raise OSError(number, os.strerror(number), "restored.png")

    monkeypatch.setattr(cli, "_dispatch", full)
    assert cli.main(["restore"]) == 1
    assert capsys.readouterr().err == f"burnish: {os.strerror(number)}: restored.png; make room and run it again\n"


def test_any_other_error_of_the_system_is_not_swallowed(monkeypatch: pytest.MonkeyPatch) -> None:
    def lost(words: list[str]) -> int:
        raise OSError(errno.EIO, "the disk is gone")

    monkeypatch.setattr(cli, "_dispatch", lost)
    with pytest.raises(OSError, match="the disk is gone"):
        cli.main(["restore"])


def test_the_list_of_restorers_names_weights_what_they_learned_and_what_their_data_allow(
    capsys: pytest.CaptureFixture[str],
) -> None:
    pytest.importorskip("burnish_cnn")
    assert cli.main(["list", "restorers"]) == 0
    rows = [" ".join(row.split()) for row in capsys.readouterr().out.splitlines()]
    assert ":dejpeg-grey trained against degradations/jpeg (quality 5 to 95), on data for any use" in rows
    assert cli.main(["list", "restorers", "--json"]) == 0
    listed = {one["id"]: one["shipped"] for one in json.loads(capsys.readouterr().out)["restorers"]}
    assert listed["classical/median"] == []
    assert {one["use"] for one in listed["cnn/dncnn"]} == {"any", "research"}


def test_weights_whose_description_is_missing_are_named_and_the_others_listed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("burnish_cnn")
    monkeypatch.setattr("burnish.planning.candidates.MANIFEST", "nothing.json")
    assert cli.main(["list", "restorers"]) == 0
    assert "nothing.json cannot be read; reinstall its plugin" in capsys.readouterr().out
