"""Output for people: lines, tables, progress, next steps, an orderly end; no secrets, no control codes."""

from typing import TYPE_CHECKING

from burnish import lazy

if TYPE_CHECKING:
    from burnish.console.escaping import line
    from burnish.console.output import answer, say, tell
    from burnish.console.redaction import redact

__all__ = ["answer", "line", "redact", "say", "tell"]

__getattr__, __dir__ = lazy.names(
    __name__,
    {
        "burnish.console.escaping": "line",
        "burnish.console.output": "answer say tell",
        "burnish.console.redaction": "redact",
    },
)
