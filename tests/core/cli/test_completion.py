"""What shells propose while ``burnish`` is typed; asked of real shells, through the lines that we print for them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from burnish.cli.commands.completion import SHELLS
from burnish.cli.completion import tree
from burnish.cli.main import main

BASH = """
eval "$(burnish completion bash)"
COMP_LINE=$1; COMP_POINT=${#COMP_LINE}; COMP_TYPE=9
_python_argcomplete burnish
printf '%s\\n' "${COMPREPLY[@]}"
"""
ZSH = r"""
zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell "autoload -Uz compinit && compinit -u -d $1/dump"
zpty -w shell 'eval "$(burnish completion zsh)"; PS1=RE""ADY'
zpty -r -m shell line '*READY*'
zpty -n -w shell "$2"$'\t'
zpty -r -m shell answer '*burnish eva*luate*'
print -r -- "$answer"
zpty -d shell
"""
FISH = "burnish completion fish | source; complete -C $argv[1]"

pytestmark = pytest.mark.skipif(
    not Path(sys.executable).with_name("burnish").exists(), reason="the command burnish is not installed here"
)


def _asked(shell: str, words: Sequence[str]) -> str:
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"there is no {shell} on this machine")
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    environment = {**os.environ, "PATH": path}
    done = subprocess.run([program, *words], capture_output=True, text=True, check=False, env=environment, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="session")
def bash() -> Callable[[str], list[str]]:
    return lambda line: _asked("bash", ["--norc", "-c", BASH, "bash", line]).split()


@pytest.mark.parametrize(
    ("line", "proposed"),
    [
        ("burnish eva", ["evaluate"]),
        ("burnish retr", ["retrain"]),
        ("burnish data pu", ["pull", "push"]),
        ("burnish restore in.png out.png --restorer burnish/i", ["burnish/identity"]),
        ("burnish restore in.png out.png --preci", ["--precision"]),
        ("burnish restore in.png out.png --precision bf", ["bf16"]),
        ("burnish list gat", ["gates"]),
        ("burnish show burnish/id", ["burnish/identity"]),
        ("burnish up --work-p", ["--work-pool"]),
        ("burnish up --poo", []),
        ("burnish nowhere --j", []),
    ],
)
def test_bash_completes_commands_options_values_and_ids(
    bash: Callable[[str], list[str]], line: str, proposed: list[str]
) -> None:
    assert bash(line) == proposed


@pytest.mark.parametrize(
    ("line", "proposed"),
    [
        ("burnish evaluate --metrics metrics/psnr,metrics/ssi", "metrics/psnr,metrics/ssim"),
        ("burnish evaluate --benchmark metrics/set5-x2", "metrics/set5-x2"),
        ("burnish degrade a.png b.png --degrader degradations/gaussian-n", "degradations/gaussian-noise"),
        ("burnish restore a.png b.png --restorer cnn/ffd", "cnn/ffdnet:colour"),
    ],
)
def test_bash_completes_what_plugins_declare(bash: Callable[[str], list[str]], line: str, proposed: str) -> None:
    for plugin in ("burnish_metrics", "burnish_degradations", "burnish_cnn"):
        pytest.importorskip(plugin)
    assert proposed in bash(line)


def test_fish_completes_with_summaries() -> None:
    told = _asked("fish", ["--no-config", "-c", FISH, "burnish eva"])
    assert told.split("\t")[0].strip() == "evaluate"
    assert "burnish/identity" in _asked("fish", ["--no-config", "-c", FISH, "burnish show burnish/id"])


def test_zsh_completes_what_is_typed(tmp_path: Path) -> None:
    assert "burnish evaluate" in _asked("zsh", ["-f", "-c", ZSH, "zsh", str(tmp_path), "burnish eva"])


@pytest.mark.parametrize("shell", SHELLS)
def test_the_lines_for_a_shell_are_printed(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", shell]) == 0
    assert "burnish" in capsys.readouterr().out


def test_another_shell_is_refused_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", "tcsh"]) == 2
    assert capsys.readouterr().err.startswith("burnish: argument SHELL: invalid choice: 'tcsh'")


def test_a_plugin_whose_command_breaks_leaves_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(name: str) -> None:
        raise RuntimeError("no")

    monkeypatch.setattr("burnish.cli.completion.command", broken)
    assert "restore" in tree(["burnish", "restore"]).format_help()


def test_completing_reaches_no_framework() -> None:
    code = (
        "import os, sys\nfrom burnish.cli.completion import tree\n"
        "for name in ('restore', 'evaluate', 'retrain', 'batch', 'sweep', 'data', 'flow', 'kernel'):\n"
        "    assert len(tree(['burnish', name])._subparsers._group_actions[0].choices[name]._actions) > 1, name\n"
        "import argcomplete\n"
        "heavy = {'torch', 'numpy', 'cv2', 'prefect', 'mlflow', 'dvc', 'lightning', 'pydantic'} & sys.modules.keys()\n"
        "assert not heavy, heavy"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
