"""``/docs``: the OpenAPI description as one page that needs nothing from anywhere else."""

from __future__ import annotations

from html import escape
from typing import Any

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 56rem; margin: 2rem auto; padding: 0 1rem; color: #1b1b1b }
code, pre { font: 14px/1.5 ui-monospace, monospace; background: #f3f3f3; padding: .1em .3em }
pre { padding: .8em; overflow: auto }
table { border-collapse: collapse } td, th { text-align: left; padding: .2em 1em .2em 0 }
h2 { margin-top: 2.2em } @media (prefers-color-scheme: dark) { body { background: #181818; color: #ddd }
code, pre { background: #2a2a2a } a { color: #8ab4f8 } }
"""


def docs_page(api: dict[str, Any], example: str) -> str:
    """The page.

    Args:
        api: What ``/openapi.json`` gives.
        example: Commands to start from.
    """
    info = api["info"]
    parts = [
        f"<!doctype html><html lang=en><meta charset=utf-8><title>{escape(info['title'])}</title>",
        f"<style>{STYLE}</style><h1>{escape(info['title'])} {escape(info['version'])}</h1>",
        f"<p>{escape(info.get('description', ''))}</p><pre>{escape(example)}</pre>",
        '<p>The same for programs: <a href="openapi.json"><code>/openapi.json</code></a></p>',
    ]
    for path, methods in api["paths"].items():
        for method, told in methods.items():
            parts.append(_operation(path, method, told))
    return "\n".join(parts) + "</html>\n"


def _operation(path: str, method: str, told: dict[str, Any]) -> str:
    rows = [
        f"<tr><td><code>{escape(one['name'])}</code><td>{escape(one.get('description', ''))}</tr>"
        for one in told.get("parameters", [])
    ]
    answers = [
        f"<tr><td>{escape(status)}<td>{escape(', '.join(one.get('content', {})))}<td>{escape(one['description'])}</tr>"
        for status, one in sorted(told["responses"].items())
    ]
    bodies = ", ".join(told.get("requestBody", {}).get("content", {}))
    return "\n".join(
        [
            f"<h2><code>{method.upper()} {escape(path)}</code></h2>",
            f"<p>{escape(told.get('description') or told.get('summary', ''))}</p>",
            f"<p>Body: {escape(bodies)}</p>" if bodies else "",
            f"<table><tr><th>Parameter<th></tr>{''.join(rows)}</table>" if rows else "",
            f"<table><tr><th>Answer<th>Type<th></tr>{''.join(answers)}</table>",
        ]
    )
