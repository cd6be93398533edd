"""A plugin that changes pluggy or the host is found out and named; those after it work."""

from __future__ import annotations

from collections.abc import Callable

import pluggy
import pytest
from burnish.plugins import declarations
from burnish.plugins.discovery import Candidate
from burnish.plugins.guard.patches import Untouched
from burnish.plugins.host import Host

GOOD = "from burnish import GateSpec, hookimpl\n@hookimpl\ndef register_gates():\n" + (
    "    yield GateSpec(name='good', factory='a:b', summary='Judges')"
)


@pytest.mark.parametrize(
    ("code", "name"),
    [
        (
            "import pluggy\npluggy.PluginManager.register = lambda *a, **k: None",
            "pluggy._manager.PluginManager.register",
        ),
        ("import pluggy\npluggy.PluginManager.subset_hook_caller = None", "PluginManager.subset_hook_caller"),
        ("import pluggy\npluggy.HookCaller.__call__ = lambda *a, **k: 1 / 0", "HookCaller.__call__"),
        ("import pluggy._hooks\ndel pluggy._hooks.HookRelay.__init__", "HookRelay.__init__"),
        ("from burnish.plugins import host\nhost.take = lambda *a: 1 / 0", "burnish.plugins.host.take"),
        ("from burnish.plugins.declarations import Spec\nSpec.as_json = lambda self: 1 / 0", "Spec.as_json"),
        ("import pluggy\npluggy.PluginManager.register = 1\nraise OSError('late')", "OSError: late; it also changes"),
        (
            "import pluggy\nfrom burnish import hookimpl\n@hookimpl\ndef register_gates():\n"
            "    pluggy.PluginManager.register = 1\n    return []",
            "PluginManager.register",
        ),
    ],
)
def test_the_one_that_changes_it_is_named_and_those_after_it_work(
    install: Callable[..., Candidate], code: str, name: str
) -> None:
    register = pluggy.PluginManager.register
    bad, good = Host([install("burnish-bad", code), install("burnish-good", GOOD)]).plugins
    assert (bad.state, good.state, good.declares) == ("broken", "loaded", ("gates good/good",))
    assert name in bad.reason
    assert "which every plugin needs as it is" in bad.reason
    assert pluggy.PluginManager.register is register
    assert Untouched().undo() == []


def test_the_kinds_cannot_be_changed(install: Callable[..., Candidate]) -> None:
    (bad,) = Host(
        [install("burnish-bad", "from burnish.plugins import declarations\ndeclarations.KINDS.clear()")]
    ).plugins
    assert (bad.state, len(declarations.KINDS)) == ("broken", 8)
