"""All generated pages of the manual, by their address."""

from __future__ import annotations

from manual import commands, conformance, declarations, installed, python_face, recipe


def generated() -> dict[str, str]:
    """Address within the site's sources → text."""
    return {
        "reference/hooks.md": declarations.hooks_page(),
        "reference/declarations.md": declarations.declarations_page(),
        "reference/recipe.md": recipe.recipe_page(),
        "reference/conformance.md": conformance.conformance_page(),
        **commands.pages(),
        **python_face.pages(),
        **installed.pages(),
    }
