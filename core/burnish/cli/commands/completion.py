"""``burnish completion SHELL``: the lines with which a shell completes commands, options and ids."""

from __future__ import annotations

from argparse import Namespace

from burnish.cli.parser import Command, Parser
from burnish.console.output import say

SHELLS = ("bash", "zsh", "fish")


def _parser() -> Parser:
    parser = Parser(
        "completion",
        "Print the lines with which a shell completes `burnish`: commands, options, and ids of installed plugins.\n"
        'For every new shell: eval "$(burnish completion bash)" in ~/.bashrc, or the same with zsh in ~/.zshrc (after\n'
        "compinit); for fish: burnish completion fish > ~/.config/fish/completions/burnish.fish",
        "burnish completion bash >> ~/.bashrc",
        "burnish completion fish > ~/.config/fish/completions/burnish.fish",
    )
    parser.add_argument("shell", metavar="SHELL", choices=SHELLS, help=", ".join(SHELLS))
    return parser


def _run(arguments: Namespace) -> int:
    """Print them."""
    from argcomplete.shell_integration import shellcode

    say(shellcode(["burnish"], shell=arguments.shell).splitlines())
    return 0


main = Command(_parser, _run)
