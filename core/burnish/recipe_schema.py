"""The recipe as a JSON Schema, with which editors complete, explain and check while one writes."""

from __future__ import annotations

import json
from typing import Any

from burnish.recipe import Recipe

FILE = "recipe.schema.json"
COMMENT = f"# yaml-language-server: $schema={FILE}"
"""First line of a recipe beside which the schema lies."""


def recipe_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of a recipe's YAML; ids and their settings are checked by ``burnish`` alone."""
    schema = Recipe.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "burnish recipe"}


def schema_text() -> str:
    """The schema as it is written to a file."""
    return json.dumps(recipe_schema(), indent=2, ensure_ascii=False) + "\n"
