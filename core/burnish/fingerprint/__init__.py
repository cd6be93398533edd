"""The inputs of a computation: its code, found by imports, its plugins, and the versions of its libraries."""
